// An HTTP check against real servers: the ways in which real health endpoints lie, and the ways not to know.

import type { RequestListener } from 'node:http'
import tls from 'node:tls'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { CheckContext } from '../../src/checks/context.ts'
import { runCheck } from '../../src/checks/index.ts'
import type { Host } from '../../src/engine/host.ts'
import { makeLocalHost } from '../../src/hosts/local.ts'
import { aCheck, aContext, makeCertificate, Rig } from './checks.rig.ts'

let rig: Rig
beforeEach(() => {
  rig = new Rig()
})
afterEach(() => rig.close())

const json =
  (body: unknown, status = 200): RequestListener =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
const page: RequestListener = (_, response) => {
  response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><div id="app"></div>')
}

/** Asks the server at /health of a host that is this machine. */
async function ask(
  listener: RequestListener,
  check: Record<string, unknown> = {},
  props: Partial<CheckContext> = {},
) {
  const port = await rig.http(listener)
  const context = aContext({
    host: makeLocalHost({ name: 'web1' }),
    address: { host: '127.0.0.1', port },
    ...props,
  })
  return runCheck('health', aCheck({ kind: 'http', url: '/health', ...check }), context)
}

/** A sentence with the times and the port that differ from run to run replaced. */
function steady(sentence: string): string {
  return sentence.replaceAll(/\b[\d.]+ (ms|s)\b/g, 'T').replaceAll(/127\.0\.0\.1:\d+/g, 'ADDRESS')
}

describe('green', () => {
  test('status, content type and value are as expected', async () => {
    const result = await ask(
      json({ status: 'gesund', checks: { db: { ok: true } }, items: [{ id: 1 }, { id: 2 }] }),
      {
        expect: {
          json: {
            '$.status': 'gesund',
            '$.checks[*].ok': true,
            '$.items': { minItems: 2 },
            '$.items[*].id': { min: 1 },
          },
        },
      },
    )

    expect(result).toMatchObject({
      check: 'health',
      kind: 'http',
      host: 'web1',
      verdict: 'pass',
      blocks: false,
      attempts: 1,
    })
    expect(steady(result.observed.en)).toBe('200 OK, 75 bytes, T')
    expect(steady(result.observed.de)).toBe('200 OK, 75 Bytes, T')
    expect(result.details).toMatchObject({ status: 200, bytes: 75, contentType: 'application/json' })
    expect(new Date(result.at).toISOString()).toBe(result.at)
  })

  test('a wall that is expected is an answer', async () => {
    expect(await ask(json({}, 401), { expect: { status: [401, 403] } })).toMatchObject({ verdict: 'pass' })
  })

  test('headers, text, size, time', async () => {
    const result = await ask(
      (_, response) => response.setHeader('X-Variant', 'v2').setHeader('x-count', '7').end('all is well\n'),
      {
        expect: {
          headers: { 'x-variant': 'v2', 'X-Count': { min: 5 } },
          text: { equals: 'all is well' },
          minBytes: 5,
          maxTime: '9s',
        },
      },
    )
    expect(result.verdict).toBe('pass')
  })

  test('a request body, its headers and the Host header arrive', async () => {
    const result = await ask(
      (request, response) => {
        request.setEncoding('utf8').on('data', body => {
          const { host, 'content-type': type } = request.headers
          json({ method: request.method, host, type, body, reused: request.headers.connection })(
            request,
            response,
          )
        })
      },
      {
        method: 'POST',
        body: '{"a":1}',
        headers: { 'Content-Type': 'application/json', Host: 'www.example.org' },
        expect: {
          json: {
            '$.method': 'POST',
            '$.host': 'www.example.org',
            '$.type': 'application/json',
            '$.body': '{"a":1}',
            '$.reused': 'close',
          },
        },
      },
    )
    expect(result.observed.en).toMatch(/^200 OK/)
  })

  test('a compressed answer is unpacked', async () => {
    const packed = gzipSync(JSON.stringify({ status: 'ok' }))
    const result = await ask(
      (_, response) =>
        response
          .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
          .end(packed),
      { expect: { json: { '$.status': 'ok' } } },
    )
    expect(result.verdict).toBe('pass')
  })

  test('the last line of a stream of any length', async () => {
    const result = await ask(
      (_, response) => {
        response.writeHead(200, { 'content-type': 'application/x-ndjson' })
        for (let line = 0; line < 40_000; line += 1) response.write(`{"reqId":${line},"latencyMs":12345}\n`)
        response.end('{"event":"end","processed":40000}\n')
      },
      { expect: { lastLine: { contains: '"event":"end"' } } },
    )
    expect(result).toMatchObject({ verdict: 'pass', details: { bytes: expect.any(Number) } })
    expect(result.details['bytes']).toBeGreaterThan(1024 * 1024)
  })

  test('redirects that are allowed; the own headers stay with their origin', async () => {
    const other = await rig.http((request, response) =>
      json({ key: request.headers['x-key'] ?? 'none' })(request, response),
    )
    const result = await ask(
      (request, response) => {
        const to = request.url === '/health' ? '/moved' : `http://127.0.0.1:${other}/`
        response.writeHead(302, { location: to }).end()
      },
      { redirects: 2, headers: { 'X-Key': 'k' }, expect: { json: { '$.key': 'none' } } },
    )
    expect(result).toMatchObject({ verdict: 'pass', details: { redirects: 2 } })
  })
})

