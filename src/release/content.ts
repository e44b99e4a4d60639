// What the links of a release must be, as one hash that a host can compute with find, readlink and sha256sum.
import { createHash } from 'node:crypto'
import { comparePaths } from './bundle/path-rules.ts'

/** SHA-256 over `./<path> <target>` lines, sorted by path in byte order, as `LC_ALL=C sort` does. */
export function linksDigestOf(links: readonly { readonly path: string; readonly target: string }[]): string {
  const sorted = links.toSorted((a, b) => comparePaths(a.path, b.path))
  return createHash('sha256')
    .update(sorted.map(link => `./${link.path} ${link.target}\n`).join(''))
    .digest('hex')
}
