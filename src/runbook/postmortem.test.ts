import { expect, test } from 'vitest'
import type { JournalRecord } from '../engine/journal.ts'
import type { Plan } from '../engine/plan.ts'
import { type Evidence, postmortem } from './postmortem.ts'
import { parseEvidence, type RunOnHost, type RunReport } from './run-evidence.ts'
import { exposures } from './timeline.ts'

const run = '20261121_083951-deploy-081423'
const back = '20261121_091000-rollback-22aa11'
const text = (en: string, de: string) => ({ en, de })
const title = text('Switch the link', 'Den Link umschalten')

function plan(name: string, procedure: string, summary: Plan['summary'], createdAt: string): Plan {
  const step = { kind: 'release.switch', timeout: 1, undo: { how: 'none', why: text('', '') } } as const
  const steps = [
    { ...step, id: 'switch/web1/link', host: 'web1', title },
    {
      ...step,
      id: 'switch/web1/router',
      host: 'web1',
      title: text('Send users there', 'Benutzer dorthin leiten'),
    },
  ]
  return {
    ...{
      schema: 'stellwerk.plan/1',
      procedure,
      run: name,
      app: 'shop',
      environment: 'production',
      createdAt,
    },
    ...{ hosts: [], factsDigest: '', policy: 'undo', onHostFailure: 'undo', commit: 'settle', summary },
    phases: [{ id: 'switch', title, steps }],
  }
}

const done = (type: 'outcome' | 'undo-outcome', step: string, at: string): JournalRecord => ({
  ...{ type, step, at, token: 1, status: 'done', code: 0, data: {} },
})
const end = (status: string, at: string): JournalRecord => ({ type: 'end', status, at, token: 1 })

const deploy = plan(
  run,
  'deploy',
  {
    ...{ release: '20261121_083951-df614d6', version: 'v1.2.0', by: 'anna', notes: 'Rewrite | the <shop>' },
    hosts: [{ name: 'web1', from: '20261121_083947-362f999' }],
    waivers: [{ check: 'disk', by: 'Anna', until: '2026-12-01', reason: 'disk is replaced' }],
    backup: { set: '20261121T083952Z-4f1a' },
  },
  '2026-11-21T08:39:51.388Z',
)

const report: RunReport = {
  ...{ v: 1, at: '2026-11-21T08:39:56.100Z', by: 'anna', status: 'undone' },
  problems: [
    {
      code: 'STW-K001',
      what: text('Check "health" did not pass', 'Prüfung „health“ hat nicht bestanden'),
      why: text('$.status is "kritisch", expected "gesund"', '$.status ist „kritisch“, erwartet „gesund“'),
      where: { host: 'web1' },
    },
  ],
  checks: [
    {
      ...{ check: 'health', host: 'web1', verdict: 'fail', at: '2026-11-21T08:39:55.900Z' },
      observed: text('$.status is "kritisch"', '$.status ist „kritisch“'),
    },
  ],
}

const undone: RunOnHost = {
  ...{ host: 'web1', run, plan: deploy, reports: [report], waits: false },
  signatures: [
    {
      ...{ v: 1, type: 'reject', id: 'login-works', role: 'qa', by: 'Ben', at: '2026-11-21T08:39:55Z' },
      ...{ machine: 'laptop', reason: 'the page is empty' },
    },
  ],
  records: [
    done('outcome', 'switch/web1/link', '2026-11-21T08:39:53Z'),
    done('outcome', 'switch/web1/router', '2026-11-21T08:39:54Z'),
    done('undo-outcome', 'switch/web1/router', '2026-11-21T08:39:57Z'),
    done('undo-outcome', 'switch/web1/link', '2026-11-21T08:39:57Z'),
    end('undone', '2026-11-21T08:39:58Z'),
  ],
}

const evidence: Evidence = {
  app: 'shop',
  environment: 'production',
  run,
  timeZone: 'Europe/Berlin',
  found: [undone],
}

test.each(['en', 'de'] as const)('a run that took itself back, in %s', async lang => {
  await expect(postmortem(evidence, lang)).toMatchFileSnapshot(`postmortem.golden/undone.${lang}.md`)
})

const proven: RunOnHost = {
  ...{ ...undone, reports: [], signatures: [] },
  records: [
    done('outcome', 'switch/web1/router', '2026-11-21T08:39:54Z'),
    end('done', '2026-11-21T08:39:58Z'),
  ],
}
const summary = {
  release: '20261121_083947-362f999',
  data: { set: '20261121T083952Z-4f1a', safety: '20261121T091001Z-77aa' },
}
const rollback: RunOnHost = {
  ...{ host: 'web1', run: back, reports: [], signatures: [], waits: false },
  plan: plan(back, 'rollback', summary, '2026-11-21T09:10:00.000Z'),
  records: [
    done('outcome', 'switch/web1/router', '2026-11-21T09:10:12Z'),
    end('done', '2026-11-21T09:10:14Z'),
  ],
}

