// A sequence of requests against a real server with sign-in, a session cookie, an upload, a job and a stream.
import { writeFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { CheckContext } from '../../src/checks/context.ts'
import { runCheck } from '../../src/checks/index.ts'
import { makeLocalHost } from '../../src/hosts/local.ts'
import { aCheck, aContext, Rig } from './checks.rig.ts'

const rig = new Rig()
let port: number
let directory: string
/** How the server behaves and what it saw; each test begins anew. */
let app: { states: string[]; code: string; signIn: number; extra: Record<string, string>; seen: string[] }
beforeEach(() => {
  app = { states: ['neu', 'verarbeitet'], code: '4711', signIn: 200, extra: {}, seen: [] }
})

const json = (response: Parameters<RequestListener>[1], body: unknown, status = 200) =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))

const server: RequestListener = async (request, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const body = Buffer.concat(chunks).toString()
  app.seen.push(`${request.method} ${request.url} ${request.headers.cookie ?? '-'}`)
  const signedIn = request.headers.cookie?.includes('sid=s3ssion-value')
  if (request.url === '/auth/request') return json(response, { ...app.extra, code: app.code }, app.signIn)
  if (request.url === '/auth/verify') {
    if (!body.includes(app.code)) return json(response, { error: `wrong code ${body}` }, 403)
    response.setHeader('set-cookie', ['sid=s3ssion-value; Path=/; HttpOnly; Secure', 'old=; Max-Age=0'])
    return json(response, { token: 'tok-abcdef-123456', user: { id: 5 } })
  }
  if (!signedIn) return json(response, { error: 'who are you?' }, 401)
  if (request.url === '/api/documents') {
    response.setHeader('location', '/api/documents/a%20b')
    return json(response, { id: 'a b/ü' }, 201)
  }
  if (request.url === '/moved') return void response.writeHead(302, { location: '/api/documents' }).end()
  if (request.url?.endsWith('/export')) return void response.end('{"row":1}\n{"done":true}\n')
  if (request.url?.endsWith('/half')) return void response.end('{"row":1}\n')
  if (request.url?.startsWith('/api/documents/')) {
    return json(response, { status: app.states.length > 1 ? app.states.shift() : app.states[0] })
  }
  response.writeHead(404).end()
}

beforeAll(async () => {
  port = await rig.http((request, response) => void server(request, response))
  directory = rig.directory()
  writeFileSync(join(directory, 'probe.pdf'), '%PDF-1.4')
})
afterAll(() => rig.close())

const run = (steps: readonly object[], more: object = {}, props: Partial<CheckContext> = {}) =>
  runCheck('document-flow', aCheck({ kind: 'flow', steps, ...more }), {
    ...aContext({ host: makeLocalHost({ name: 'web1' }), address: { host: '127.0.0.1', port }, directory }),
    ...props,
  })

const steady = (sentence: string) => sentence.replaceAll(/\b[\d.]+ (ms|s)\b/g, 'T')
const post = { method: 'POST', headers: { 'Content-Type': 'application/json' } }
const signIn = [
  { name: 'ask-code', url: '/auth/request', ...post, body: '{"email":"a@b"}', save: { code: '$.code' } },
  {
    name: 'sign-in',
    url: '/auth/verify',
    ...post,
    body: '{"code":"{{code}}"}',
    save: { token: '$.token', user: '$.user.id' },
  },
]
const upload = {
  name: 'upload',
  url: '/api/documents',
  method: 'POST',
  form: { file: { file: 'probe.pdf' } },
  expect: { status: 201 },
  save: { id: '$.id', place: { header: 'Location' } },
}
const wait = (until: object = { tries: 5, every: '5ms' }) => ({
  name: 'wait-until-read',
  url: '/api/documents/{{id}}',
  until,
  expect: { json: { '$.status': 'verarbeitet' } },
})

test('green: signs in, uploads, waits, follows, and reads a stream to its end', async () => {
  const result = await run([
    ...signIn,
    upload,
    wait(),
    { name: 'again', url: '{{place}}', headers: { Authorization: 'Bearer {{token}}' } },
    {
      name: 'export',
      url: '/api/documents/{{id}}/export',
      expect: { lastLine: { contains: '"done":true' } },
    },
  ])

  expect(result.observed.en).toMatch(/^6 steps: ask-code 200 OK, /)
  expect(result).toMatchObject({ check: 'document-flow', kind: 'flow', host: 'web1', verdict: 'pass' })
  expect(app.seen.slice(2)).toEqual([
    'POST /api/documents sid=s3ssion-value',
    'GET /api/documents/a%20b%2F%C3%BC sid=s3ssion-value',
    'GET /api/documents/a%20b%2F%C3%BC sid=s3ssion-value',
    'GET /api/documents/a%20b sid=s3ssion-value',
    'GET /api/documents/a%20b%2F%C3%BC/export sid=s3ssion-value',
  ])
})

test('red: the step that fails is named, with what it saw', async () => {
  app.states = ['fehler']
  const result = await run([...signIn, upload, wait()])

  expect(result).toMatchObject({ verdict: 'fail', blocks: true })
  expect(steady(result.observed.en)).toBe(
    'step 4 wait-until-read: $.status is "fehler", expected "verarbeitet" (200 OK, 19 bytes, T)',
  )
  expect(steady(result.observed.de)).toBe(
    'Schritt 4 wait-until-read: $.status ist "fehler", erwartet "verarbeitet" (200 OK, 19 Bytes, T)',
  )
  expect(result.details).toMatchObject({ step: 'wait-until-read', stepNumber: 4, tries: 5 })
})

