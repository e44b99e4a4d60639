// A real Chromium on pages of a real server, through a tunnel as to a host behind SSH.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCheck } from '../../src/checks/index.ts'
import type { Host } from '../../src/engine/host.ts'
import { aCheck, aContext, makeCertificate, Rig } from './checks.rig.ts'

const rig = new Rig()
let port: number
let host: Host

const html = (body: string) => `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">${body}`
const app = html(`<link rel="stylesheet" href="/style.css"><form>
  <input id="email"><button>Anmelden</button></form><p id="said" hidden>ServiceHeft</p>
<script src="/app.js"></script>`)
const script = `document.querySelector('form').onsubmit = event => {
  event.preventDefault()
  document.getElementById('said').textContent = 'Code an ' + document.getElementById('email').value
}
setTimeout(() => { document.getElementById('said').hidden = false }, 150)`
const pages: Readonly<Record<string, string>> = {
  '/': app,
  '/late': html('<p>nothing yet</p>'),
  '/holes': html('<img src="/gone.png?token=abc"><script src="/missing.js"></script>'),
  '/api-fails': html('ok<script>setTimeout(() => fetch("/no-such-api"), 200)</script>'),
  '/goes-away': html(
    '<p>ServiceHeft</p><script>fetch("/slow").then(() => { document.body.innerText = "oops" })</script>',
  ),
  '/throws-late': html(
    'ok<script>fetch("/slow").then(() => setTimeout(() => { throw new TypeError("late") }, 200))</script>',
  ),
  '/hangs': html('ok<script>fetch("/silent?key=1")</script>'),
  '/streams': html(
    'ok<script>new EventSource("/events"); setInterval(() => fetch("/style.css"), 100)</script>',
  ),
  '/leaves': html('ok<button onclick="setTimeout(() => fetch(\'/no-such-api\'), 100)">go</button>'),
  '/shouts': html('<script>console.error("no config"); throw new TypeError("x is undefined")</script>ok'),
}
const server: RequestListener = (request, response) => {
  const url = request.url ?? ''
  if (url === '/style.css') return void response.setHeader('content-type', 'text/css').end('p{color:red}')
  if (url === '/app.js') return void response.setHeader('content-type', 'text/javascript').end(script)
  if (url.startsWith('/silent')) return
  if (url === '/slow') return void setTimeout(() => response.end('slow'), 700)
  if (url === '/events')
    return void response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: x\n\n')
  const page = pages[url]
  response.writeHead(page === undefined ? 404 : 200, { 'content-type': 'text/html' }).end(page ?? 'none')
}

beforeAll(async () => {
  // Browsers of others leave and take their profiles in the common one.
  process.env['TMPDIR'] = rig.directory()
  port = await rig.http(server)
  host = rig.tunnellingHost({ resolve: () => '127.0.0.1' })
})
afterAll(() => rig.close())

const open = (props: Record<string, unknown>, more: { secret?: (name: string) => string } = {}) =>
  runCheck('front-page', aCheck({ kind: 'page', url: '/', ...props }), {
    ...aContext({ host, address: { host: '127.0.0.1', port } }),
    ...more,
  })
const steady = (sentence: string) =>
  sentence.replaceAll(/\b[\d.]+ (ms|s)\b/g, 'T').replaceAll(`127.0.0.1:${port}`, 'ADDRESS')

/** A browser that writes down every connection it makes and every name it looks up. */
function listeningBrowser(): { readonly browser: string; readonly connections: () => readonly string[] } {
  const directory = rig.directory()
  const [browser, log] = [join(directory, 'chromium'), join(directory, 'net.json')]
  writeFileSync(browser, `#!/bin/sh\nexec chromium --log-net-log=${log} "$@"\n`, { mode: 0o755 })
  const connections = () => {
    const text = readFileSync(log, 'utf8')
    const named = (name: string, key: string) => {
      const type = new RegExp(`"${name}":(\\d+)`).exec(text)?.[1]
      const lines = text.split('\n').filter(line => new RegExp(`"type":${type}[,}]`).test(line))
      return lines.flatMap(line => new RegExp(`"${key}":"([^"]+)"`).exec(line)?.[1] ?? [])
    }
    return [...named('TCP_CONNECT_ATTEMPT', 'address'), ...named('HOST_RESOLVER_MANAGER_JOB', 'host')]
  }
  return { browser, connections }
}

