// The whole app against real servers, started once.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { type Servers, startServers } from '../scripts/servers.ts'
import { openDatabase } from '../src/database.ts'
import { migrateUp, readMigrations, schemaState } from '../src/migrations.ts'
import { enqueue } from '../src/queue.ts'
import { Redis } from '../src/redis.ts'
import {
  type Answer,
  ask,
  bearer,
  form,
  letter,
  makePlace,
  type Place,
  type Program,
  release,
  root,
  scan,
  standIn,
} from './place.ts'

let servers: Servers
let place: Place
let url: string
let backend: Program
let admin: { readonly headers: Record<string, string> }
let user: { readonly headers: Record<string, string> }

before(async () => {
  servers = await startServers()
  place = makePlace(servers)
  const { code, output } = await place.start('migrate.ts', ['up']).ended
  assert.equal(code, 0, output)
  const started = await place.backend()
  url = started.url
  backend = started.program
  admin = bearer(servers.variables['ABLAGE_ADMIN_TOKEN'])
  user = bearer(servers.variables['ABLAGE_USER_TOKEN'])
})

after(async () => {
  await place?.[Symbol.asyncDispose]()
  await servers?.[Symbol.asyncDispose]()
})

const upload = (content: Buffer, name: string, title = name) =>
  ask(`${url}/api/v1/documents/`, { method: 'POST', body: form(content, name, title), ...user })
const post = (path: string, who: RequestInit, body?: unknown) =>
  ask(url + path, { method: 'POST', ...who, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })

async function settled(id: unknown): Promise<Answer['body']> {
  for (;;) {
    const { body } = await ask(`${url}/api/v1/documents/${String(id)}`, user)
    if (body['status'] === 'verarbeitet' || body['status'] === 'fehlgeschlagen') return body
    await pause(20)
  }
}

test('the schema goes up and down, and says where it stands', async () => {
  const databaseUrl = await servers.newDatabase('fresh')
  const migrate = async (word: string) => {
    const { code, output } = await place.start('migrate.ts', [word], { DATABASE_URL: databaseUrl }).ended
    return [code, output.trim()]
  }

  const [pending, worst, sql, wrong] = await Promise.all(
    ['--pending', '--class', '--sql', '--wrong'].map(migrate),
  )
  assert.deepEqual(
    [pending, worst],
    [
      [0, 'pending: 0001_documents (expand)'],
      [0, 'expand'],
    ],
  )
  assert.match(String(sql?.[1]), /CREATE TABLE documents/)
  assert.equal(wrong?.[0], 2)
  assert.deepEqual(await migrate('up'), [0, 'applied 0001_documents'])
  assert.deepEqual(await Promise.all(['current', '--pending'].map(migrate)), [
    [0, '0001_documents'],
    [3, ''],
  ])
  assert.deepEqual(await migrate('down'), [0, 'took back 0001_documents'])
  assert.deepEqual(await migrate('current'), [0, 'none'])
})

test('a migration that fails leaves nothing, unless it runs without a transaction', async () => {
  const database = openDatabase(await servers.newDatabase('half'))
  const [first] = readMigrations(`${root}/migrations`)
  assert.ok(first)
  const next = (up: string) => [first, { revision: '0002_x', class: 'expand', up, down: '' } as const]
  const bad = 'CREATE TABLE x (a INT);\nSELECT 1 / 0;\n'
  try {
    await assert.rejects(migrateUp(database, next(`-- expand: x\n${bad}`)), /0002_x failed: division by zero/)
    assert.equal((await database`SELECT to_regclass('x') AS x`)[0]?.['x'], null)
    await assert.rejects(migrateUp(database, next(`-- expand: x\n-- without transaction\n${bad}`)), /0002_x/)
    assert.equal((await database`SELECT to_regclass('x') AS x`)[0]?.['x'], 'x')
    assert.equal((await schemaState(database, [first])).current, '0001_documents')
  } finally {
    await database.end()
  }
})

test('every answer names the release', async () => {
  for (const path of [
    '/api/v1/health',
    '/api/v1/health/',
    '/ready',
    '/admin',
    '/metrics',
    '/nothing',
    '/api/v1/documents/',
  ])
    assert.equal((await ask(url + path)).headers.get('x-release'), release, path)
})

test('without a worker the pipeline is critical and everything answers 200 all the same', async () => {
  const pipeline = await ask(`${url}/api/v1/health/pipeline`)
  assert.deepEqual([pipeline.status, pipeline.body['status']], [200, 'kritisch'])
  const complete = await ask(`${url}/api/v1/health/complete`)
  assert.deepEqual([complete.status, complete.body['status']], [200, 'kritisch'])
  assert.deepEqual(complete.body['probleme'], ['pipeline: kein Worker meldet sich'])
  assert.equal((await ask(`${url}/api/v1/health/detailed`)).body['status'], 'gesund')
  assert.equal((await ask(`${url}/api/v1/health`)).body['status'], 'gesund')
  assert.deepEqual((await ask(`${url}/live`)).body, { status: 'alive' })
  assert.deepEqual((await ask(`${url}/ready`)).body, { status: 'ready', datenbank: true })
})

