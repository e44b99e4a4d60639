import { expect, test } from 'vitest'
import { aConfig } from '../../test/helpers/a-deploy.ts'
import { problem } from '../../test/helpers/a-problem.ts'
import { aDatabase, aManifest, aSet, filesOf } from '../../test/helpers/a-set.ts'
import type { StoredSet } from '../backup/set.ts'
import type { ServerAccess } from '../databases/access.ts'
import type { Plan } from '../engine/plan.ts'
import { compileDrill, type DrillInput, drillHead } from './drill.ts'
import { isSameServer } from './drill-problems.ts'

const site = 'router: {kind: symlink, listen: "127.0.0.1:8080", reload: nginx -s reload}'
const databases = 'databases: {main: {kind: postgres, database: shop, address: db.example}}'
const drill = 'servers: {main: {port: 5433, user: drill}}'

function configOf(drilled = drill, more = '', stored = databases) {
  return aConfig(
    `${site}\n${stored}\nbackup: {destinations: {nas: {kind: directory, path: /mnt/nas}}, files: {uploads: {paths: [shared/uploads]}}, drill: {${drilled}}${more}}`,
    'hosts: {web1: {address: web1.example}, lab: {address: lab.example}}',
  )
}

const set = aSet('2026-11-20T01:00:00Z')

function input(extra: Partial<DrillInput> = {}): DrillInput {
  return {
    config: configOf(),
    set,
    destination: 'nas',
    host: undefined,
    run: '20261120_030000-drill-1f3a9c',
    by: 'anna',
    now: new Date('2026-11-20T03:00:00Z'),
    live: [],
    random: new Uint8Array([0xbe, 0xef]),
    ...extra,
  }
}

function planOf(extra: Partial<DrillInput> = {}): Plan {
  const plan = compileDrill(input(extra))
  if (!plan.ok) throw new Error(plan.error.map(problem => problem.what.en).join('; '))
  return plan.value
}

function codes(extra: Partial<DrillInput>): readonly string[] {
  const plan = compileDrill(input(extra))
  return plan.ok ? [] : plan.error.map(({ code }) => code)
}

const withManifest = (manifest: Partial<StoredSet['manifest']>): StoredSet => ({
  ...set,
  manifest: aManifest({ ...manifest, id: set.id }),
})

test('the phases of a drill, each kind in its place', () => {
  const config = configOf(
    `${drill}, queries: {main: [{sql: SELECT 1, expect: "1"}, {sql: SELECT 2, expect: ">= 1"}]}, app: node check.js`,
  )
  const plan = planOf({ config })

  expect(plan.phases.map(({ id, steps }) => `${id}: ${steps.map(({ kind }) => kind).join(' ')}`)).toEqual([
    'open: drill.guard drill.open',
    'fetch-1: drill.fetch',
    'fetch-2: drill.fetch',
    'restore: drill.restore drill.unpack',
    'compare: drill.compare',
    'queries: drill.query drill.query drill.answers',
    'app: drill.app',
    'record: drill.record',
    'close: drill.close',
  ])
  expect(plan).toMatchObject({ procedure: 'drill', policy: 'undo', commit: 'close' })
})

test('here it works below /var/tmp, on a host below its backups, and neither lock is that of backups', () => {
  const lab = configOf().hosts.find(({ name }) => name === 'lab')

  expect(planOf().hosts).toEqual([
    { name: 'here', address: 'local', roles: [], root: '/var/tmp/stellwerk-drill/drill' },
  ])
  expect(planOf({ host: lab }).hosts).toMatchObject([{ name: 'lab', root: '/srv/shop/backups/drill' }])
  const elsewhere = configOf(`${drill}, directory: /data/drill`)
  expect(planOf({ config: elsewhere }).hosts).toMatchObject([{ root: '/data/drill/drill' }])
})

test("scratch names are the app's own, and different for each database", () => {
  const two = withManifest({
    parts: [
      aDatabase(),
      aDatabase({ store: 'audit' }),
      aDatabase({ store: 'local', kind: 'sqlite', format: 'file' }),
    ],
  })
  const stored =
    'databases: {main: {kind: postgres, database: shop, address: db.example}, audit: {kind: postgres, database: audit, address: db.example}, local: {kind: sqlite, file: app.sqlite}}'
  const config = configOf('servers: {main: {}, audit: {}}', '', stored)

  const { databases: targets } = planOf({ config, set: two }).summary as { databases: { target: string }[] }

  expect(targets.map(({ target }) => target)).toEqual([
    expect.stringMatching(/^stw_drill_[0-9a-f]{4}beef$/),
    expect.stringMatching(/^stw_drill_[0-9a-f]{4}beef_2$/),
    expect.stringMatching(
      /^\/var\/tmp\/stellwerk-drill\/drill\/20261120_030000-drill-1f3a9c\/stw_drill_[0-9a-f]{4}beef_3\.sqlite$/,
    ),
  ])
})

