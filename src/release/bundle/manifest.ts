// The manifest of a bundle: everything that is in it, and what it was made from. SHA256SUMS lists the manifest too, so
// one signature over SHA256SUMS covers files, modes, links and origin.
import { z } from 'zod'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const count = z.int().min(0)

const file = z.strictObject({
  path: z.string(),
  /** Bytes. */
  size: count,
  sha256,
  /** Read-only always: releases on a host share unchanged files through hard links. */
  mode: z.enum(['0444', '0555']),
})
export type BundleFile = Readonly<z.infer<typeof file>>

const link = z.strictObject({ path: z.string(), target: z.string() })
export type BundleLink = Readonly<z.infer<typeof link>>

export const manifestSchema = z.strictObject({
  schema: z.literal('stellwerk.bundle/1'),
  app: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/),
  version: z.string().min(1).max(200),
  /** The full commit id; forty zeros when there was no repository. */
  gitSha: z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/),
  /** True when the working tree was bundled instead of the commit. */
  dirty: z.boolean(),
  /** ISO 8601, UTC: the commit's time, so that the same commit gives the same bytes; the time of the build when dirty. */
  builtAt: z.iso.datetime(),
  /** Files without which the app cannot start. */
  entries: z.array(z.string()),
  totals: z.strictObject({ files: count, links: count, directories: count, bytes: count }),
  directories: z.array(z.string()),
  links: z.array(link),
  files: z.array(file),
})
/** Directories, links and files are each sorted by path in byte order. */
export type Manifest = Readonly<z.infer<typeof manifestSchema>>

/** One line per file, so that two manifests can be compared with `diff`. */
export function formatManifest(value: Manifest): string {
  const { directories, links, files, ...head } = value
  const list = (items: readonly unknown[]) =>
    items.length === 0 ? '[]' : `[\n${items.map(item => `    ${JSON.stringify(item)}`).join(',\n')}\n  ]`
  const fields = Object.entries(head).map(
    ([key, field]) => `  ${JSON.stringify(key)}: ${JSON.stringify(field)}`,
  )
  fields.push(
    `  "directories": ${list(directories)}`,
    `  "links": ${list(links)}`,
    `  "files": ${list(files)}`,
  )
  return `{\n${fields.join(',\n')}\n}\n`
}

/** What the totals of a list must say. */
export function totalsOf(value: Pick<Manifest, 'files' | 'links' | 'directories'>): Manifest['totals'] {
  return {
    files: value.files.length,
    links: value.links.length,
    directories: value.directories.length,
    bytes: value.files.reduce((sum, each) => sum + each.size, 0),
  }
}
