import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { namingFor, namingOfSet } from './names.ts'
import type { Document } from './naming.ts'
import { isSetId, type Manifest, setId } from './set.ts'

const owner = { app: 'shop', environment: 'production' }
const id = '20251029T010000Z-0000'
const documents: readonly Document[] = [
  'manifest.json',
  'SHA256SUMS',
  'RESTORE.md',
  'verified.json',
  'drilled.json',
  'accepted.json',
]

describe('sets', () => {
  const naming = namingFor('sets', owner)

  it('gives each set a directory', () => {
    const file = naming.partFile(id, { of: 'db', store: 'main', ending: 'dump.zst.age' })

    expect(naming.path('daily', id, file)).toBe(`shop/production/daily/${id}/db-main.dump.zst.age`)
    expect(naming.path('daily', id, naming.documentFile(id, 'RESTORE.md'))).toBe(
      `shop/production/daily/${id}/RESTORE.md`,
    )
    expect(naming.classDirectory('daily')).toBe('shop/production/daily')
    expect(naming.sumFile(file)).toBeUndefined()
  })

  it('removes the manifest before the rest', () => {
    expect(naming.pathsOf('daily', id, [])).toEqual([
      `shop/production/daily/${id}/manifest.json`,
      `shop/production/daily/${id}`,
    ])
  })

  it('knows its directories from those of others', () => {
    const entries = [id, '20261332T000000Z-0000', '@eaDir', 'old'].map(name => ({
      name,
      kind: 'directory' as const,
    }))

    expect([...naming.setsIn([...entries, { name: '20260101T000000Z-0000', kind: 'file' }]).keys()]).toEqual([
      id,
    ])
  })
})

describe('dated', () => {
  const naming = namingFor('dated', { ...owner, alone: ['db', 'files'] })

  it('names files as the backups of AskPro are named (P9)', () => {
    const db = naming.partFile(id, { of: 'db', store: 'main', ending: 'sql.gz' })
    const app = naming.partFile(id, { of: 'files', store: 'storage', ending: 'tar.gz' })

    expect(naming.path('pre-deploy', id, db)).toBe('pre-deploy/backup-db-20251029_010000.sql.gz')
    expect(naming.sumFile(db)).toBe('backup-db-20251029_010000.sql.gz.sha256')
    expect(naming.path('daily', id, app)).toBe('daily/backup-app-20251029_010000.tar.gz')
    expect(documents.map(document => naming.documentFile(id, document))).toEqual([
      'backup-manifest-20251029_010000.json',
      'backup-20251029_010000.sha256',
      'backup-restore-20251029_010000.md',
      'backup-verified-20251029_010000.json',
      'backup-drilled-20251029_010000.json',
      'backup-accepted-20251029_010000.json',
    ])
  })

  it('names the store where there may be several', () => {
    const several = namingFor('dated', owner)

    expect(several.partFile(id, { of: 'db', store: 'main', ending: 'sql.gz' })).toBe(
      'backup-db-main-20251029_010000.sql.gz',
    )
    expect(several.partFile(id, { of: 'files', store: 'up-loads', ending: 'tar' })).toBe(
      'backup-app-up-loads-20251029_010000.tar',
    )
  })

  it('has no name for a set that the time does not tell', () => {
    expect(() => naming.documentFile('20251029T010000Z-4f1a', 'SHA256SUMS')).toThrow('dated')
  })

  it('takes nothing else for its own', () => {
    const foreign = [
      'backup-db-20251029_010000',
      'backup-db-20251329_010000.sql.gz',
      'backup-db-20250230_010000.sql.gz',
      'backup-db-2025102_010000.sql.gz',
      'backup-DB-20251029_010000.sql.gz',
      'backup-manifest-20251029_010000.txt',
      'backup-web-20251029_010000.tar.gz',
      'backup-db-20251029_010000.sql gz',
      'my-backup-db-20251029_010000.sql.gz',
      'notes.txt',
      '.backup-db-20251029_010000.sql.gz',
    ]

    expect(naming.setsIn(foreign.map(name => ({ name, kind: 'file' })))).toEqual(new Map())
    expect(naming.setsIn([{ name: 'backup-db-20251029_010000.sql.gz', kind: 'directory' }])).toEqual(
      new Map(),
    )
  })

  it('removes the manifest first, and only what is there', () => {
    const files = ['backup-20251029_010000.sha256', 'backup-manifest-20251029_010000.json']

    expect(naming.pathsOf('daily', id, files)).toEqual([
      'daily/backup-manifest-20251029_010000.json',
      'daily/backup-20251029_010000.sha256',
    ])
  })
})

const moment = fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })
const store = fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/)
const part = fc.record({
  of: fc.constantFrom('db' as const, 'files' as const),
  store,
  ending: fc.constantFrom('dump.zst.age', 'sql.gz', 'sqlite', 'tar.zst'),
})

describe.each(['sets', 'dated'] as const)('%s', kind => {
  const naming = namingFor(kind, owner)

  it('finds exactly what was put there', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(moment, { maxLength: 5 }),
        fc.array(part, { minLength: 1 }),
        (moments, parts) => {
          const ids = [...new Set(moments.map(at => setId(at, new Uint8Array(2))))]
          const paths = ids.flatMap(set => {
            const files = parts.map(one => naming.partFile(set, one))
            const sums = files.flatMap(file => naming.sumFile(file) ?? [])
            const written = documents.map(document => naming.documentFile(set, document))
            return [...files, ...sums, ...written].map(file => naming.path('daily', set, file))
          })
          const names = paths.map(path =>
            path.slice('daily/'.length + (naming.top ? naming.top.length + 1 : 0)),
          )
          const entries = [...new Set(names.map(name => name.split('/')[0] ?? ''))].map(name => ({
            name,
            kind: names.includes(name) ? ('file' as const) : ('directory' as const),
          }))

          const found = naming.setsIn([...entries, { name: 'README.txt', kind: 'file' }])

          expect([...found.keys()].toSorted()).toEqual(ids.toSorted())
          for (const set of ids) {
            const files = found.get(set) ?? []
            const removed = naming.pathsOf('daily', set, files)
            expect(removed[0]).toBe(naming.path('daily', set, naming.documentFile(set, 'manifest.json')))
            expect(new Set(removed).size).toBe(removed.length)
            // Everything of this set goes, and nothing of another.
            for (const path of paths) {
              const goes = removed.some(gone => path === gone || path.startsWith(`${gone}/`))
              expect(goes).toBe(path.includes(kind === 'sets' ? set : set.slice(0, 15).replace('T', '_')))
            }
          }
        },
      ),
    )
  })

  it('is told by the parts of a set', () => {
    const file = naming.partFile(id, { of: 'db', store: 'main', ending: 'sql.gz' })

    const told = namingOfSet({ ...owner, parts: [{ file }] } as unknown as Manifest)

    expect(told.documentFile(id, 'SHA256SUMS')).toBe(naming.documentFile(id, 'SHA256SUMS'))
  })
})

it.each([
  ['20261025T000000Z-4f1a', true],
  ['20240229T235959Z-0000', true],
  ['20250229T000000Z-0000', false],
  ['20261301T000000Z-0000', false],
  ['20261025T250000Z-0000', false],
  ['20261025T000000Z-4F1A', false],
  ['20261025T000000Z', false],
])('%s names a set: %j', (name, expected) => {
  expect(isSetId(name)).toBe(expected)
})
