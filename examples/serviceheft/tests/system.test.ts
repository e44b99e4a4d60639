// The whole site as people reach it: through nginx, with two processes behind it, in production mode.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { buildPage } from '../scripts/build.ts'
import { type MailServer, type Site, startMail, startSite } from '../scripts/servers.ts'
import { ask, makePlace, type Place, type Program, post, probeToken, release } from './place.ts'

let place: Place
let site: Site
let mail: MailServer
let program: Program
let api: string
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })

before(async () => {
  place = makePlace()
  mail = await startMail()
  await buildPage(`${place.directory}/release/web/dist`)
  const { code, output } = await place.start('migrate.ts', ['up']).ended
  assert.equal(code, 0, output)
  const started = await place.api({ LTC_WORKERS: '2', LTC_MAILER_MODE: 'smtp', LTC_SMTP_URL: mail.url })
  program = started.program
  site = await startSite(`${place.directory}/release`, started.port)
  api = `${site.url}/api`
})

after(async () => {
  await site?.[Symbol.asyncDispose]()
  await place?.[Symbol.asyncDispose]()
  await mail?.[Symbol.asyncDispose]()
})

/** Signs in as a probe does: its code waits in the mailbox. */
async function signIn(email: string): Promise<string> {
  const { body } = await post(`${api}/auth/request`, { email })
  const { body: letter } = await ask(`${api}/probe/mailbox/${String(body['challenge_id'])}`, {
    headers: bearer(probeToken),
  })
  const verified = await post(`${api}/auth/verify`, {
    challenge_id: body['challenge_id'],
    code: letter['code'],
  })
  assert.equal(verified.status, 200)
  return String(verified.body['access_token'])
}

test('both databases are migrated, sound and complete', async () => {
  const [pending, check, wrong] = await Promise.all(
    ['--pending', '--check', '--wrong'].map(word => place.start('migrate.ts', [word]).ended),
  )
  assert.deepEqual([pending?.code, check?.code, wrong?.code], [3, 0, 2])
  assert.equal(check?.output, 'app: ok\ndocuments: ok\n')
  const fresh = {
    LTC_DB_PATH: `${place.directory}/fresh/app.db`,
    LTC_DOCUMENTS_DB_PATH: `${place.directory}/fresh/documents.sqlite`,
  }
  const { code, output } = await place.start('migrate.ts', ['--pending'], fresh).ended
  assert.equal(code, 0)
  assert.equal(output, 'pending: app/0001_people_and_cars.sql\npending: documents/0001_documents.sql\n')
})

test('nginx serves the page for every address of the app, its assets, and the API without /api', async () => {
  for (const path of ['/', '/auth', '/admin']) {
    const page = await ask(site.url + path)
    assert.match(String(page.body['text']), /<title>LifeTimeCircle ServiceHeft<\/title>/, path)
    for (const [, asset] of String(page.body['text']).matchAll(/"(\/assets\/[^"]+)"/g)) {
      const answer = await ask(site.url + asset)
      assert.equal(answer.status, 200, asset)
      assert.match(answer.headers.get('cache-control') ?? '', /immutable/)
    }
  }
  assert.equal((await ask(`${site.url}/assets/gone.js`)).status, 404)
  const health = await ask(`${api}/health`)
  assert.deepEqual([health.status, health.body['ok'], health.body['release']], [200, true, release])
  assert.equal(health.headers.get('x-release'), release)
  const ready = await ask(`${api}/ready`)
  const { files, ...state } = ready.body
  assert.deepEqual(state, { ok: true, pending: 0, production: true, workers: 2 })
  assert.match(JSON.stringify(files), /app\.db.*documents\.sqlite/)
  assert.deepEqual((await ask(`${api}/health/mail`)).body, { ok: true, mode: 'smtp' })
  assert.equal((await ask(`${api}/`)).headers.get('location'), '/public/site')
  assert.equal((await ask(`${api}/public/site`)).status, 200)
})

