// The golden files lie in drill-report.golden/: what a person reads is looked at as a whole.
import { expect, test } from 'vitest'
import type { DrillDocument } from './drill-record.ts'
import { drillReport } from './drill-report.ts'

const green: DrillDocument = {
  schema: 'stellwerk.drill/1',
  verdict: 'green',
  app: 'shop',
  environment: 'production',
  run: '20261206_020000-drill-aaaaaa',
  by: 'anna',
  destination: 'nas',
  host: 'here',
  set: {
    id: '20261206T010000Z-4f1a',
    class: 'daily',
    createdAt: '2026-12-06T01:00:04.000Z',
    bytes: 41_300_000,
  },
  startedAt: '2026-12-06T02:00:00.000Z',
  finishedAt: '2026-12-06T02:03:00.000Z',
  rpo: 3_596_000,
  rto: 161_000,
  goals: { rpo: 26 * 3_600_000, rto: 4 * 3_600_000 },
  phases: [
    { id: 'open', title: { en: 'Open the drill', de: 'Die Übung öffnen' }, ms: 210, ok: true },
    { id: 'restore', title: { en: 'Restore', de: 'Wiederherstellen' }, ms: 150_400, ok: true },
  ],
  checks: [
    {
      kind: 'database',
      id: 'database/main',
      store: 'main',
      verdict: 'pass',
      differences: [],
      tables: [
        { name: 'public.calls', saved: 1200, restored: 1200, content: 'equal' },
        { name: 'public.empty', saved: 0, restored: 0, content: 'equal' },
      ],
    },
    {
      kind: 'files',
      id: 'files/uploads',
      store: 'uploads',
      verdict: 'pass',
      differences: [],
      saved: 17,
      restored: 17,
      bytes: 80_000_000,
    },
    {
      kind: 'query',
      id: 'query/main/1',
      store: 'main',
      verdict: 'pass',
      differences: [],
      sql: "SELECT count(*) FROM users WHERE a || b <> ''",
      expect: '>= 1',
      answer: '3',
    },
    { kind: 'app', id: 'app', verdict: 'pass', differences: [], command: 'node check.js' },
  ],
  problems: [],
}

const earlier: DrillDocument = {
  ...green,
  run: '20261101_020000-drill-bbbbbb',
  startedAt: '2026-11-01T02:00:00.000Z',
  rto: 140_000,
}

const red: DrillDocument = {
  ...green,
  verdict: 'red',
  rto: null,
  phases: [{ id: 'compare', title: { en: 'Compare', de: 'Vergleichen' }, ms: 40, ok: false }],
  checks: green.checks.map(check =>
    check.kind === 'database'
      ? {
          ...check,
          verdict: 'fail',
          differences: [
            { en: 'public.calls has 1199 rows, not 1200', de: 'public.calls hat 1199 Zeilen, nicht 1200' },
          ],
          tables: [
            { name: 'public.calls', saved: 1200, restored: 1199, content: 'differs' },
            { name: 'public.empty', saved: 0, restored: null, content: 'rows' },
          ],
        }
      : check.kind === 'query'
        ? { ...check, verdict: 'unknown', answer: undefined }
        : { ...check, verdict: 'unknown' },
  ),
  problems: [
    {
      code: 'STW-B431',
      what: {
        en: 'What was restored is not what was saved',
        de: 'Wiederhergestellt wurde nicht, was gesichert war',
      },
      why: { en: 'main: 2 differences', de: 'main: 2 Abweichungen' },
    },
  ],
}

const refused: DrillDocument = {
  ...green,
  verdict: 'red',
  set: undefined,
  rpo: null,
  rto: null,
  phases: [],
  checks: [],
  problems: [
    {
      code: 'STW-B407',
      what: { en: 'There is no verified set at nas', de: 'Bei nas liegt kein verifizierter Satz' },
    },
  ],
}

const golden = (name: string) => `drill-report.golden/${name}.md`

test.each([
  ['green', green],
  ['red', red],
  ['refused', refused],
] as const)('a drill that is %s, in both languages', async (name, document) => {
  const history = [green, earlier]

  await expect(drillReport(document, 'en', history).markdown).toMatchFileSnapshot(golden(`${name}.en`))
  await expect(drillReport(document, 'de', history).markdown).toMatchFileSnapshot(golden(`${name}.de`))
})

test('what was not looked at is never called passed', () => {
  const skipped: DrillDocument = {
    ...green,
    verdict: 'red',
    checks: green.checks.map(check => ({ ...check, verdict: 'unknown' as const })),
  }

  const { markdown } = drillReport(skipped, 'en')

  expect(markdown).toContain('0 of 4 checks passed')
  expect(markdown.match(/not looked at/g)).toHaveLength(4)
  expect(markdown).not.toMatch(/\| passed \|/)
})

test('the document for programs is the drill itself, with the ones before it', () => {
  const { json } = drillReport(green, 'de', [earlier, green])

  expect(json).toMatchObject({ schema: 'stellwerk.drill/1', verdict: 'green' })
  expect(json.history).toEqual([
    {
      run: earlier.run,
      verdict: 'green',
      startedAt: earlier.startedAt,
      rpo: earlier.rpo,
      rto: 140_000,
      bytes: 41_300_000,
    },
  ])
})