test('a release that seemed fine, and was rolled back with its data half an hour later', async () => {
  const page = postmortem({ ...evidence, found: [proven, rollback] }, 'en')

  await expect(page).toMatchFileSnapshot('postmortem.golden/rolled-back.en.md')
  expect(page).toContain('users were on this release for 30 min 18 s')
})

test('users still have it as long as nothing took it back, and a later run that failed did not', () => {
  const failed = {
    ...rollback,
    records: [
      ...rollback.records.slice(0, 1),
      done('undo-outcome', 'switch/web1/router', '2026-11-21T09:10:13Z'),
    ],
  }

  expect(exposures(run, [proven, failed])).toEqual([{ host: 'web1', from: '2026-11-21T08:39:54Z' }])
  expect(exposures(run, [{ ...proven, records: [] }])).toEqual([])
})

const set = '20261121T083952Z-4f1a'
const way = 'migrate/web1/back-main'
const restored = { restored: set, old: 'stw_old_20261121083952_main', written: 'orders +3' }
const tookBack = (data: Readonly<Record<string, string>>, status: 'done' | 'failed' = 'done'): RunOnHost => ({
  ...undone,
  records: [
    ...undone.records.slice(0, -1),
    { type: 'undo-intent', step: way, at: '2026-11-21T08:39:57Z', token: 1 },
    { ...{ type: 'undo-outcome', step: way, at: '2026-11-21T08:40:00Z', token: 1, code: 0 }, status, data },
    end('undone', '2026-11-21T08:40:01Z'),
  ],
})

test('a deploy that took its database back by itself says which data is gone, and where it lies', async () => {
  const page = (lang: 'en' | 'de') => postmortem({ ...evidence, found: [tookBack(restored)] }, lang)

  await expect(page('en')).toMatchFileSnapshot('postmortem.golden/restored-itself.en.md')
  await expect(page('de')).toMatchFileSnapshot('postmortem.golden/restored-itself.de.md')
  expect(page('en')).not.toContain('nothing was replaced')
})

test.each<[string, RunOnHost, string]>([
  ['the schema was as before', tookBack({ unchanged: 'yes' }), 'No restore: nothing was replaced'],
  ['the migrated schema stays', tookBack({ kept: 'yes' }), 'No restore: nothing was replaced'],
  ['it failed half-way', tookBack(restored, 'failed'), 'which data is live is not known'],
  [
    'nobody knows how it ended',
    { ...undone, records: tookBack(restored).records.slice(0, -2) },
    'which data is live is not known',
  ],
])('the way back of a migration: %s', (_, found, said) => {
  expect(postmortem({ ...evidence, found: [found] }, 'en')).toContain(said)
})

test('a later deploy that failed and restored the database tells it too, and a rollback that was undone does not', () => {
  const later: RunOnHost = { ...tookBack(restored), run: back, plan: { ...deploy, run: back } }
  const undoneRollback = { ...rollback, records: [end('undone', '2026-11-21T09:10:14Z')] }

  expect(postmortem({ ...evidence, found: [proven, later] }, 'en')).toContain(
    `${back} took itself back and restored main on web1 from set ${set}`,
  )
  expect(postmortem({ ...evidence, found: [proven, undoneRollback] }, 'en')).toContain('nothing was replaced')
})

test('the step that decides is that of the plan: with nginx too, and when it failed', () => {
  const nginx = (one: RunOnHost): RunOnHost =>
    JSON.parse(JSON.stringify(one).replaceAll('switch/web1/router', 'switch/web1/nginx'))
  const link = done('outcome', 'switch/web1/link', '2026-11-21T08:39:53Z')
  const behind = { ...nginx(proven), records: [link, ...nginx(proven).records] }
  const from = '2026-11-21T08:39:54Z'

  expect(exposures(run, [behind])).toEqual([{ host: 'web1', from }])
  // Another router by now.
  expect(exposures(run, [behind, rollback])).toEqual([
    { host: 'web1', from, to: '2026-11-21T09:10:12Z', by: back },
  ])
  expect(exposures(run, [{ ...proven, records: [link] }])).toEqual([])
  expect(exposures(run, [{ ...behind, plan: undefined }])).toEqual([{ host: 'web1', from }])
})

test('what cannot be read is left out, and the rest is kept', () => {
  const output = `run ${run}\nplan {"schema":"other"}\njournal {"v":1,"at":"2026-11-21T08:39:58Z","token":1,"type":"end","status":"done"}\nreport {"v":2}\nreport torn\nwaits \nrun ${back}\nplan no`

  expect(parseEvidence('web1', output)).toMatchObject([
    { run, plan: undefined, records: [{ status: 'done' }], reports: [], waits: true },
    { run: back, records: [], waits: false },
  ])
  const page = postmortem({ ...evidence, found: parseEvidence('web1', output) }, 'en')
  expect(page).toContain('plan not readable')
  expect(page).toContain('No restore is known, but not every plan is readable')
})
