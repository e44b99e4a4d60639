// Whether what was restored is what was saved. Fails closed: what cannot be compared is a difference, and so is any other count,
// even where the saved one was taken beside the snapshot of its dump: then nothing proves which of the two is right.
import { formatBytes } from '../core/bytes.ts'
import { type Text, text } from '../core/lang.ts'
import type { DatabaseFacts, TableFacts } from '../databases/facts.ts'
import type { FileFacts } from './set.ts'

export interface Difference {
  readonly kind:
    | 'missing table'
    | 'extra table'
    | 'rows'
    | 'content'
    | 'schema'
    | 'version'
    | 'files'
    | 'not compared'
  readonly table?: string
  readonly what: Text
}

/** `expected`: of the manifest; `actual`: of the restored database. Server, tool and identity may differ. */
export function compareDatabases(expected: DatabaseFacts, actual: DatabaseFacts): readonly Difference[] {
  const there = new Map(actual.tables.map(table => [table.name, table]))
  const known = new Set(expected.tables.map(({ name }) => name))
  return [
    ...compareSchema(expected, actual),
    ...compareVersion(expected, actual),
    ...expected.tables.flatMap(table => compareTable(table, there.get(table.name), expected.exact)),
    ...actual.tables.filter(({ name }) => !known.has(name)).map(extra),
  ]
}

/** `expected`: of the manifest; `actual`: of the unpacked files. */
export function compareFileFacts(expected: FileFacts, actual: FileFacts): readonly Difference[] {
  const counted = [
    ['files', 'Dateien', 'files', String],
    ['bytes', 'Bytes', 'bytes', formatBytes],
    ['links', 'Links', 'links', String],
    ['directories', 'Verzeichnisse', 'directories', String],
  ] as const
  // Where files moved, links and directories may have as well: what was promised is the list of sums.
  const promised = moved(expected) > 0 ? counted.filter(([, , key]) => key === 'files') : counted
  const counts = promised.flatMap(([en, de, key, show]): Difference[] => {
    const [was, is] = [expected[key], actual[key]]
    if (was === is) return []
    // Bytes may differ by less than their short form shows.
    const [before, after] = show(was) === show(is) ? [String(was), String(is)] : [show(was), show(is)]
    return [
      {
        kind: 'files',
        what: text(`${en}: ${after} instead of ${before}`, `${de}: ${after} statt ${before}`),
      },
    ]
  })
  if (moved(actual) > moved(expected)) counts.push(more(moved(actual) - moved(expected)))
  if (expected.digest === '' || actual.digest === '')
    return [...counts, { kind: 'not compared', what: text('no list of files', 'keine Liste der Dateien') }]
  if (counts.length > 0 || expected.digest === actual.digest) return counts
  return [
    {
      kind: 'content',
      what: text(
        'names or content of files differ, although as many are there',
        'Namen oder Inhalt von Dateien sind anders, obwohl gleich viele da sind',
      ),
    },
  ]
}

function moved(facts: FileFacts): number {
  return facts.moved ?? 0
}

function more(count: number): Difference {
  return {
    kind: 'files',
    what: text(
      `files that no list of sums names: ${count}`,
      `Dateien, die keine Liste der Summen nennt: ${count}`,
    ),
  }
}

function compareSchema(expected: DatabaseFacts, actual: DatabaseFacts): readonly Difference[] {
  if (expected.schema === '' || actual.schema === '')
    return [{ kind: 'not compared', what: text('the schema is not known', 'das Schema ist nicht bekannt') }]
  if (expected.schema === actual.schema) return []
  const servers =
    expected.server === actual.server
      ? ['', '']
      : [` (${expected.server}, ${actual.server})`, ` (${expected.server}, ${actual.server})`]
  return [
    {
      kind: 'schema',
      what: text(`the schema is another${servers[0]}`, `das Schema ist ein anderes${servers[1]}`),
    },
  ]
}

function compareVersion(
  { version: was }: DatabaseFacts,
  { version: is }: DatabaseFacts,
): readonly Difference[] {
  if (was === undefined || was === is) return []
  if (is === undefined)
    return [
      {
        kind: 'not compared',
        what: text(
          `the version of the schema is not known; it was "${was}"`,
          `die Version des Schemas ist nicht bekannt; sie war „${was}“`,
        ),
      },
    ]
  return [
    {
      kind: 'version',
      what: text(
        `the version of the schema is "${is}" instead of "${was}"`,
        `die Version des Schemas ist „${is}“ statt „${was}“`,
      ),
    },
  ]
}

function compareTable(
  expected: TableFacts,
  actual: TableFacts | undefined,
  exact: boolean,
): readonly Difference[] {
  const table = expected.name
  if (!actual)
    return [
      { kind: 'missing table', table, what: text(`table ${table} is missing`, `die Tabelle ${table} fehlt`) },
    ]
  if (actual.rows !== expected.rows) {
    const doubt = exact ? ['', ''] : [approximate.en, approximate.de]
    return [
      {
        kind: 'rows',
        table,
        what: text(
          `table ${table} has ${actual.rows} rows instead of ${expected.rows}${doubt[0]}`,
          `die Tabelle ${table} hat ${actual.rows} Zeilen statt ${expected.rows}${doubt[1]}`,
        ),
      },
    ]
  }
  if (expected.fingerprint === undefined || expected.fingerprint === actual.fingerprint) return []
  if (actual.fingerprint === undefined)
    return [
      {
        kind: 'not compared',
        table,
        what: text(
          `the content of table ${table} was not compared`,
          `der Inhalt der Tabelle ${table} wurde nicht verglichen`,
        ),
      },
    ]
  return [
    {
      kind: 'content',
      table,
      what: text(
        `table ${table} has as many rows, but other content`,
        `die Tabelle ${table} hat gleich viele Zeilen, aber anderen Inhalt`,
      ),
    },
  ]
}

const approximate = text(
  ' (counted beside the snapshot of the dump)',
  ' (neben dem Snapshot des Dumps gezählt)',
)

function extra({ name }: TableFacts): Difference {
  return {
    kind: 'extra table',
    table: name,
    what: text(`table ${name} should not be there`, `die Tabelle ${name} dürfte es nicht geben`),
  }
}
