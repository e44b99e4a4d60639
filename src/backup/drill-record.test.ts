import { expect, test } from 'vitest'
import type { Destination } from './destination.ts'
import { ageOf, type DrillHead, drillPath, makeDrillRecord, readDrills, writeDrill } from './drill-record.ts'
import type { StoredSet } from './set.ts'

const at = (minutes: number) => new Date(Date.UTC(2026, 10, 21, 3, minutes))

const set: StoredSet = {
  id: '20261121T000000Z-4f1a',
  class: 'daily',
  state: 'verified',
  files: [],
  hash: 'd'.repeat(64),
  manifest: {
    schema: 'stellwerk.backup-set/1',
    id: '20261121T000000Z-4f1a',
    app: 'shop',
    environment: 'production',
    class: 'daily',
    createdAt: '2026-11-21T00:00:00Z',
    finishedAt: '2026-11-21T00:01:00Z',
    run: 'run-0',
    by: 'anna',
    stellwerk: '0.0.0',
    parts: [],
    suspicions: [],
  },
}

const head: DrillHead = {
  app: 'shop',
  environment: 'production',
  run: '20261121_030000-drill-aaaaaa',
  by: 'anna',
  destination: 'nas',
  host: 'here',
  goals: { rpo: 26 * 3_600_000, rto: 3_600_000 },
  set,
  startedAt: at(0),
  planned: [
    { kind: 'database', id: 'database/main', store: 'main', verdict: 'unknown', differences: [], tables: [] },
    { kind: 'app', id: 'app', command: 'true', verdict: 'unknown', differences: [] },
  ],
}

const compared = { ...head.planned[0], verdict: 'pass' } as DrillHead['planned'][number]
const command = (verdict: 'pass' | 'fail', undo = false) =>
  ({
    code: 'STW-E005',
    type: 'step.end',
    step: 'app/here/command',
    ms: 1,
    verdict,
    ...(undo ? { undo } : {}),
  }) as const

function green() {
  const record = makeDrillRecord(head)
  record.fetching(at(1))
  record.fetching(at(5))
  record.note(compared)
  record.watch(command('pass'))
  record.measure(at(11))
  return record
}

test('green: all that was planned passed, in time', () => {
  const document = green().document(at(12), [])

  expect(document).toMatchObject({ verdict: 'green', rto: 600_000, rpo: 3 * 3_600_000, set: { id: set.id } })
})

test('a drill is red as soon as one thing is not known', () => {
  const problem = { code: 'STW-B400', what: { en: 'old', de: 'alt' } }
  const verdict = (record: ReturnType<typeof green>, problems = [] as (typeof problem)[]) =>
    record.document(at(12), problems).verdict
  const skipped = makeDrillRecord(head)
  skipped.fetching(at(1))
  skipped.note(compared)
  skipped.measure(at(2))
  const unmeasured = makeDrillRecord(head)
  unmeasured.note(compared)
  unmeasured.watch(command('pass'))
  const backwards = green()
  const failed = green()
  failed.watch(command('fail'))
  const slow = green()
  slow.measure(at(62))
  const nothing = makeDrillRecord({ ...head, planned: [] })
  nothing.fetching(at(1))
  nothing.measure(at(2))

  expect(verdict(green(), [problem])).toBe('red')
  expect(verdict(skipped)).toBe('red')
  expect(skipped.open().map(({ id }) => id)).toEqual(['app'])
  expect(unmeasured.measure(at(3))).toBeUndefined()
  expect(verdict(unmeasured)).toBe('red')
  expect(backwards.measure(at(0))).toBeUndefined()
  expect(verdict(backwards)).toBe('red')
  expect(verdict(failed)).toBe('red')
  expect(verdict(slow)).toBe('red')
  expect(verdict(nothing)).toBe('red')
})

test('undoing the step of the app says nothing about the app', () => {
  const record = makeDrillRecord(head)
  record.watch(command('pass', true))

  expect(record.open()).toHaveLength(2)
})

test('an age that a clock cannot have is unknown', () => {
  expect(ageOf(set, at(0))).toBe(3 * 3_600_000)
  expect(ageOf(set, new Date('2026-11-20T23:55:00Z'))).toBe(0)
  expect(ageOf(set, new Date('2026-11-20T20:00:00Z'))).toBeNull()
  expect(ageOf({ ...set, manifest: { ...set.manifest, createdAt: 'yesterday' } }, at(0))).toBeNull()
})

test('phases are kept with their titles', () => {
  const record = green()
  const title = { en: 'Restore', de: 'Wiederherstellen' }
  record.watch({ code: 'STW-E002', type: 'phase.begin', phase: 'restore', title })
  record.watch({ code: 'STW-E003', type: 'phase.end', phase: 'restore', ms: 7, ok: true })

  expect(record.document(at(12), []).phases).toEqual([{ id: 'restore', title, ms: 7, ok: true }])
})

test('the history is read newest first, without what cannot be read', async () => {
  const files = new Map([['drills/shop/production/20261001_030000-drill-bbbbbb.json', 'half of {']])
  const destination = {
    list: async (directory: string) =>
      [...files.keys()]
        .filter(path => path.startsWith(`${directory}/`))
        .map(path => ({ name: path.slice(directory.length + 1), kind: 'file', bytes: 1, changedAt: 0 })),
    readText: async (path: string) => files.get(path),
    writeText: async (path: string, content: string) => void files.set(path, content),
  } as unknown as Destination
  const document = green().document(at(12), [])
  const later = { ...document, run: '20261201_030000-drill-cccccc' }

  await writeDrill(destination, document)
  await writeDrill(destination, later)

  expect(drillPath(document)).toBe('drills/shop/production/20261121_030000-drill-aaaaaa.json')
  expect(await readDrills(destination, document, 5)).toEqual([later, document])
  expect(await readDrills(destination, document, 1)).toEqual([later])
})
