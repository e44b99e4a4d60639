// A drill restores what lies at the destination and believes nothing else: each fault that was ever seen in a backup turns it red,
// a healthy set with an empty table is green, and neither leaves anything behind.
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { drillReport } from '../../src/backup/drill-report.ts'
import { startDelayProxy } from '../rigs/delay-proxy.ts'
import { type Drilled, type DrillRig, password, startDrillRig, zstd } from '../rigs/drill.ts'

let rig: DrillRig
beforeAll(async () => {
  rig = await startDrillRig()
})
afterAll(async () => rig?.[Symbol.asyncDispose]())
beforeEach(() => rig.heal())

const drilledFile = async () => {
  const [set] = await rig.catalogue()
  return join(rig.base, 'nas/shop/production/daily', set?.id ?? '', 'drilled.json')
}

/** Red, undone, nothing left, and the set is not called drilled. */
async function expectRed(drilled: Drilled, code: string): Promise<string> {
  expect(drilled.problems.map(problem => problem.code)).toContain(code)
  expect(drilled.document.verdict).toBe('red')
  if (drilled.result) expect(drilled.result.status).toBe('undone')
  expect(await rig.left()).toEqual([])
  expect(existsSync(await drilledFile())).toBe(false)
  const { markdown } = drillReport(drilled.document, 'en')
  expect(markdown).toContain('# Drill red')
  return markdown
}

const all = [
  `queries: {main: [{sql: SELECT count(*) FROM calls, expect: ">= 1000"}, {sql: SELECT name FROM people WHERE id = 7, expect: Person 7}], notes: [{sql: SELECT count(*) FROM notes, expect: "2"}]}`,
  `app: 'test -s "$STELLWERK_DRILL/uploads/shared/uploads/logo.png" && test -s "$STELLWERK_DRILL_NOTES" && case $STELLWERK_DRILL_MAIN in stw_drill_*) ;; *) exit 3 ;; esac'`,
].join(', ')

