// The shape a bundle must have before anything in it is believed: legal names, each once, in order, below real
// directories, and links that stay inside. Holds for a tree that is being bundled and for a manifest from elsewhere.
import { text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'
import { refusedLink, refusedPath, wrongTotals } from './archive-problems.ts'
import { resolveInside } from './link-target.ts'
import { type Manifest, totalsOf } from './manifest.ts'
import { comparePaths, parentOf, pathFault, textFault } from './path-rules.ts'

/** The first fault, or undefined. */
export function structureFault(manifest: Manifest): Problem | undefined {
  const directories = new Set(manifest.directories)
  return (
    listFault(manifest.directories, directories) ??
    listFault(
      manifest.links.map(link => link.path),
      directories,
    ) ??
    listFault(
      manifest.files.map(file => file.path),
      directories,
    ) ??
    kindFault(manifest, directories) ??
    linkFault(manifest) ??
    totalsFault(manifest)
  )
}

/** Names, order and parents of one list. A path below a link or a file has no directory as its parent. */
function listFault(paths: readonly string[], directories: ReadonlySet<string>): Problem | undefined {
  let before: string | undefined
  for (const path of paths) {
    const fault = pathFault(path)
    if (fault) return refusedPath(path, fault)
    const parent = parentOf(path)
    if (parent !== undefined && !directories.has(parent)) {
      return refusedPath(
        path,
        text(`"${parent}" is not a directory of the bundle`, `"${parent}" ist kein Verzeichnis des Bundles`),
      )
    }
    if (before === path) return refusedPath(path, twice)
    if (before !== undefined && comparePaths(before, path) > 0) {
      return refusedPath(
        path,
        text('the list is not sorted by path', 'die Liste ist nicht nach Pfad sortiert'),
      )
    }
    before = path
  }
  return undefined
}

const twice = text('the name appears twice', 'der Name kommt zweimal vor')

function kindFault(manifest: Manifest, directories: ReadonlySet<string>): Problem | undefined {
  const links = new Set(manifest.links.map(link => link.path))
  const doubled =
    manifest.links.find(link => directories.has(link.path)) ??
    manifest.files.find(file => directories.has(file.path) || links.has(file.path))
  return doubled ? refusedPath(doubled.path, twice) : undefined
}

function linkFault(manifest: Manifest): Problem | undefined {
  const targets = new Map(manifest.links.map(link => [link.path, link.target]))
  for (const { path, target } of manifest.links) {
    if (target === '' || target.length > 4000 || textFault(target)) {
      return refusedLink(
        path,
        target,
        text('the target is not a usable path', 'das Ziel ist kein brauchbarer Pfad'),
      )
    }
    if (target.startsWith('/'))
      return refusedLink(path, target, text('the target is absolute', 'das Ziel ist absolut'))
    const resolved = resolveInside(targets, path)
    if (resolved.kind === 'outside') {
      return refusedLink(
        path,
        target,
        text('the target lies outside the release', 'das Ziel liegt außerhalb des Releases'),
      )
    }
    if (resolved.kind === 'loop') {
      return refusedLink(
        path,
        target,
        text('the link leads back to itself', 'der Link führt auf sich selbst zurück'),
      )
    }
  }
  return undefined
}

function totalsFault(manifest: Manifest): Problem | undefined {
  const totals = totalsOf(manifest)
  const same = (Object.keys(totals) as (keyof typeof totals)[]).every(
    key => totals[key] === manifest.totals[key],
  )
  return same && Number.isSafeInteger(totals.bytes) ? undefined : wrongTotals()
}