test('green: loaded, visible though drawn late, every asset there, used as a user would', async () => {
  const { browser, connections } = listeningBrowser()
  const result = await open(
    {
      browser,
      expect: { text: { contains: 'ServiceHeft' }, maxLoad: '20s' },
      steps: [
        { fill: '#email', with: '${MAIL}' },
        { click: 'text=Anmelden' },
        { see: 'Code an' },
        { goto: '/late' },
        { see: 'nothing yet' },
      ],
    },
    { secret: () => 'probe@example.org' },
  )

  expect(steady(result.observed.en)).toBe('200, 4 requests, loaded after T')
  expect(result).toMatchObject({ kind: 'page', host: 'web1', verdict: 'pass' })
  expect(JSON.stringify(result)).not.toContain('probe@example.org')
  // Nobody else was asked for anything.
  expect(connections().length).toBeGreaterThan(0)
  expect(connections().filter(address => !address.startsWith('127.0.0.1:'))).toEqual([])
  expect(readdirSync(tmpdir()).filter(name => name.startsWith('playwright_chromiumdev_profile'))).toEqual([])
})

test.each<[string, Record<string, unknown>, string, string]>([
  [
    'text that never becomes visible',
    { url: '/late', expect: { text: { contains: 'ServiceHeft' }, maxLoad: '3s' } },
    'the visible text is "nothing yet", expected something that contains "ServiceHeft" (200, 1 request, loaded after T)',
    'der sichtbare Text ist "nothing yet", erwartet etwas, das "ServiceHeft" enthält (200, 1 Anfrage, geladen nach T)',
  ],
  [
    'assets that are not there',
    { url: '/holes' },
    'requests that failed: http://ADDRESS/gone.png 404, http://ADDRESS/missing.js 404 (200, 3 requests, loaded after T)',
    'gescheiterte Anfragen: http://ADDRESS/gone.png 404, http://ADDRESS/missing.js 404 (200, 3 Anfragen, geladen nach T)',
  ],
  [
    'errors in the console and in the page',
    { url: '/shouts' },
    'errors in the console: "no config", "TypeError: x is undefined" (200, 1 request, loaded after T)',
    'Fehler in der Konsole: "no config", "TypeError: x is undefined" (200, 1 Anfrage, geladen nach T)',
  ],
  [
    'a request that fails after the page was loaded',
    { url: '/api-fails' },
    'requests that failed: http://ADDRESS/no-such-api 404 (200, 2 requests, loaded after T)',
    'gescheiterte Anfragen: http://ADDRESS/no-such-api 404 (200, 2 Anfragen, geladen nach T)',
  ],
  [
    'an exception after the last answer',
    { url: '/throws-late', expect: { text: { contains: 'ok' } } },
    'errors in the console: "TypeError: late" (',
    'Fehler in der Konsole: "TypeError: late" (',
  ],
  [
    'a text that an answer takes away',
    { url: '/goes-away', expect: { text: { contains: 'ServiceHeft' } } },
    'the visible text is "oops", expected something that contains "ServiceHeft" (',
    'der sichtbare Text ist "oops", erwartet etwas, das "ServiceHeft" enthält (',
  ],
  [
    'a request of the last step',
    { url: '/leaves', steps: [{ click: 'button' }] },
    'requests that failed: http://ADDRESS/no-such-api 404 (',
    'gescheiterte Anfragen: http://ADDRESS/no-such-api 404 (',
  ],
  [
    'a step that is not possible',
    { steps: [{ see: 'Anmelden' }, { click: '#buy' }], timeout: '8s' },
    'step 2 click "#buy": not possible within T',
    'Schritt 2 click "#buy": innerhalb von T nicht möglich',
  ],
])('red: %s', async (_, props, en, de) => {
  const result = await open(props)

  expect(result).toMatchObject({ verdict: 'fail', blocks: true })
  expect(steady(result.observed.en)).toContain(en)
  expect(steady(result.observed.de)).toContain(de)
})

