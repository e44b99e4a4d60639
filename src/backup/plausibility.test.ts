import { describe, expect, it } from 'vitest'
import { aDatabase, aManifest, aTable, databaseFacts, filesOf } from '../../test/helpers/a-set.ts'
import { expectations, noTable, suspicions } from './plausibility.ts'
import type { Manifest, Part } from './set.ts'

const night = (count: number) => `202611${String(count).padStart(2, '0')}T010000Z-0000`
const of = (count: number, ...parts: Part[]): Manifest => aManifest({ id: night(count), parts })
/** Seven nights alike. */
const week = (...parts: Part[]) => Array.from({ length: 7 }, (_, index) => of(index + 1, ...parts))

function said(manifest: Manifest, history: readonly Manifest[], shrinkPercent = 50): readonly string[] {
  const texts = suspicions(manifest, history, { shrinkPercent })
  for (const { de } of texts) expect(de).toMatch(/\w/)
  return texts.map(({ en }) => en)
}

const rows = (orders: number, users: number) =>
  aDatabase({
    facts: databaseFacts({ tables: [aTable('public.orders', orders), aTable('public.users', users)] }),
  })
const usual = rows(5000, 1000)
const uploads = (files: number, bytes: number, digest = `${files} ${bytes}`) =>
  filesOf({ facts: { files, bytes, digest, links: 0, directories: 1 } })

describe('a set is not suspicious', () => {
  it.each<[string, Manifest, readonly Manifest[]]>([
    ['when it is the first', of(8, rows(0, 0), uploads(0, 0)), []],
    ['when nothing changed', of(8, usual, filesOf()), week(usual, filesOf())],
    ['when it grew', of(8, rows(90_000, 9000), uploads(900, 9e9)), week(usual, uploads(9, 9000))],
    ['when it lost as much as it may', of(8, rows(2500, 500)), week(usual)],
    ['when a small table emptied', of(8, rows(5000, 0)), week(rows(5000, 9))],
    [
      'when a table that comes and goes is low',
      of(8, rows(5000, 0)),
      [...week(usual).slice(0, 6), of(7, rows(5000, 2))],
    ],
    [
      'when it is as one of the sets before, restored',
      of(8, rows(10, 10)),
      [of(1, rows(10, 10)), ...week(usual).slice(1)],
    ],
    [
      'when another packing made it smaller',
      of(8, { ...rows(5001, 1000), bytes: 10, compression: 'gzip' }),
      week(usual),
    ],
    ['when only newer sets held more', of(1, rows(10, 10)), week(usual).slice(1)],
    [
      'when another environment held more',
      of(8, rows(10, 10)),
      week(usual).map(one => ({ ...one, environment: 'staging' })),
    ],
    [
      'when another class holds more stores',
      of(8, usual),
      week(usual, filesOf()).map(one => ({ ...one, class: 'weekly' })),
    ],
  ])('%s', (_, manifest, history) => {
    expect(said(manifest, history)).toEqual([])
  })

  it('once a person has accepted a smaller one', () => {
    const accepted = [...week(usual), of(8, rows(1000, 200))]

    expect(said(of(9, rows(1001, 201)), accepted).filter(line => line.includes('number of rows'))).toEqual([])
    expect(said(of(9, rows(1001, 201)), accepted)).toEqual([])
  })
})

