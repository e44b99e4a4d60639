// What is true of a database at one moment, taken inside the snapshot of its dump. Travels as a file of tab-separated lines that a
// person can read and `diff` can compare; written by sh on the host, read here.
import { z } from 'zod'

export type DumpFormat = 'custom' | 'plain' | 'file'

export const tableFacts = z.object({
  /** With its schema where there are several: `public.calls`. */
  name: z.string(),
  rows: z.number().int().min(0),
  /** A sum over the content of all rows that does not depend on their order; absent when only rows were counted. */
  fingerprint: z.string().optional(),
})
export type TableFacts = z.infer<typeof tableFacts>

export const databaseFacts = z.object({
  /** Version of the server, such as "15.18". */
  server: z.string(),
  /** Version of the dump's tool. */
  tool: z.string(),
  /** `<server identity>/<database>`: see DatabaseEngine.identity. */
  identity: z.string(),
  /** ISO 8601, UTC: the moment of the snapshot. */
  snapshotAt: z.string(),
  /** Whether rows and fingerprints come from the very snapshot of the dump. */
  exact: z.boolean(),
  /** SHA-256 over the definition of tables, columns, types, keys, views and routines. */
  schema: z.string(),
  /** What the query `schemaVersion` answered. */
  version: z.string().optional(),
  tables: z.array(tableFacts),
})
export type DatabaseFacts = z.infer<typeof databaseFacts>

/** Lines `key<TAB>value...`: server, tool, identity, snapshot, exact yes|no, schema, version, and one
 *  `table<TAB>name<TAB>rows[<TAB>fingerprint]` each, and `end` last: without it the file is cut and nothing is known. */
export function parseFacts(content: string): DatabaseFacts | undefined {
  const values = new Map<string, string>()
  const tables: TableFacts[] = []
  let ended = false
  for (const line of content.split('\n')) {
    const [key = '', first = '', rows = '', fingerprint] = line.split('\t')
    if (key === 'table') {
      if (!/^\d+$/.test(rows)) return undefined
      tables.push({ name: first, rows: Number(rows), ...(fingerprint ? { fingerprint } : {}) })
    } else if (key === 'end') ended = true
    else if (key !== '') values.set(key, first)
  }
  if (!ended) return undefined
  const version = values.get('version')
  return databaseFacts.safeParse({
    server: values.get('server'),
    tool: values.get('tool'),
    identity: values.get('identity'),
    snapshotAt: values.get('snapshot'),
    exact: values.get('exact') === 'yes',
    schema: values.get('schema'),
    ...(version === undefined ? {} : { version }),
    tables: tables.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  }).data
}