test('red: what fails ends the flow', async () => {
  app.signIn = 500
  const result = await run([...signIn, upload])

  expect(steady(result.observed.en)).toMatch(
    /^step 1 ask-code: answered 500 Internal Server Error, expected 200/,
  )
  expect(app.seen).toHaveLength(1)
})

test('red: a stream without its last line', async () => {
  const result = await run([
    ...signIn,
    { name: 'export', url: '/api/half', expect: { lastLine: { contains: '"done":true' } } },
  ])

  expect(steady(result.observed.en)).toBe(
    'step 3 export: the last line is "{\\"row\\":1}", expected something that contains "\\"done\\":true" (200 OK, 10 bytes, T)',
  )
})

test.each<[string, object, string]>([
  ['JSON', { id: '$.missing' }, 'id cannot be saved: $.missing holds no text or number'],
  ['a header', { id: { header: 'X-Id' } }, 'id cannot be saved: there is no header X-Id'],
  ['the body', { id: { text: 'id=(\\d+)' } }, 'id cannot be saved: /id=(\\d+)/u matches nothing in the body'],
])('red: a value of %s that cannot be saved', async (_, save, why) => {
  const result = await run([{ name: 'ask-code', url: '/auth/request', ...post, save }])

  expect(result.verdict).toBe('fail')
  expect(steady(result.observed.en)).toBe(`step 1 ask-code: ${why} (200 OK, 15 bytes, T)`)
})

test('redirects are off unless the step allows them; cookies go along', async () => {
  const off = await run([...signIn, { name: 'go', url: '/moved', expect: { status: 201 } }])
  expect(steady(off.observed.en)).toMatch(/^step 3 go: answered 302 Found, a redirect to "\/api\/documents"/)

  const on = await run([...signIn, { name: 'go', url: '/moved', redirects: 1, expect: { status: 201 } }])
  expect(on.observed.en).toMatch(/^3 steps/)
})

test('red: the app sends the flow to somebody else', async () => {
  app.extra = { place: 'https://elsewhere.example.org/?t=1' }
  const result = await run([
    { name: 'ask', url: '/auth/request', ...post, save: { place: '$.place' } },
    { name: 'go', url: '{{place}}' },
  ])

  expect(result.observed.en).toBe('step 2 go: {{place}} is no address of this app')
})

test('a saved number is compared as a number', async () => {
  const expected = { json: { '$.user.id': '{{user}}' } }
  const again = { name: 'again', url: '/auth/verify', ...post, body: '{{code}}', expect: expected }
  expect((await run([...signIn, again])).verdict).toBe('pass')
})

test('unknown: nobody is asked without a value for a secret, and a missing file says its path', async () => {
  const secret = await run([{ name: 'sign-in', url: '/auth/request', headers: { 'X-Key': '${NOT_THERE}' } }])
  expect(secret).toMatchObject({
    verdict: 'unknown',
    observed: { en: 'step 1 sign-in: no value for NOT_THERE' },
  })

  const missing = await run([...signIn, { ...upload, form: { file: { file: 'gone.pdf' } } }])
  expect(missing.verdict).toBe('unknown')
  expect(missing.observed.de).toBe(
    `Schritt 3 upload: die Datei ${join(directory, 'gone.pdf')} ist nicht lesbar (ENOENT)`,
  )
})

test('unknown: no answer in time, and no further try than the flow has time for', async () => {
  const silent = await rig.silentPort()
  const result = await run(
    [{ name: 'ask', url: '/' }],
    { timeout: '300ms' },
    {
      address: { host: '127.0.0.1', port: silent },
    },
  )
  expect(result.verdict).toBe('unknown')
  expect(steady(result.observed.en)).toMatch(/^step 1 ask: no connection to 127\.0\.0\.1:\d+ within T$/)

  app.states = ['neu']
  const waited = await run([...signIn, upload, wait({ tries: 100, every: '10m' })], { timeout: '2s' })
  expect(waited).toMatchObject({ verdict: 'fail', details: { tries: 1 } })
})

test('what signs somebody in is never told: not the code, the token, the cookie or a secret', async () => {
  const secret = (name: string) => (name === 'MAIL' ? 'probe@example.org' : undefined)
  app.code = '0815'
  app.extra = { note: '${MAIL} {{token}} code 0815, mail probe@example.org' }
  const told = JSON.stringify([
    await run(
      [
        ...signIn,
        {
          name: 'echo',
          url: '/auth/request',
          method: 'POST',
          body: '${MAIL}',
          expect: { json: { '$.note': 'x' } },
        },
      ],
      {},
      { secret },
    ),
    await run(
      [
        ...signIn,
        { name: 'no', url: '/auth/verify', method: 'POST', body: 'tok {{token}}', expect: { text: 'x' } },
      ],
      {},
      { secret },
    ),
  ])

  expect(told).toContain('[secret]')
  for (const value of ['0815', 'tok-abcdef-123456', 's3ssion-value', 'probe@example.org']) {
    expect(told).not.toContain(value)
  }
})