describe('a set is suspicious', () => {
  it.each<[string, Manifest, readonly Manifest[], readonly string[]]>([
    [
      'when a store is gone',
      of(8, usual),
      week(usual, filesOf()),
      ['uploads is not in this set; it was in 20261107T010000Z-0000'],
    ],
    [
      'when a table is gone',
      of(8, aDatabase({ facts: databaseFacts({ tables: [aTable('public.orders', 5001)] }) })),
      week(usual),
      ['main: table public.users is gone'],
    ],
    [
      'when a table is empty',
      of(8, rows(5001, 0)),
      week(usual),
      ['main: table public.users is empty; it had at least 1000 rows'],
    ],
    [
      'when a table lost too many rows',
      of(8, rows(5001, 499)),
      week(usual),
      ['main: table public.users has 499 rows; it had at least 1000'],
    ],
    [
      'when all rows are gone',
      of(8, rows(0, 0)),
      week(usual),
      [
        'main: table public.orders is empty; it had at least 5000 rows',
        'main: table public.users is empty; it had at least 1000 rows',
        'main: number of rows is 0, usual is 6000',
      ],
    ],
    [
      'when the dump shrank',
      of(8, { ...rows(5001, 1000), bytes: 49_999 }),
      week(usual),
      ['main: packed size is 50.0 kB, usual is 100.0 kB'],
    ],
    [
      'when files are gone',
      of(8, uploads(99, 1000)),
      week(uploads(200, 4_000_000)),
      [
        'uploads: number of files is 99, usual is 200',
        'uploads: size of all files is 1.0 kB, usual is 4.0 MB',
      ],
    ],
  ])('%s', (_, manifest, history, expected) => {
    expect(said(manifest, history)).toEqual(expected)
  })

  it('by the median, so that one odd night is not the measure', () => {
    const history = [...week(uploads(200, 4_000_000)), of(8, uploads(90_000, 9e12))]

    expect(said(of(9, uploads(180, 4_000_000)), history)).toEqual([])
    expect(said(of(9, uploads(80, 4_000_000)), history)).toHaveLength(1)
  })

  it('by the last seven sets, so that growth of a year is not forgotten', () => {
    const history = [
      of(1, uploads(1, 1)),
      of(2, uploads(1, 1)),
      ...week(uploads(200, 200)).map((one, index) => ({ ...one, id: night(index + 10) })),
    ]

    expect(said(of(20, uploads(90, 200)), history)).toHaveLength(1)
  })

  it('by the percentage of the configuration', () => {
    expect(said(of(8, uploads(150, 4_000_000)), week(uploads(200, 4_000_000)), 10)).toHaveLength(1)
  })
})

describe('expectations', () => {
  const facts = databaseFacts()

  it.each([
    ['users', 1000, []],
    ['public.users', 1, []],
    ['users', 1001, ['main: table users has 1000 rows, at least 1001 are expected']],
    ['sers', 1, ['main: there is no table sers']],
  ])('of %s with %i rows', (name, least, expected) => {
    const texts = expectations('main', facts, { tables: [], minRows: { [name]: least } })

    expect(texts.map(({ en }) => en)).toEqual(expected)
  })

  it('name each missing table once', () => {
    const texts = expectations('main', facts, { tables: ['calls', 'users'], minRows: { calls: 1 } })

    expect(texts.map(({ de }) => de)).toEqual(['main: es gibt keine Tabelle calls'])
  })
})

describe('a store whose files do not stand still', () => {
  const of = (id: string, files: number, moved: number) => {
    const { facts } = filesOf()
    if (!('files' in facts)) throw new Error('no files')
    const part = filesOf({ facts: { ...facts, files, moved, digest: id } })
    return aManifest({ id, parts: [part] })
  }
  const doubts = (now: ReturnType<typeof of>, ...before: ReturnType<typeof of>[]) =>
    suspicions(now, before, { shrinkPercent: 50 }).map(({ en }) => en)

  it('is suspect from one file in ten on, also in the first set', () => {
    expect(doubts(of('20261120T010000Z-0000', 90, 10))).toEqual([])
    expect(doubts(of('20261120T010000Z-0000', 89, 11))).toEqual([
      'uploads: 11 of 100 files changed while they were saved',
    ])
  })

  it('is no longer, once a person has accepted that', () => {
    const accepted = of('20261120T010000Z-0000', 50, 50)

    expect(doubts(of('20261121T010000Z-0000', 49, 52), accepted)).toEqual([])
    expect(
      doubts(of('20261122T010000Z-0000', 49, 52), accepted, of('20261121T010000Z-0000', 100, 0)),
    ).toHaveLength(1)
  })

  it('has not lost the files that moved', () => {
    expect(doubts(of('20261121T010000Z-0000', 92, 8), of('20261120T010000Z-0000', 100, 0))).toEqual([])
  })
})

describe('a database without a table', () => {
  const empty = aDatabase({ facts: databaseFacts({ tables: [] }) })

  it.each(['daily', 'manual', 'weekly'])('is suspicious in a %s set, also in the first', setClass => {
    expect(noTable(setClass, empty)).toEqual([
      { en: 'main holds no table', de: 'main enthält keine Tabelle' },
    ])
  })

  it.each(['pre-deploy', 'safety', 'shadow'])('is not in a %s set', setClass => {
    expect(noTable(setClass, empty)).toEqual([])
  })

  it('is another thing than a table without rows', () => {
    expect(noTable('daily', rows(0, 0))).toEqual([])
  })
})