test('a known car has a public page, an unknown one is 404, as page and as data', async () => {
  const html = { headers: { Accept: 'text/html' } }
  const [page, unknown, data, none] = await Promise.all([
    ask(`${site.url}/public/qr/probe-fahrzeug`, html),
    ask(`${site.url}/public/qr/gibt-es-nicht`, html),
    ask(`${api}/public/qr/probe-fahrzeug`),
    ask(`${api}/public/qr/gibt-es-nicht`),
  ])
  assert.deepEqual([page.status, unknown.status, data.status, none.status], [200, 404, 200, 404])
  assert.match(String(page.body['text']), /<h1>Probefahrzeug<\/h1>/)
  assert.match(String(unknown.body['text']), /nicht bekannt/)
  assert.deepEqual([data.body['history_status'], data.body['trust_light']], ['vorhanden', 'gelb'])
})

test('in production nobody becomes somebody by a header, and nothing is explained', async () => {
  const headers = { 'X-LTC-ROLE': 'admin', 'X-LTC-UID': 'x' }
  const refused = await ask(`${api}/admin/users`, { headers })
  assert.deepEqual([refused.status, refused.body['detail']], [400, 'dev_headers_refused'])
  assert.equal((await ask(`${api}/docs`)).status, 404)
  assert.equal((await ask(`${api}/openapi.json`)).status, 404)
  const { body } = await post(`${api}/auth/request`, { email: 'probe@serviceheft.example' })
  assert.equal('dev_otp' in body, false)
  const wrong = await ask(`${api}/probe/mailbox/${String(body['challenge_id'])}`, {
    headers: bearer('falsch'),
  })
  assert.equal(wrong.status, 401)
})

test('a person gets the code by mail and signs in with it, once', async () => {
  const email = 'anna@serviceheft.example'
  const { body } = await post(`${api}/auth/request`, { email })
  const code = /Ihr Code: (\d{6})/.exec(await mail.next(email))?.[1]
  const challenge = { challenge_id: body['challenge_id'] }

  assert.equal((await post(`${api}/auth/verify`, { ...challenge, code: '000' })).body['detail'], 'INVALID')
  const verified = await post(`${api}/auth/verify`, { ...challenge, code })
  const me = await ask(`${api}/auth/me`, { headers: bearer(String(verified.body['access_token'])) })
  assert.deepEqual([me.body['role'], me.body['consent']], ['user', false])
  assert.equal((await post(`${api}/auth/verify`, { ...challenge, code })).status, 400)
  assert.equal((await ask(`${api}/auth/me`)).status, 401)
})

test('guessing is locked, asking too often is refused', async () => {
  const email = 'otto@serviceheft.example'
  const { body } = await post(`${api}/auth/request`, { email })
  const guess = () => post(`${api}/auth/verify`, { challenge_id: body['challenge_id'], code: 'nichts' })
  const codes: number[] = []
  for (let count = 0; count < 6; count += 1) codes.push((await guess()).status)
  assert.deepEqual(codes, [400, 400, 400, 400, 400, 429])
  const asked: number[] = []
  for (let count = 0; count < 5; count += 1) asked.push((await post(`${api}/auth/request`, { email })).status)
  assert.deepEqual(asked, [200, 200, 200, 200, 429])
  assert.equal((await post(`${api}/auth/request`, { email: 'keine Adresse' })).status, 422)
})

test('a book is kept: car, entry, proof; only by its owner', async () => {
  const owner = bearer(await signIn('probe@serviceheft.example'))
  const { body: car } = await post(`${api}/vehicles`, { name: 'Käfer' }, owner)
  const entry = { day: '2026-03-02', what: 'Ölwechsel', km: 80_000 }
  assert.equal((await post(`${api}/vehicles/${String(car['id'])}/entries`, entry, owner)).status, 201)
  const upload = (id: unknown, headers: Readonly<Record<string, string>>) =>
    ask(`${api}/vehicles/${String(id)}/documents`, {
      method: 'POST',
      headers: { ...headers, 'X-File-Name': 'Beleg%20%C3%96l.pdf' },
      body: 'ein Beleg',
    })
  const document = await upload(car['id'], owner)
  assert.deepEqual([document.status, document.body['bytes']], [201, 9])
  const file = `${place.directory}/storage/documents/${String(document.body['id'])}`
  assert.equal(readFileSync(file, 'utf8'), 'ein Beleg')
  const page = await ask(`${api}/public/qr/${String(car['id'])}`)
  assert.deepEqual([page.body['trust_light'], page.body['evidence_status']], ['gruen', 'vorhanden'])

  const foreign = await Promise.all([
    upload('probe-fahrzeug', owner),
    upload('gibt-es-nicht', owner),
    upload(car['id'], {}),
    post(`${api}/vehicles/${String(car['id'])}/entries`, { ...entry, km: -1 }, owner),
    post(`${api}/vehicles`, { name: '' }, owner),
  ])
  assert.deepEqual(
    foreign.map(({ status }) => status),
    [403, 404, 401, 422, 422],
  )
})