test('scans are taken, wait in the queue, are read and exported', async () => {
  const [png, pdf] = await Promise.all([
    upload(scan, 'rechnung.png', 'Rechnung'),
    upload(letter, 'brief.pdf'),
  ])
  assert.deepEqual([png.status, pdf.status, png.body['status']], [201, 201, 'wartet'])
  assert.deepEqual((await ask(`${url}/api/v1/queue/length`)).body, {
    wartend: 2,
    in_arbeit: 0,
    laenge: 2,
    angehalten: false,
  })
  assert.equal((await place.start('jobs.ts', ['length']).ended).code, 3)
  const worker = place.start('worker.ts')
  const [first, second] = await Promise.all([settled(png.body['id']), settled(pdf.body['id'])])

  for (const document of [first, second]) {
    assert.equal(document['source'], 'tesseract')
    assert.match(String(document['text']), /Prüfung der Anlage/)
  }
  assert.equal((await ask(`${url}/api/v1/health/pipeline`)).body['status'], 'gesund')
  const csv = await ask(`${url}/api/v1/documents/${String(png.body['id'])}/export?format=csv`, user)
  assert.match(String(csv.body['text']), /;Rechnung;rechnung\.png;verarbeitet;tesseract;/)
  const stream = await ask(`${url}/api/v1/documents/export?format=ndjson`, user)
  const lines = String(stream.body['text']).trim().split('\n')
  assert.deepEqual([lines.length, lines.at(-1)], [3, '{"done":true,"anzahl":2}'])
  assert.equal((await ask(`${url}/api/v1/documents/export`, user)).body['anzahl'], 2)
  const file = await fetch(`${url}/api/v1/documents/${String(pdf.body['id'])}/file`, user)
  assert.deepEqual(Buffer.from(await file.arrayBuffer()), letter)

  const again = await post('/api/v1/ocr/process', user, { document_id: png.body['id'], backend: 'auto' })
  assert.deepEqual([again.status, again.body['status']], [202, 'wartet'])
  assert.equal((await settled(png.body['id']))['status'], 'verarbeitet')
  worker.child.kill('SIGTERM')
  assert.equal((await worker.ended).code, 0)
  assert.equal((await place.start('jobs.ts', ['length']).ended).code, 0)
})

test('the worker finishes the document at hand, takes no other, and takes none while it is paused', async () => {
  const slow = standIn(place.directory, 'slow-tesseract', 'sleep 0.5\necho gelesen')
  assert.equal((await post('/api/v1/admin/queue/pause', admin)).body['angehalten'], true)
  const ids = [await upload(scan, 'a.png'), await upload(scan, 'b.png')].map(({ body }) => body['id'])
  const worker = place.start('worker.ts', [], { TESSERACT: slow })
  await worker.said('working')
  assert.equal((await ask(`${url}/api/v1/queue/length`)).body['wartend'], 2)
  await post('/api/v1/admin/queue/resume', admin)
  const atHand = async () => (await ask(`${url}/api/v1/queue/length`)).body['in_arbeit']
  while ((await atHand()) !== 1) await pause(10)

  worker.child.kill('SIGTERM')
  assert.equal((await worker.ended).code, 0)

  const [first, second] = await Promise.all(ids.map(id => ask(`${url}/api/v1/documents/${String(id)}`, user)))
  assert.deepEqual([first?.body['status'], second?.body['status']], ['verarbeitet', 'wartet'])
})

test('what a killed worker had at hand waits again; a document that cannot be read says why', async () => {
  const redis = new Redis(servers.redisUrl)
  await redis.send('DEL', 'ablage:warteschlange')
  const { body } = await upload(scan, 'c.png')
  await redis.send('LMOVE', 'ablage:warteschlange', 'ablage:in-arbeit:worker-9', 'RIGHT', 'LEFT')
  await enqueue(redis, '00000000-0000-0000-0000-000000000000')
  redis.close()
  const { output } = await place.start('jobs.ts', ['requeue']).ended
  assert.deepEqual(JSON.parse(output), { zurueckgestellt: 1 })

  const worker = place.start('worker.ts', [], { TESSERACT: '/nowhere/tesseract' })
  const failed = await settled(body['id'])
  assert.match(String(failed['fehler']), /fehlt auf dieser Maschine: apt-get install tesseract-ocr/)
  assert.equal(failed['source'], null)
  assert.equal((await worker.said('document not read'))['level'], 'ERROR')
  while ((await ask(`${url}/api/v1/queue/length`)).body['laenge'] !== 0) await pause(10)
})

test('what is no scan, no form or nobody is refused', async () => {
  const refused = await Promise.all([
    upload(Buffer.from('<html>'), 'page.pdf'),
    post('/api/v1/documents/', user, { file: 'x' }),
    ask(`${url}/api/v1/documents/`),
    ask(`${url}/api/v1/documents/`, bearer('x.y')),
    ask(`${url}/api/v1/documents/none`, user),
    post('/api/v1/ocr/process', user, { document_id: 'none' }),
    post('/api/v1/backup/full', user),
    ask(`${url}/api/v1/backup/status`),
    ask(`${url}/api/v1/documents/`, { method: 'DELETE' }),
    post('/api/v1/auth/login', {}, { email: 'admin@ablage.example', passwort: 'falsch' }),
  ])
  assert.deepEqual(
    refused.map(({ status }) => status),
    [415, 422, 401, 401, 404, 404, 403, 401, 405, 401],
  )
})