test('a healthy set, with an empty table, is green: proven, measured, recorded and gone', async () => {
  const drilled = await rig.drill({ drill: `${rig.servers}, ${all}` })

  expect(drilled.problems).toEqual([])
  expect(drilled.result?.status).toBe('done')
  expect(drilled.document).toMatchObject({
    verdict: 'green',
    rpo: expect.any(Number),
    rto: expect.any(Number),
  })
  expect(drilled.document.checks.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual([
    'database/main pass',
    'database/notes pass',
    'files/uploads pass',
    'query/main/1 pass',
    'query/main/2 pass',
    'query/notes/1 pass',
    'app pass',
  ])
  expect(drilled.document.checks[0]).toMatchObject({
    tables: [
      { name: 'public.calls', saved: 1000, restored: 1000, content: 'equal' },
      { name: 'public.nothing', saved: 0, restored: 0, content: 'equal' },
      { name: 'public.people', saved: 50, restored: 50, content: 'equal' },
    ],
  })
  expect(await rig.left()).toEqual([])
  expect((await rig.catalogue())[0]).toMatchObject({
    state: 'drilled',
    drilled: { run: drilled.document.run },
  })
  const history = join(rig.base, 'nas/drills/shop/production', `${drilled.document.run}.json`)
  expect(JSON.parse(await readFile(history, 'utf8'))).toMatchObject({
    verdict: 'green',
    rto: drilled.document.rto,
  })
  expect(JSON.stringify(drilled)).not.toContain(JSON.stringify(password).slice(1, -1))
})

test.each([
  ['a missing table', 'DROP TABLE people', 'table public.people is missing'],
  ['one row less', 'DELETE FROM calls WHERE id = 500', 'table public.calls has 999 rows instead of 1000'],
  ['one changed value', 'UPDATE calls SET seconds = seconds + 1 WHERE id = 500', 'other content'],
  ['zero rows', 'TRUNCATE calls, people', 'table public.calls has 0 rows instead of 1000'],
  ['an older schema', 'ALTER TABLE calls DROP COLUMN seconds', 'the schema is another'],
  [
    'another database',
    'DROP TABLE calls, people, nothing; CREATE TABLE sports (id integer)',
    'public.sports should not be there',
  ],
])('%s is red', async (_, sql, words) => {
  const dump = await rig.dumpAfter(sql)
  await rig.replace('main', () => zstd(dump), {})

  const drilled = await rig.drill()

  expect(await expectRed(drilled, 'STW-B431')).toContain(words)
  // All stores were compared, not only the first that differs.
  expect(drilled.document.checks.find(({ id }) => id === 'files/uploads')?.verdict).toBe('pass')
})

test.each([
  ['cut', (content: Buffer) => content.subarray(0, Math.floor(content.length * 0.95)), 'STW-B426'],
  ['changed by one byte', flipped, 'STW-B425'],
] as const)('a part that was %s is red, by its name', async (_, change, code) => {
  await rig.replace('main', change)

  const drilled = await rig.drill()

  const markdown = await expectRed(drilled, code)
  expect(markdown).toContain('db-main')
  expect(markdown).toContain('0 of 3 checks passed')
})

test('a part that is gone is red, by its name', async () => {
  await rm(await rig.part('uploads'))

  expect(await expectRed(await rig.drill(), 'STW-B426')).toContain('files-uploads')
})

test('a part that was cut before it was hashed is red', async () => {
  await rig.replace('uploads', content => content.subarray(0, Math.floor(content.length * 0.6)), {})
  await expectRed(await rig.drill(), 'STW-B297')
  await rig.heal()

  const dump = await rig.dumpAfter('SELECT 1')
  await rig.replace('main', () => zstd(dump.subarray(0, Math.floor(dump.length * 0.8))), {})
  await expectRed(await rig.drill(), 'STW-B111')
})

test('warnings between the lines of a plain dump are red, and so is a restore that warns', async () => {
  const dump = (await rig.dumpAfter('SELECT 1', 'plain')).toString()
  const plain = { kind: 'postgres', format: 'plain' } as const
  const broken = dump.replace(
    'CREATE TABLE',
    'pg_dump: warning: there are circular foreign-key constraints\nCREATE TABLE',
  )
  await rig.replace('main', () => zstd(Buffer.from(broken)), plain)
  await expectRed(await rig.drill(), 'STW-B111')
  await rig.heal()

  // A function: in a replacement text `$$` is one `$`.
  const warning = dump.replace(
    'CREATE TABLE',
    table => `DO $$ BEGIN RAISE WARNING 'something odd'; END $$;\n${table}`,
  )
  await rig.replace('main', () => zstd(Buffer.from(warning)), plain)
  expect(await expectRed(await rig.drill(), 'STW-B430')).toContain('something odd')
  await rig.heal()

  await rig.replace('main', () => zstd(Buffer.from(dump)), plain)
  expect((await rig.drill()).document.verdict).toBe('green')
})

test('a set older than the RPO is red, and nothing is begun', async () => {
  const later = new Date(Date.now() + 27 * 3_600_000)

  const drilled = await rig.drill({ now: later })

  expect(drilled.result).toBeUndefined()
  expect(await expectRed(drilled, 'STW-B400')).toContain('missed')
})

test('no room for it is red', async () => {
  await expectRed(await rig.drill({ reserve: '900TB' }), 'STW-B422')
})

test('a restore slower than the RTO is red', async () => {
  expect(await expectRed(await rig.drill({ backup: '  maxRestoreTime: 1ms' }), 'STW-B442')).toContain(
    'missed',
  )
})

test('the server of production is refused, however it is addressed, before anything is done there', async () => {
  const port = rig.production.port
  const socket = await rig.drill({
    drill: `servers: {main: {socket: ${rig.production.socket}, port: ${port}, user: drill}}`,
  })
  expect(socket.result).toBeUndefined()
  await expectRed(socket, 'STW-B404')
  const tcp = await rig.drill({
    drill: `servers: {main: {address: localhost, port: ${port}, user: drill, password: '\${DRILL_PASSWORD}'}}`,
  })
  expect(tcp.result).toBeUndefined()
  await expectRed(tcp, 'STW-B404')

  await using proxy = await startDelayProxy()
  const other = await proxy.add({ host: '127.0.0.1', port }, 0)
  const drill = `servers: {main: {address: 127.0.0.1, port: ${other.port}, user: drill, password: '\${DRILL_PASSWORD}'}}`
  await rig.production.sql('CREATE DATABASE stw_drill_other OWNER drill')
  const elsewhere = await rig.drill({ drill })
  expect(elsewhere.problems.map(({ code }) => code)).toEqual(['STW-B420'])
  // The manifest names another server, as one from before a move does, or one that somebody changed.
  const [set] = await rig.catalogue()
  const part = set?.manifest.parts.find(one => one.kind === 'postgres')
  if (part?.kind !== 'postgres') throw new Error('no database in the set')
  const facts = { ...part.facts, identity: '1/shop' }
  await rig.replace('main', content => content, { facts })
  const live = { store: 'main', kind: 'postgres', identity: part.facts.identity } as const
  const moved = await rig.drill({ drill, live: [live] })
  expect(moved.problems.map(({ code }) => code)).toEqual(['STW-B420'])
  await rig.heal()
  expect(await rig.left()).toEqual(['stw_drill_other'])
  await rig.production.sql('DROP DATABASE stw_drill_other')

  const allowed = await rig.drill({
    drill: `servers: {main: {address: 127.0.0.1, port: ${port}, user: drill, password: '\${DRILL_PASSWORD}'}}, sameServer: true`,
  })
  expect(allowed.document.verdict).toBe('green')
  expect(await rig.left()).toEqual([])
})

test('a server that does not answer is red, and its drill does not stay open', async () => {
  await expectRed(
    await rig.drill({ drill: 'servers: {main: {address: 127.0.0.1, port: 1, user: drill}}' }),
    'STW-B101',
  )
})

test.each([
  [
    'an answer that is another',
    'queries: {main: [{sql: SELECT count(*) FROM calls, expect: "> 1000"}]}',
    'STW-B435',
  ],
  ['no value', 'queries: {main: [{sql: SELECT NULL, expect: "!= 0"}]}', 'STW-B435'],
  ['NaN', `queries: {main: [{sql: "SELECT 'NaN'::float8", expect: "!= 0"}]}`, 'STW-B435'],
  ['an error', 'queries: {main: [{sql: SELECT count(*) FROM gone, expect: ">= 0"}]}', 'STW-B115'],
  ['the app saying no', 'app: exit 7', 'STW-B436'],
])('%s is red', async (_, drill, code) => {
  await expectRed(await rig.drill({ drill: `${rig.servers}, ${drill}` }), code)
})

test('an interrupted drill leaves nothing', async () => {
  const interrupt = new AbortController()

  const drilled = await rig.drill({
    interrupt: interrupt.signal,
    onEvent: event => {
      if (event.type === 'phase.begin' && event.phase === 'compare') interrupt.abort()
    },
  })

  expect(drilled.result?.status).toBe('undone')
  expect(await rig.left()).toEqual([])
  // Whoever recovers it later undoes it once more.
  expect(await rig.undoAgain(drilled)).toEqual([])
  expect(await rig.left()).toEqual([])
})

test('an encrypted set is drilled with its key, and the key stays secret', async () => {
  await using encrypted = await startDrillRig({ encrypted: true })

  const drilled = await encrypted.drill()

  expect(drilled.problems).toEqual([])
  expect(drilled.document.verdict).toBe('green')
  expect(JSON.stringify(drilled)).not.toContain('AGE-SECRET-KEY')
})

test('what a killed drill left is swept; what is not ours stays', async () => {
  const { summary } = (await rig.drill()).plan ?? { summary: { databases: [] } }
  const [{ target }] = summary['databases'] as [{ target: string }]
  const ours = `${target.slice(0, -4)}dead`
  await rig.scratch.sql(`CREATE DATABASE ${ours} OWNER drill`)
  await rig.scratch.sql('CREATE DATABASE stw_drill_elsewhere')
  const root = join(rig.base, 'drill/drill')
  await mkdir(join(root, 'killed/.stellwerk-drill/deep'), { recursive: true, mode: 0o500 })
  await mkdir(join(root, 'precious'))

  const drilled = await rig.drill()

  expect(drilled.document.verdict).toBe('green')
  expect(await rig.left()).toEqual(['stw_drill_elsewhere', 'precious'])
  await rig.scratch.sql('DROP DATABASE stw_drill_elsewhere')
  await rm(join(root, 'precious'), { recursive: true })
})

function flipped(content: Buffer): Buffer {
  const copy = Buffer.from(content)
  const middle = Math.floor(copy.length / 2)
  copy[middle] = (copy[middle] ?? 0) ^ 1
  return copy
}
