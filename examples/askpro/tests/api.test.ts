import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { request } from 'node:http'
import { test } from 'node:test'
import type { Appointment } from '../src/appointments.ts'
import type { Call } from '../src/calls.ts'
import type { FieldProblem } from '../src/input.ts'
import type { Upload } from '../src/uploads.ts'
import { json, post, startGateway } from './gateway.ts'

const aCall = { externalId: 'call-1', caller: '+49 30 123', utterances: ['Ich möchte einen Termin buchen'] }

test('every answer names the release', { timeout: 20_000 }, async context => {
  const { url } = await startGateway(context)

  for (const path of [
    '/',
    '/api/health',
    '/api/health/detailed',
    '/api/calls',
    '/nothing',
    '/uploads/none',
  ]) {
    const response = await fetch(url + path)
    await response.arrayBuffer()
    assert.equal(response.headers.get('x-release'), '20260101_000000-test123', path)
  }
})

test('the page shows version and release and loads its hashed assets', { timeout: 20_000 }, async context => {
  const { url, settings } = await startGateway(context)

  const page = await fetch(url).then(response => response.text())

  assert.match(page, new RegExp(`Version <b>${settings.version}</b>`))
  assert.match(page, /20260101_000000-test123/)
  const paths = [...page.matchAll(/"(\/build\/[^"]+)"/g)].map(match => match[1])
  assert.equal(paths.length, 2)
  for (const path of paths) assert.equal((await fetch(url + path)).status, 200)
})

test('a reported call is stored once, however often it is reported', { timeout: 20_000 }, async context => {
  const { url } = await startGateway(context)

  const first = await post(`${url}/api/calls`, aCall)
  const second = await post(`${url}/api/calls`, aCall)

  assert.equal(first.status, 201)
  assert.equal(second.status, 200)
  assert.deepEqual(await second.json(), await first.json())
  const { calls } = await json<{ calls: Call[] }>(await fetch(`${url}/api/calls`))
  assert.equal(calls.length, 1)
  assert.equal((await fetch(`${url}/api/calls/${calls[0]?.id}`)).status, 200)
  assert.equal((await fetch(`${url}/api/calls/999`)).status, 404)
})

test('wrong input is refused with every wrong field named', { timeout: 20_000 }, async context => {
  const { url } = await startGateway(context)

  const response = await post(`${url}/api/calls`, { caller: 'x', utterances: [] })

  assert.equal(response.status, 400)
  const { problems } = await json<{ problems: FieldProblem[] }>(response)
  assert.deepEqual(
    problems.map(problem => problem.field),
    ['caller', 'utterances'],
  )
  assert.equal((await fetch(`${url}/api/calls`, { method: 'POST', body: '{' })).status, 400)
  assert.equal((await fetch(`${url}/api/calls`, { method: 'DELETE' })).headers.get('allow'), 'GET, POST')
  assert.equal((await post(`${url}/api/calls`, { ...aCall, utterances: ['x'.repeat(300_000)] })).status, 413)
})

test('a time is booked once', { timeout: 20_000 }, async context => {
  const { url } = await startGateway(context)
  const wish = { name: 'Änne Groß', startsAt: '2026-11-21T09:30:00+01:00' }

  const first = await post(`${url}/api/appointments`, wish)
  const second = await post(`${url}/api/appointments`, { ...wish, startsAt: '2026-11-21T08:30:00Z' })

  assert.equal(first.status, 201)
  assert.equal((await json<Appointment>(first)).startsAt, '2026-11-21T08:30:00.000Z')
  assert.equal(second.status, 409)
  assert.equal((await post(`${url}/api/appointments`, { ...wish, callId: 7 })).status, 400)
  assert.equal((await post(`${url}/api/appointments`, { ...wish, startsAt: '2026-11-21' })).status, 400)
})

test('an upload comes back byte for byte under the name of its hash', { timeout: 20_000 }, async context => {
  const { url } = await startGateway(context)
  const body = Buffer.alloc(3_000_000, 'a recording ')

  const response = await fetch(`${url}/api/uploads?name=../../etc/evil.WAV`, { method: 'POST', body })

  assert.equal(response.status, 201)
  const upload = await json<Upload>(response)
  assert.equal(upload.sha256, createHash('sha256').update(body).digest('hex'))
  assert.equal(upload.name, `${upload.sha256}.wav`)
  const back = await fetch(url + upload.url)
  assert.equal(back.headers.get('content-type'), 'audio/wav')
  assert.deepEqual(Buffer.from(await back.arrayBuffer()), body)
})

test('an upload that is too large or cut off leaves nothing', { timeout: 20_000 }, async context => {
  const { url, settings } = await startGateway(context, { ASKPRO_MAX_UPLOAD: '1000' })

  const large = await fetch(`${url}/api/uploads?name=a.txt`, { method: 'POST', body: 'x'.repeat(1001) })
  const files = () => readdirSync(settings.uploads)
  const cut = request(`${url}/api/uploads`, { method: 'POST', headers: { 'Content-Length': 900 } })
  cut.on('error', () => {})
  cut.write('half')
  while (files().length === 0) await new Promise(setImmediate)
  cut.destroy()
  while (files().length > 0) await new Promise(setImmediate)
  const fits = await fetch(`${url}/api/uploads?name=a.txt`, { method: 'POST', body: 'x'.repeat(1000) })

  assert.equal(large.status, 413)
  assert.equal(fits.status, 201)
  assert.deepEqual(files(), [(await json<Upload>(fits)).name])
  assert.equal((await fetch(`${url}/uploads/..%2fdatabase.sqlite`)).status, 404)
})

test('with a token, only reading is open', { timeout: 20_000 }, async context => {
  const { url } = await startGateway(context, { ASKPRO_API_TOKEN: 'token-of-this-test' })

  assert.equal((await fetch(`${url}/api/calls`)).status, 200)
  assert.equal((await post(`${url}/api/calls`, aCall)).status, 401)
  assert.equal(
    (await post(`${url}/api/calls`, aCall, { Authorization: 'Bearer token-of-this-tesT' })).status,
    401,
  )
  assert.equal(
    (await post(`${url}/api/calls`, aCall, { Authorization: 'Bearer token-of-this-test' })).status,
    201,
  )
})