test('a set that is too old, from the future, unverified or suspect is a red drill', () => {
  expect(codes({ now: new Date('2026-11-21T03:00:00Z') })).toEqual([])
  expect(codes({ now: new Date('2026-11-21T03:00:01Z') })).toEqual(['STW-B400'])
  expect(codes({ now: new Date('2026-11-19T03:00:00Z') })).toEqual(['STW-B400'])
  expect(codes({ set: withManifest({ createdAt: '' }) })).toEqual(['STW-B400'])
  expect(codes({ set: aSet('2026-11-20T01:00:00Z', { state: 'stored' }) })).toEqual(['STW-B401'])
  expect(codes({ set: { ...set, state: 'suspect' } })).toEqual(['STW-B401'])
})

test('what is missing to restore or to ask is said at once', () => {
  const encrypted = withManifest({ parts: [aDatabase({ encrypted: true }), filesOf()] })

  expect(codes({ set: encrypted })).toEqual(['STW-B402'])
  expect(codes({ config: configOf('servers: {}') })).toEqual(['STW-B403'])
  expect(
    codes({ config: configOf(`${drill}, queries: {main: [{sql: SELECT 1, expect: ">= many"}]}`) }),
  ).toEqual(['STW-B406'])
  expect(
    codes({
      config: configOf(`${drill}, queries: {main: [{sql: SELECT 1, expect: "1"}]}`),
      set: withManifest({ parts: [filesOf()] }),
    }),
  ).toEqual(['STW-B405'])
})

test('the server of production is refused where its address already tells', () => {
  const same = 'servers: {main: {address: db.example}}'
  const local = 'databases: {main: {kind: postgres, database: shop}}'
  const web1 = configOf().hosts.find(({ name }) => name === 'web1')
  const lab = configOf().hosts.find(({ name }) => name === 'lab')
  const loopback = configOf('servers: {main: {address: localhost, port: 5432}}', '', local)

  expect(codes({ config: configOf(same) })).toEqual(['STW-B404'])
  expect(codes({ config: configOf(`${same}, sameServer: true`) })).toEqual([])
  expect(codes({ config: configOf('servers: {main: {address: db.example, port: 5433}}') })).toEqual([])
  // The databases are made on the first host of all, lab: its loopback is not that of others.
  expect(codes({ config: loopback, host: lab })).toEqual(['STW-B404'])
  expect(codes({ config: loopback, host: web1 })).toEqual([])
  expect(codes({ config: loopback })).toEqual([])
  const named = 'databases: {main: {kind: postgres, database: stw_drill_live, address: db.example}}'
  expect(codes({ config: configOf(`${drill}, sameServer: true`, '', named) })).toEqual(['STW-B404'])
})

const tcp = (address: string, port?: number): ServerAccess => ({
  ...{ kind: 'postgres', address, database: 'shop' },
  ...(port === undefined ? {} : { port }),
})
const socket = (path: string, port?: number): ServerAccess => ({ ...tcp('localhost', port), socket: path })

test.each([
  [tcp('localhost'), tcp('127.0.0.1', 5432), true],
  [tcp('[::1]'), tcp('LOCALHOST'), true],
  [socket('/run/postgresql'), tcp('127.0.0.1'), true],
  [socket('/run/postgresql', 5433), tcp('::1'), false],
  [socket('/run/postgresql/'), socket('/run/postgresql'), true],
  [socket('/run/postgresql'), socket('/run/other'), false],
  [tcp('DB.example.'), tcp('db.example'), true],
  [tcp('db.example'), tcp('db.example', 5433), false],
  [socket('/run/postgresql'), tcp('db.example'), false],
])('one server by two ways: %j and %j: %s', (a, b, same) => {
  expect([isSameServer(a, b), isSameServer(b, a)]).toEqual([same, same])
})

test('what the live servers say is compared too, and one that is silent could be the very server', () => {
  const said = { store: 'main', kind: 'postgres', identity: '99/shop' } as const
  const silent = { store: 'main', problem: problem('STW-B101') }

  const [guard] = planOf({ live: [said] }).phases[0]?.steps ?? []
  expect(guard).toMatchObject({ kind: 'drill.guard', live: ['99/shop'] })
  expect(codes({ live: [silent] })).toEqual(['STW-B410'])
  expect(codes({ live: [silent], config: configOf(`${drill}, sameServer: true`) })).toEqual([])
})

test('everything that will be looked at is planned, still unknown', () => {
  const config = configOf(`${drill}, queries: {main: [{sql: SELECT 1, expect: "1"}]}, app: node check.js`)

  expect(drillHead(input({ config })).planned.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual([
    'database/main unknown',
    'files/uploads unknown',
    'query/main/1 unknown',
    'app unknown',
  ])
  const { set: _, ...without } = input({ config })
  expect(drillHead(without)).toMatchObject({ planned: [], host: 'here', destination: 'nas' })
})