test('an administrator needs consent and a step-up, which works once', async () => {
  const admin = bearer(await signIn('probe-admin@serviceheft.example'))
  const grant = () => post(`${api}/admin/step-up/grant`, { scope: 'role_grant', ttl_seconds: 60 }, admin)
  assert.deepEqual([(await grant()).status, (await grant()).body['detail']], [403, 'consent_required'])
  assert.equal((await post(`${api}/consent/accept`, {}, admin)).status, 200)

  const { body: users } = await ask(`${api}/admin/users`, { headers: admin })
  const someone = (users['users'] as readonly { id: string; role: string }[]).find(
    ({ role }) => role === 'user',
  )
  const change = (headers: Readonly<Record<string, string>>) =>
    post(`${api}/admin/users/${someone?.id}/role`, { role: 'moderator' }, { ...admin, ...headers })
  assert.equal((await change({})).body['detail'], 'admin_step_up_required')
  const { body } = await grant()
  const stepUp = { 'X-Admin-Step-Up': String(body['step_up_token']) }
  assert.deepEqual([(await change(stepUp)).status, (await change(stepUp)).status], [200, 403])
  const wrong = await post(`${api}/admin/step-up/grant`, { scope: 'alles' }, admin)
  assert.deepEqual([wrong.status, wrong.body['detail']], [400, 'invalid_step_up_scope'])
  const user = bearer(await signIn('probe@serviceheft.example'))
  assert.equal((await ask(`${api}/admin/users`, { headers: user })).body['detail'], 'role_not_allowed')
})

test('a moderator is kept away even from the health address', async () => {
  const dev = await place.api({
    LTC_ENV: 'dev',
    LTC_ALLOW_DEV_HEADERS: '1',
    LTC_DEV_EXPOSE_OTP: '1',
    LTC_MAILER_MODE: 'smtp',
    LTC_SMTP_URL: 'smtp://127.0.0.1:9',
  })
  const url = `http://127.0.0.1:${dev.port}`
  assert.equal((await ask(`${url}/health`, { headers: { 'X-LTC-ROLE': 'moderator' } })).status, 403)
  assert.equal((await ask(`${url}/health`, { headers: { 'X-LTC-ROLE': 'user' } })).status, 200)
  assert.equal((await ask(`${url}/docs`)).status, 200)
  assert.equal((await ask(`${url}/api/health`)).status, 404)
  const { body } = await post(`${url}/auth/request`, { email: 'probe@serviceheft.example' })
  assert.match(String(body['dev_otp']), /^\d{6}$/)
  assert.equal((await ask(`${url}/health/mail`)).status, 503)
  assert.equal((await post(`${url}/auth/request`, { email: 'dev@serviceheft.example' })).status, 500)
  assert.equal((await ask(`${url}/health`, { method: 'DELETE' })).status, 405)
})

test('the log of nginx and of the API holds no address, code or token', async () => {
  const lines = readFileSync(site.accessLog, 'utf8')
  assert.match(lines, /POST \/api\/auth\/request 200/)
  assert.doesNotMatch(lines, /127\.0\.0\.1|@|Bearer|\?/)
})

test('a worker that dies is replaced; on SIGTERM all end in order; one that cannot start ends the whole', async () => {
  const short = await place.start('server.ts', [], { LTC_SECRET_KEY: 'kurz' }).ended
  assert.equal(short.code, 1)
  assert.match(short.output, /LTC_SECRET_KEY has 4 characters/)
  const taken = new URL(site.url).port
  const used = await place.start('server.ts', [], { LTC_WORKERS: '2', PORT: taken }).ended
  assert.equal(used.code, 1)

  const pid = String(program.child.pid)
  const [worker] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')
  process.kill(Number(worker), 'SIGKILL')
  await program.said('a worker died and is replaced')
  assert.equal((await ask(`${api}/health`)).status, 200)

  program.child.kill('SIGTERM')
  const { code, output } = await program.ended
  assert.equal(code, 0)
  assert.doesNotMatch(output, /@serviceheft|\d{3}\.\d+\.\d+\.\d+/)
})
