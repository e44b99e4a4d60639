// What the content of a bundle must have, and what a person should know about it before it travels.
import { type Text, text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'
import { emptyBundle, entryUnusable } from './build-problems.ts'
import { resolveInside } from './link-target.ts'
import type { Manifest } from './manifest.ts'

/** The first thing without which the app could not start. */
export function contentFault(manifest: Manifest, output: string): Problem | undefined {
  if (manifest.files.length === 0) return emptyBundle(output)
  const links = new Map(manifest.links.map(link => [link.path, link.target]))
  const sizes = new Map(manifest.files.map(file => [file.path, file.size]))
  for (const entry of manifest.entries) {
    const resolved = resolveInside(links, entry)
    const size = resolved.kind === 'inside' ? sizes.get(resolved.path) : undefined
    if (size === undefined)
      return entryUnusable(
        entry,
        text('There is no such file after the build', 'Nach dem Bau gibt es diese Datei nicht'),
      )
    if (size === 0) return entryUnusable(entry, text('The file is empty', 'Die Datei ist leer'))
  }
  return undefined
}

/** Legal, and a trap on some machine. */
export function contentWarnings(manifest: Manifest): Text[] {
  const warnings: Text[] = []
  const seen = new Map<string, string>()
  for (const path of [
    ...manifest.directories,
    ...manifest.links.map(link => link.path),
    ...manifest.files.map(file => file.path),
  ]) {
    const folded = path.normalize('NFC').toLowerCase()
    const other = seen.get(folded)
    if (other !== undefined) {
      warnings.push(
        text(
          `"${other}" and "${path}" are one file where case does not count (macOS, Windows)`,
          `"${other}" und "${path}" sind eine Datei, wo Groß- und Kleinschreibung nicht zählt (macOS, Windows)`,
        ),
      )
    }
    seen.set(folded, path)
    if (path.includes('\\')) {
      warnings.push(
        text(
          `"${path}" holds a backslash: sha256sum of BusyBox cannot verify it`,
          `"${path}" enthält einen Backslash: sha256sum von BusyBox kann sie nicht prüfen`,
        ),
      )
    }
  }
  return warnings
}
