import { describe, expect, it } from 'vitest'
import { aTable, databaseFacts } from '../../test/helpers/a-set.ts'
import type { DatabaseFacts } from '../databases/facts.ts'
import { compareDatabases, compareFileFacts, type Difference } from './compare.ts'

const kinds = (differences: readonly Difference[]) =>
  differences.map(({ kind, table }) => (table === undefined ? kind : `${kind} ${table}`))

const tables = databaseFacts().tables
const withTables = (...changed: readonly DatabaseFacts['tables'][number][]) =>
  databaseFacts({ tables: [...changed] })
const orders = aTable('public.orders', 5000)
const users = aTable('public.users', 1000)
const bare = { name: 'public.users', rows: 1000 }

describe('databases', () => {
  it.each<[string, DatabaseFacts, DatabaseFacts, readonly string[]]>([
    ['the same', databaseFacts(), databaseFacts(), []],
    [
      'another server, name, moment',
      databaseFacts(),
      databaseFacts({
        server: '16.1',
        tool: '16.1',
        identity: '9/stw_drill_1',
        snapshotAt: '2026-11-21T00:00:00Z',
      }),
      [],
    ],
    ['both empty', withTables(), withTables(), []],
    ['a table less', databaseFacts(), withTables(orders), ['missing table public.users']],
    ['a table more', withTables(orders), databaseFacts(), ['extra table public.users']],
    ['a row less', databaseFacts(), withTables(orders, aTable('public.users', 999)), ['rows public.users']],
    ['a row more', databaseFacts(), withTables(orders, aTable('public.users', 1001)), ['rows public.users']],
    [
      'a changed value',
      databaseFacts(),
      withTables(orders, aTable('public.users', 1000, 'x')),
      ['content public.users'],
    ],
    [
      'an empty table that was full',
      databaseFacts(),
      withTables(orders, aTable('public.users', 0)),
      ['rows public.users'],
    ],
    [
      'content that nobody compared',
      databaseFacts(),
      withTables(orders, bare),
      ['not compared public.users'],
    ],
    ['rows alone, as agreed', withTables(orders, bare), withTables(orders, users), []],
    ['another schema', databaseFacts(), databaseFacts({ schema: 'd'.repeat(64) }), ['schema']],
    ['a schema that nobody knows', databaseFacts(), databaseFacts({ schema: '' }), ['not compared']],
    ['an older version', databaseFacts(), databaseFacts({ version: '41' }), ['version']],
    [
      'more rows than an approximate count',
      { ...databaseFacts(), exact: false },
      withTables(orders, aTable('public.users', 1001)),
      ['rows public.users'],
    ],
  ])('%s', (_, expected, actual, differences) => {
    expect(kinds(compareDatabases(expected, actual))).toEqual(differences)
  })

  it('a version that nobody asked for is one that was not compared', () => {
    const { version: _, ...unknown } = databaseFacts()

    expect(kinds(compareDatabases(databaseFacts(), unknown))).toEqual(['not compared'])
    expect(compareDatabases(unknown, databaseFacts())).toEqual([])
  })

  it('say what differs, in both languages', () => {
    const expected = { ...databaseFacts(), exact: false }

    expect(
      compareDatabases(expected, withTables(...tables.slice(0, 1), aTable('public.users', 7)))[0]?.what,
    ).toEqual({
      en: 'table public.users has 7 rows instead of 1000 (counted beside the snapshot of the dump)',
      de: 'die Tabelle public.users hat 7 Zeilen statt 1000 (neben dem Snapshot des Dumps gezählt)',
    })
  })
})

describe('files', () => {
  const facts = { files: 200, bytes: 4_000_000, links: 1, directories: 12, digest: 'c' }

  it.each([
    ['the same', facts, []],
    ['a file less', { ...facts, files: 199, digest: 'd' }, ['files: 199 instead of 200']],
    ['a byte less', { ...facts, bytes: 3_999_999 }, ['bytes: 3999999 instead of 4000000']],
    [
      'a link and a directory less',
      { ...facts, links: 0, directories: 11 },
      ['links: 0 instead of 1', 'directories: 11 instead of 12'],
    ],
    [
      'other content',
      { ...facts, digest: 'd' },
      ['names or content of files differ, although as many are there'],
    ],
    ['no list', { ...facts, digest: '' }, ['no list of files']],
  ])('%s', (_, actual, expected) => {
    expect(compareFileFacts(facts, actual).map(({ what }) => what.en)).toEqual(expected)
  })

  // What moved has other bytes, and may have taken a directory with it; whatever has a sum must be there.
  it.each([
    ['the same', { ...facts, moved: 3, bytes: 1, directories: 11 }, []],
    ['one of them gone', { ...facts, moved: 2 }, []],
    ['one that nobody saved', { ...facts, moved: 4 }, ['files that no list of sums names: 1']],
    ['a file less', { ...facts, moved: 3, files: 199, digest: 'd' }, ['files: 199 instead of 200']],
    [
      'other content',
      { ...facts, moved: 3, digest: 'd' },
      ['names or content of files differ, although as many are there'],
    ],
  ])('of which some moved: %s', (_, actual, expected) => {
    expect(compareFileFacts({ ...facts, moved: 3 }, actual).map(({ what }) => what.en)).toEqual(expected)
  })

  it('may not move on the way', () => {
    expect(compareFileFacts(facts, { ...facts, moved: 1 })).toHaveLength(1)
  })
})
