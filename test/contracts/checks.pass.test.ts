// The pass of the maintenance page: known to whoever stands at the gate, and to nobody while there is no gate.
import type { IncomingHttpHeaders } from 'node:http'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { runCheck } from '../../src/checks/index.ts'
import { aCheck, aContext, Rig } from './checks.rig.ts'

const rig = new Rig()
const value = 'let-me-in-0815'
let port: number
let gate: 'closed' | 'open' | 'of the app'
let seen: IncomingHttpHeaders[] = []

beforeAll(async () => {
  port = await rig.http((request, response) => {
    seen.push(request.headers)
    const passes = gate === 'open' || request.headers['x-pass'] === value
    const mark = passes || gate === 'of the app' ? {} : { 'x-stellwerk-maintenance': 'page' }
    request.resume().on('end', () => response.writeHead(passes ? 200 : 503, mark).end('x'))
  })
})
beforeEach(() => {
  seen = []
})
afterAll(() => rig.close())

const ask = (always?: true) =>
  runCheck('upload', aCheck({ kind: 'http', url: '/', method: 'POST', body: 'x' }), {
    ...aContext({ host: rig.tunnellingHost(), address: { host: '127.0.0.1', port } }),
    secret: () => value,
    pass: { name: 'X-Pass', secret: 'PASS', ...(always && { always }) },
  })

test('the app that answers itself never sees it', async () => {
  gate = 'open'
  expect((await ask()).verdict).toBe('pass')
  expect(seen).toHaveLength(1)
  expect(JSON.stringify(seen)).not.toContain(value)
})

test('the page is passed with it', async () => {
  gate = 'closed'
  const result = await ask()
  expect([result.verdict, seen.length]).toEqual(['pass', 2])
  expect(seen.map(headers => headers['x-stellwerk-visitor'])).toEqual(['check', undefined])
  expect(JSON.stringify(result)).not.toContain(value)
})

test.each([false, true])('a stranger it leads to never sees it (always: %s)', async always => {
  const met: IncomingHttpHeaders[] = []
  // It knows our mark, and would like to be told how to pass.
  const stranger = await rig.http((request, response) => {
    met.push(request.headers)
    response.writeHead(503, { 'x-stellwerk-maintenance': 'page' }).end()
  })
  const leading = await rig.http((_, response) =>
    response.writeHead(302, { location: `http://127.0.0.1:${stranger}/` }).end(),
  )
  const result = await runCheck('home', aCheck({ kind: 'http', url: '/', redirects: 3 }), {
    ...aContext({ host: rig.tunnellingHost(), address: { host: '127.0.0.1', port: leading } }),
    secret: () => value,
    pass: { name: 'X-Pass', secret: 'PASS', ...(always && { always }) },
  })

  expect([result.verdict, met.length]).toEqual(['fail', 1])
  expect(JSON.stringify(met)).not.toContain(value)
})

test('a page of the app gets it with every request', async () => {
  gate = 'of the app'
  expect([(await ask(true)).verdict, seen.length]).toEqual(['pass', 1])
})