test('a login opens the panel and the documents', async () => {
  const { body } = await post(
    '/api/v1/auth/login',
    {},
    {
      email: servers.variables['ABLAGE_ADMIN_EMAIL'],
      passwort: servers.variables['ABLAGE_ADMIN_PASSWORD'],
    },
  )
  const signedIn = bearer(String(body['access_token']))
  assert.equal((await ask(`${url}/api/v1/admin/maintenance/status`, signedIn)).body['aktiv'], false)
  const page = await ask(`${url}/admin`)
  assert.match(String(page.body['text']), new RegExp(`Release <code>${release}</code>`))
  assert.equal((await ask(`${url}/admin/panel.js`)).status, 200)
})

test('maintenance shuts people out, not administrators and not the health addresses', async () => {
  assert.equal((await post('/api/v1/admin/maintenance/enable', user)).status, 403)
  assert.equal((await post('/api/v1/admin/maintenance/enable', admin)).body['aktiv'], true)

  const shut = await ask(`${url}/api/v1/documents/`, user)
  assert.deepEqual([shut.status, shut.headers.get('retry-after')], [503, '300'])
  assert.equal((await ask(`${url}/api/v1/documents/`, admin)).status, 200)
  const pass = { 'X-Stellwerk-Pass': String(servers.variables['ABLAGE_MAINTENANCE_PASS']) }
  const probe = { headers: { ...user.headers, ...pass } }
  assert.equal((await ask(`${url}/api/v1/documents/`, probe)).status, 200)
  assert.equal((await ask(`${url}/api/v1/documents/`, { headers: pass })).status, 401)
  assert.equal((await ask(`${url}/api/v1/health`)).status, 200)

  assert.equal((await post('/api/v1/admin/maintenance/disable', admin)).body['aktiv'], false)
  assert.equal((await ask(`${url}/api/v1/documents/`, user)).status, 200)
})

test('a backup is complete, or says with status 200 that it is not', async () => {
  const good = await post('/api/v1/backup/full', admin)
  assert.deepEqual([good.status, good.body['erfolg'], good.body['erfolgreich']], [200, true, 2])
  const status = await ask(`${url}/api/v1/backup/status`, admin)
  const files = status.body['backup_dateien'] as readonly { name: string }[]
  const dump = files.find(({ name }) => name.endsWith('.dump'))
  assert.equal(readFileSync(`${place.directory}/backups/${dump?.name}`).toString('latin1', 0, 5), 'PGDMP')

  const other = await place.backend({ PG_DUMP: '/nowhere/pg_dump' })
  const bad = await ask(`${other.url}/api/v1/backup/full`, { method: 'POST', ...admin })
  assert.deepEqual([bad.status, bad.body['erfolg'], bad.body['fehlgeschlagen']], [200, false, 1])
  assert.match(JSON.stringify(bad.body), /pg_dump wurde nicht gefunden/)
})

test('Prometheus finds requests, documents, queue and workers', async () => {
  const { body, headers } = await ask(`${url}/metrics`)
  assert.match(headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
  for (const line of [
    /^ablage_requests_total\{method="GET",status="200"\} \d+$/m,
    /^ablage_queue_length 0$/m,
    /^ablage_documents\{status="verarbeitet"\} \d+$/m,
    /^ablage_request_seconds_bucket\{le="\+Inf"\} \d+$/m,
  ])
    assert.match(String(body['text']), line)
})

test('a database that is gone is not ready and critical; the backend ends in order', async () => {
  const { url: lonely, program } = await place.backend({
    DATABASE_URL: 'postgres://ablage@127.0.0.1:9/none',
    ABLAGE_STORAGE: `${place.directory}/other`,
  })
  mkdirSync(`${place.directory}/other`, { recursive: true })
  assert.equal((await ask(`${lonely}/ready`)).status, 503)
  const detailed = await ask(`${lonely}/api/v1/health/detailed`)
  assert.deepEqual([detailed.status, detailed.body['status']], [200, 'kritisch'])
  for (const { child, ended } of [program, backend]) {
    child.kill('SIGTERM')
    assert.equal((await ended).code, 0)
  }
})

test('a secret that is too short and a used port end the start with a reason', async () => {
  const { url: taken } = await place.backend()
  const short = await place.start('backend.ts', [], { SECRET_KEY: 'kurz' }).ended
  assert.equal(short.code, 1)
  assert.match(short.output, /SECRET_KEY has 4 characters/)
  const used = await place.start('backend.ts', [], { PORT: new URL(taken).port }).ended
  assert.equal(used.code, 1)
  assert.match(used.output, /"level":"CRITICAL"/)
})
