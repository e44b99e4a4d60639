// SHA256SUMS as `sha256sum` writes it, and the comparable content of a bundle.
import { createHash } from 'node:crypto'
import type { Manifest } from './manifest.ts'
import { comparePaths, manifestName } from './path-rules.ts'

/** What two releases are compared by. Made from a manifest, because modes and links count as content. */
export interface Sums {
  readonly files: ReadonlyMap<
    string,
    { readonly sha256: string; readonly mode: string; readonly size: number }
  >
  /** Path to target. */
  readonly links: ReadonlyMap<string, string>
}

export function sumsOf(manifest: Pick<Manifest, 'files' | 'links'>): Sums {
  return {
    files: new Map(manifest.files.map(({ path, sha256, mode, size }) => [path, { sha256, mode, size }])),
    links: new Map(manifest.links.map(link => [link.path, link.target])),
  }
}

/** The text of SHA256SUMS: the regular files and the manifest, sorted by path. */
export function formatSums(manifest: Pick<Manifest, 'files'>, manifestText: string): string {
  const lines = [...manifest.files, { path: manifestName, sha256: sha256Of(manifestText) }]
  lines.sort((a, b) => comparePaths(a.path, b.path))
  return lines.map(line => sumsLine(line.path, line.sha256)).join('')
}

/** GNU's rule: a name with a backslash is escaped, and the line then starts with one. */
export function sumsLine(path: string, sha256: string): string {
  return path.includes('\\') ? `\\${sha256}  ${path.replaceAll('\\', '\\\\')}\n` : `${sha256}  ${path}\n`
}

/** Path to SHA-256; undefined when a line is not one of `sha256sum`, or a name appears twice. */
export function parseSums(content: string): ReadonlyMap<string, string> | undefined {
  const sums = new Map<string, string>()
  if (!content.endsWith('\n')) return undefined
  for (const line of content.slice(0, -1).split('\n')) {
    const match = /^(\\?)([0-9a-f]{64}) [ *](.+)$/.exec(line)
    const name = match?.[3]
    const hash = match?.[2]
    if (name === undefined || hash === undefined) return undefined
    const path = match?.[1] === '' ? name : unescaped(name)
    if (path === undefined || sums.has(path)) return undefined
    sums.set(path, hash)
  }
  return sums
}

function unescaped(name: string): string | undefined {
  return /^(?:[^\\]|\\\\)*$/.test(name) ? name.replaceAll('\\\\', '\\') : undefined
}

/** The digest of a bundle: SHA-256 of its SHA256SUMS, in hex. It stands for content, modes, links and origin (through
 *  the manifest's own line), does not depend on compression or signature, and is what `sha256sum SHA256SUMS` prints in
 *  every release on every host. */
export function digestOf(sumsText: string): string {
  return sha256Of(sumsText)
}

export function sha256Of(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}