test('green: a page that is never at rest, when its requests are answered', async () => {
  const result = await open({ url: '/streams' })
  expect([result.verdict, result.observed.en]).toEqual(['pass', expect.stringMatching(/^200, \d+ requests/)])
})

test('unknown: a request that nobody answers, unless requests may be any', async () => {
  const result = await open({ url: '/hangs', timeout: '8s' })
  expect([result.verdict, steady(result.observed.en)]).toEqual([
    'unknown',
    'requests without an answer: http://ADDRESS/silent (200, 1 request, loaded after T)',
  ])
  expect((await open({ url: '/hangs', timeout: '8s', expect: { assets: 'any' } })).verdict).toBe('pass')
})

test('green: behind the maintenance page, whose pass goes to nobody else', async () => {
  const told: (string | undefined)[] = []
  const stranger = await rig.http((request, response) => {
    told.push(request.headers['x-pass']?.toString())
    response.writeHead(200, { 'access-control-allow-origin': '*', 'content-type': 'text/plain' }).end('x')
  })
  const closed = await rig.http((request, response) => {
    const passes = request.headers['x-pass'] === 'let-me-in-0815'
    if (passes && request.url === '/away')
      return void response.writeHead(302, { location: `http://127.0.0.1:${stranger}/` }).end()
    response.writeHead(passes ? 200 : 503, {
      'content-type': 'text/html',
      ...(passes ? {} : { 'x-stellwerk-maintenance': 'page' }),
    })
    response.end(html(passes ? '<p>inside</p><img src="/away">' : 'maintenance'))
  })
  const ask = (pass?: { name: string; secret: string }) =>
    runCheck('front-page', aCheck({ kind: 'page', url: '/', expect: { text: { contains: 'inside' } } }), {
      ...aContext({ host, address: { host: '127.0.0.1', port: closed } }),
      secret: () => 'let-me-in-0815',
      ...(pass && { pass }),
    })

  expect((await ask()).verdict).toBe('fail')
  const result = await ask({ name: 'X-Pass', secret: 'PASS' })
  expect(result.verdict, result.observed.en).toBe('pass')
  expect(told).toEqual([undefined])
  expect(JSON.stringify(result)).not.toContain('let-me-in-0815')
})

test('red: a certificate that does not fit, asked by its name through the tunnel', async () => {
  const secure = await rig.https(makeCertificate(rig.directory(), 'DNS:app.test'), server)
  const result = await open({ url: `https://app.test:${secure}/` })

  expect(result.verdict).toBe('fail')
  expect(result.observed.en).toContain(`the certificate of app.test:${secure} is not valid`)
})

test('red: nothing listens behind the tunnel', async () => {
  const closed = await rig.closedPort()
  const result = await open({ url: `http://127.0.0.1:${closed}/` })

  expect(result.verdict).toBe('fail')
  expect(result.observed.en).toBe(`127.0.0.1:${closed} closed the connection without an answer`)
})

test('unknown: no browser on this machine, with the command that brings one', async () => {
  expect(await open({ browser: 'no-such-browser' })).toMatchObject({
    verdict: 'unknown',
    blocks: true,
    observed: { en: 'there is no browser no-such-browser; one comes with: apt-get install chromium' },
  })
  const path = process.env['PATH']
  process.env['PATH'] = '/nowhere'
  const without = await open({}).finally(() => {
    process.env['PATH'] = path
  })
  expect(without.observed).toEqual({
    en: 'no Chromium on this machine; it comes with: apt-get install chromium',
    de: 'kein Chromium auf dieser Maschine; es kommt mit: apt-get install chromium',
  })
})

test('unknown: a browser that does not start, a page that does not answer, a value that is not there', async () => {
  expect((await open({ browser: '/bin/false' })).observed.en).toMatch(/^the browser does not start: /)
  expect(steady((await open({ url: '/silent', timeout: '2s' })).observed.en)).toBe(
    'the page was not loaded within T',
  )
  const missing = await open({ steps: [{ fill: '#email', with: '${MAIL}' }] })
  expect(missing).toMatchObject({ verdict: 'unknown', observed: { en: 'no value for MAIL' } })
})