describe('red: it answers, but', () => {
  const rows: [string, RequestListener, Record<string, unknown>, string, string?][] = [
    [
      'says "kritisch" with 200',
      json({ status: 'kritisch' }),
      { expect: { json: { '$.status': 'gesund' } } },
      '$.status is "kritisch", expected "gesund" (200 OK, 21 bytes, T)',
      '$.status ist "kritisch", erwartet "gesund" (200 OK, 21 Bytes, T)',
    ],
    [
      'says success: false',
      json({ success: false, error: 'no db' }),
      { expect: { json: { '$.success': true, '$.error': { exists: false } } } },
      '$.success is false, expected true; $.error is "no db", expected no value (200 OK, 33 bytes, T)',
    ],
    [
      'uses a fallback',
      json({ source: 'haversine_fallback' }),
      { expect: { json: { '$.source': 'osrm' } } },
      '$.source is "haversine_fallback", expected "osrm" (200 OK, 31 bytes, T)',
    ],
    [
      'gives an empty list',
      json({ items: [] }),
      { expect: { json: { '$.items[*].id': { exists: true }, '$.items': { minItems: 1 } } } },
      '$.items[*] has no elements to look at; $.items is [], expected a list of at least 1 (200 OK, 12 bytes, T)',
    ],
    [
      'lacks the value',
      json({ ok: 1 }),
      { expect: { json: { '$.status': 'ok' } } },
      '$.status is missing, expected "ok" (200 OK, 8 bytes, T)',
    ],
    [
      'is an error',
      json({ status: 'offline' }, 503),
      {},
      'answered 503 Service Unavailable, expected 200 (20 bytes, T)',
    ],
    [
      'is an auth wall',
      json({ error: 'Unauthorized' }, 401),
      {},
      'answered 401 Unauthorized: an auth wall answered, not the app; expected 200 (24 bytes, T)',
      'antwortet 401 Unauthorized: geantwortet hat eine Anmeldesperre, nicht die App; erwartet 200 (24 Bytes, T)',
    ],
    [
      'is a redirect',
      (_, response) => response.writeHead(302, { location: '/login' }).end(),
      {},
      'answered 302 Found, a redirect to "/login"; expected 200 (0 bytes, T)',
    ],
    [
      'redirects in a circle',
      (_, response) => response.writeHead(302, { location: '/health' }).end(),
      { redirects: 3 },
      'answered 302 Found, a redirect to "/health"; expected 200 (0 bytes, T)',
    ],
    [
      'is the page of a single-page app',
      page,
      { expect: { json: { '$.status': 'ok' } } },
      "answered HTML: probably the single-page app's fallback; expected JSON (200 OK, 35 bytes, T)",
    ],
    [
      'is JSON with a wrong content type',
      (_, response) => response.writeHead(200, { 'content-type': 'text/plain' }).end('{"status":"ok"}'),
      { expect: { json: { '$.status': 'ok' } } },
      'answered text/plain, expected JSON (200 OK, 15 bytes, T)',
    ],
    [
      'is no JSON',
      (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":'),
      { expect: { json: { '$.status': 'ok' } } },
      'the answer is not JSON (200 OK, 10 bytes, T)',
    ],
    [
      'lacks the last line of the stream',
      (_, response) => response.end('{"reqId":1}\n{"reqId":2}\n'),
      { expect: { lastLine: { contains: '"event":"end"' } } },
      'the last line is "{\\"reqId\\":2}", expected something that contains "\\"event\\":\\"end\\"" (200 OK, 24 bytes, T)',
    ],
    [
      'breaks off',
      (_, response) => {
        response.writeHead(200, { 'content-length': '100' })
        response.write('half')
        setImmediate(() => response.destroy())
      },
      {},
      'the answer broke off after 4 bytes (200 OK, 4 bytes, T)',
    ],
    [
      'is too small and has the wrong header',
      (_, response) => response.setHeader('x-variant', 'v1').end('ok'),
      { expect: { minBytes: 1000, headers: { 'x-variant': 'v2' } } },
      'header x-variant is "v1", expected "v2"; has 2 bytes, expected at least 1000 (200 OK, 2 bytes, T)',
    ],
    [
      'never reaches the app',
      (_, response) => response.destroy(),
      {},
      'ADDRESS closed the connection without an answer',
    ],
  ]

  test.each(rows)('%s', async (_, listener, check, en, de) => {
    const result = await ask(listener, check)

    expect(steady(result.observed.en)).toBe(en)
    if (de) expect(steady(result.observed.de)).toBe(de)
    expect(result).toMatchObject({ verdict: 'fail', blocks: true })
  })

  test('it takes too long', async () => {
    const result = await ask((_, response) => setTimeout(() => response.end('ok'), 60), {
      expect: { maxTime: '20ms' },
    })
    expect(result.verdict).toBe('fail')
    expect(steady(result.observed.en)).toBe('took T, expected at most T (200 OK, 2 bytes, T)')
  })

  test('nothing listens', async () => {
    const port = await rig.closedPort()
    const context = aContext({ host: makeLocalHost({ name: 'web1' }), address: { host: '127.0.0.1', port } })

    const result = await runCheck('health', aCheck({ kind: 'http', url: '/' }), context)

    expect(result.verdict).toBe('fail')
    expect(steady(result.observed.en)).toBe('nothing listens on ADDRESS (connection refused)')
  })

  test('something else than HTTP answers', async () => {
    const port = await rig.tcp(socket => socket.end('SSH-2.0-OpenSSH_9.2\r\n'))
    const result = await runCheck(
      'health',
      aCheck({ kind: 'http', url: `http://127.0.0.1:${port}/`, from: 'here' }),
      aContext(),
    )

    expect(result.verdict).toBe('fail')
    expect(steady(result.observed.en)).toMatch(/^ADDRESS does not speak HTTP/)
  })
})

describe('unknown', () => {
  const hang: RequestListener = () => undefined

  test('no answer in time', async () => {
    const result = await ask(hang, { timeout: '150ms' })
    expect(result).toMatchObject({ verdict: 'unknown', blocks: true })
    expect(steady(result.observed.en)).toBe('no answer from ADDRESS within T')
    expect(steady(result.observed.de)).toBe('keine Antwort von ADDRESS innerhalb von T')
  })

  test('no end in time', async () => {
    const result = await ask((_, response) => response.write('{"a":'), { timeout: '200ms' })
    expect(result.verdict).toBe('unknown')
    expect(steady(result.observed.en)).toBe('the answer did not end within T (5 bytes so far)')
  })

  test('a tunnel that cannot be made in time counts into the limit', async () => {
    const host = { ...makeLocalHost({ name: 'web1' }), tunnel: () => new Promise<never>(() => undefined) }
    const result = await ask(json({}), { timeout: '100ms' }, { host })
    expect(result.verdict).toBe('unknown')
    expect(steady(result.observed.en)).toBe('no connection to ADDRESS within T')
  })

  test('an answer too large to be read', async () => {
    const result = await ask(json({ padding: 'x'.repeat(1024 * 1024), status: 'ok' }), {
      expect: { json: { '$.status': 'ok' } },
    })
    expect(result.verdict).toBe('unknown')
    expect(steady(result.observed.en)).toMatch(/^the answer is larger than 1 MiB \(200 OK/)
  })

  test('an answer that cannot be unpacked', async () => {
    const result = await ask(
      (_, response) =>
        response
          .writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'application/json' })
          .end('no gzip'),
      { expect: { json: { '$.a': 1 } } },
    )
    expect(result.verdict).toBe('unknown')
    expect(result.observed.en).toMatch(/^the answer cannot be unpacked \(gzip: /)
  })

  test('a name without an address', async () => {
    const result = await runCheck(
      'health',
      aCheck({ kind: 'http', url: 'http://nowhere.invalid/', from: 'here' }),
      aContext(),
    )
    expect(result.verdict).toBe('unknown')
    expect(result.observed.en).toBe('no address found for nowhere.invalid:80')
  })

  test('a path without an address, a host check without a host, a reference without a value', async () => {
    const path = await runCheck(
      'a',
      aCheck({ kind: 'http', url: '/health' }),
      aContext({ host: makeLocalHost({ name: 'web1' }) }),
    )
    const host = await runCheck('a', aCheck({ kind: 'http', url: 'http://127.0.0.1:1/' }), aContext())
    const secret = await ask(json({}), { headers: { authorization: 'Bearer ${TOKEN}' } })

    expect([path.verdict, host.verdict, secret.verdict]).toEqual(['unknown', 'unknown', 'unknown'])
    expect(path.observed.en).toBe('no address is known where /health could be asked')
    expect(host.observed.en).toBe('there is no host to ask from')
    expect(secret.observed.en).toBe('no value for TOKEN')
  })
})

describe('through a tunnel', () => {
  test('a refused far end is red while the host answers, and unknown when the host is gone', async () => {
    const port = await rig.closedPort()
    const check = aCheck({ kind: 'http', url: '/health' })
    const address = { host: '127.0.0.1', port }

    const red = await runCheck('health', check, aContext({ host: rig.tunnellingHost(), address }))
    const lost = await runCheck(
      'health',
      check,
      aContext({ host: rig.tunnellingHost({ answers: false }), address }),
    )

    expect([red.verdict, steady(red.observed.en)]).toEqual([
      'fail',
      'ADDRESS closed the connection without an answer',
    ])
    expect([lost.verdict, lost.observed.en]).toEqual(['unknown', 'the connection to the host was lost'])
  })

  test('an app that starts slowly costs no session for each attempt', async () => {
    const port = await rig.closedPort()
    const host = rig.tunnellingHost()
    let sessions = 0
    const counting: Host = {
      ...host,
      run: (script, options) => {
        sessions += 1
        return host.run(script, options)
      },
    }
    const check = aCheck({ kind: 'http', url: '/', retries: 5, every: '1ms' })
    const context = aContext({ host: counting, address: { host: '127.0.0.1', port } })
    const result = await runCheck('health', check, context)

    expect([result.verdict, result.attempts, sessions]).toEqual(['fail', 6, 1])
  })

  test('a tunnel whose own end is gone is unknown', async () => {
    const port = await rig.closedPort()
    const host = { ...rig.tunnellingHost(), tunnel: async () => ({ host: '127.0.0.1', port }) }
    const result = await runCheck(
      'health',
      aCheck({ kind: 'http', url: 'http://127.0.0.1:80/' }),
      aContext({ host }),
    )

    expect([result.verdict, result.observed.en]).toEqual(['unknown', 'the connection to the host was lost'])
  })

  test('TLS keeps the name of the address in Host, SNI and certificate', async () => {
    const certificate = makeCertificate(rig.directory(), 'DNS:app.test,IP:10.9.8.7')
    const seen: unknown[] = []
    const port = await rig.https(certificate, (request, response) => {
      seen.push(request.headers.host, (request.socket as tls.TLSSocket).servername)
      response.end('ok')
    })
    const host = rig.tunnellingHost({ resolve: () => '127.0.0.1' })
    const at = (name: string, headers = {}) =>
      runCheck('site', aCheck({ kind: 'http', url: `https://${name}:${port}/`, headers }), aContext({ host }))

    const untrusted = await at('app.test')
    const trusted = tls.getCACertificates('default')
    tls.setDefaultCACertificates([...trusted, certificate.cert])
    const [named, numbered, other] = [await at('app.test'), await at('10.9.8.7'), await at('other.test')]
    const posing = await at('app.test', { Host: 'www.example.org' })
    tls.setDefaultCACertificates(trusted)

    expect(untrusted.verdict).toBe('fail')
    expect(untrusted.observed.en).toMatch(
      /^the certificate of app\.test:\d+ is not valid: self.signed certificate/,
    )
    expect([named.verdict, numbered.verdict, posing.verdict]).toEqual(['pass', 'pass', 'pass'])
    expect(seen).toEqual([
      `app.test:${port}`,
      'app.test',
      `10.9.8.7:${port}`,
      false,
      'www.example.org',
      'app.test',
    ])
    expect(other.verdict).toBe('fail')
    expect(other.observed.en).toMatch(
      /^the certificate of other\.test:\d+ is not valid: Hostname\/IP does not match/,
    )
  })

  test('plain HTTP where TLS is expected', async () => {
    const port = await rig.http(page)
    const result = await runCheck(
      'site',
      aCheck({ kind: 'http', url: `https://localhost:${port}/`, from: 'here' }),
      aContext(),
    )
    expect(result.verdict).toBe('fail')
    expect(result.observed.en).toMatch(/^localhost:\d+ does not speak TLS/)
  })
})

describe('secrets', () => {
  const sentinel = 'sentinel-7f3a"9c/e1+42'
  const secret = (name: string) => (name === 'TOKEN' ? sentinel : undefined)

  test('reach the server and appear in no result, whatever the server echoes', async () => {
    let seen: string | undefined
    const echo: RequestListener = (request, response) => {
      seen = request.headers.authorization
      response.writeHead(200, { 'content-type': 'application/json', 'x-echo': seen ?? '' })
      response.end(JSON.stringify({ headers: request.headers, [String(seen)]: 1, url: request.url }))
    }
    const result = await ask(
      echo,
      {
        url: '/health?token=${TOKEN}',
        headers: { Authorization: 'Bearer ${TOKEN}' },
        expect: {
          headers: { 'x-echo': 'none' },
          json: { '$.headers.authorization': 'x', '$.url': 'y', '$[*]': 'z' },
          text: { contains: 'never' },
        },
      },
      { secret },
    )
    const named = await ask(
      echo,
      { headers: { Authorization: 'Bearer ${TOKEN}' }, expect: { json: { '$[*]': { exists: false } } } },
      { secret },
    )
    const moved = await ask(
      (request, response) =>
        response.writeHead(302, { location: `/login?${request.headers.authorization}` }).end(),
      { headers: { Authorization: '${TOKEN}' } },
      { secret },
    )

    expect(seen).toBe(`Bearer ${sentinel}`)
    expect(result.verdict).toBe('fail')
    for (const leak of [sentinel, encodeURIComponent(sentinel), JSON.stringify(sentinel).slice(1, -1)]) {
      expect(JSON.stringify([result, named, moved])).not.toContain(leak)
      expect(JSON.stringify([result, named, moved])).not.toContain(JSON.stringify(leak).slice(1, -1))
    }
    expect(result.observed.en).toContain('[secret]')
  })

  test('a password in the address becomes basic auth and stays hidden', async () => {
    const port = await rig.http((request, response) => response.end(request.headers.authorization))
    const check = aCheck({
      kind: 'http',
      from: 'here',
      url: `http://deploy:\${TOKEN}@127.0.0.1:${port}/`,
      expect: { text: 'no' },
    })
    const result = await runCheck(
      'wall',
      check,
      aContext({ secret: name => (name === 'TOKEN' ? 'hunter2hunter2' : undefined) }),
    )

    expect(steady(result.observed.en)).toBe(
      'the body is "Basic [secret]", expected "no" (200 OK, 34 bytes, T)',
    )
    expect(JSON.stringify(result)).not.toContain('hunter2')
  })
})

describe('retries', () => {
  test('until it is green, and no further', async () => {
    let asked = 0
    const result = await ask(
      (request, response) => {
        asked += 1
        json({ status: asked < 3 ? 'starting' : 'ok' })(request, response)
      },
      { retries: 5, every: '5ms', expect: { json: { '$.status': 'ok' } } },
    )
    expect([result.verdict, result.attempts, asked]).toEqual(['pass', 3, 3])
  })

  test('what stays unknown stays unknown; a warning does not block', async () => {
    const result = await ask(() => undefined, { retries: 2, every: '5ms', timeout: '30ms', level: 'warn' })
    expect(result).toMatchObject({ verdict: 'unknown', attempts: 3, level: 'warn', blocks: false })
  })

  test('an abort ends the pause and keeps what was seen', async () => {
    const stop = new AbortController()
    const pending = ask(
      (request, response) => {
        response.on('finish', () => setImmediate(() => stop.abort()))
        json({ status: 'kritisch' })(request, response)
      },
      { retries: 100, every: '1h', expect: { json: { '$.status': 'ok' } } },
      { signal: stop.signal },
    )
    const result = await pending
    expect(result.verdict).not.toBe('pass')
    expect(result.attempts).toBe(1)
  })

  test('an abort ends a request that hangs', async () => {
    const stop = new AbortController()
    const result = await ask(() => stop.abort(), { timeout: '1h' }, { signal: stop.signal })
    expect([result.verdict, result.observed.en]).toEqual(['unknown', 'stopped before there was an answer'])
  })
})
