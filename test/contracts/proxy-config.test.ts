// What proxy-config writes, in a real nginx and a real Caddy, with real requests: a page, the app behind it, and a log without people.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { request } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { loadConfig } from '../../src/config/load.ts'
import { makeLocalHost } from '../../src/hosts/local.ts'
import { checkScript, proxyConfig } from '../../src/traffic/proxy/check.ts'
import { type Site, siteOf } from '../../src/traffic/proxy/site.ts'
import { freePort } from '../rigs/free-port.ts'
import { logLines, startWebServer, type WebServer } from '../rigs/web-server.ts'

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

let directory: string
let app: Server
let appPort: number

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'proxy-config-'))
  const dist = join(directory, 'app/releases/one/web/dist')
  await mkdir(join(dist, 'assets'), { recursive: true })
  await writeFile(join(dist, 'index.html'), '<title>the page</title>')
  await writeFile(join(dist, 'assets/app-1a2b.js'), 'run()')
  await symlink('releases/one', join(directory, 'app/current'))
  // Servers that do not run as root must reach it too.
  await promisify(execFile)('chmod', ['-R', 'a+rX', directory])
  await promisify(execFile)('openssl', [
    ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost'.split(
      ' ',
    ),
    ...[
      '-addext',
      'subjectAltName=DNS:localhost',
      '-keyout',
      join(directory, 'key.pem'),
      '-out',
      join(directory, 'cert.pem'),
    ],
  ])
  appPort = await freePort()
  app = createServer((incoming, outgoing) => {
    incoming.resume().on('end', () => {
      if (incoming.url?.endsWith('/broken')) return void outgoing.destroy()
      outgoing.setHeader('Content-Type', 'application/json')
      outgoing.end(JSON.stringify({ url: incoming.url, headers: incoming.headers }))
    })
  })
  app.on('upgrade', (_, socket) => {
    socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\nhello')
  })
  await new Promise<void>(resolve => app.listen(appPort, '127.0.0.1', resolve))
})

afterAll(async () => {
  app?.closeAllConnections()
  app?.close()
  if (directory) await rm(directory, { recursive: true, force: true })
})

function siteFor(
  server: 'nginx' | 'caddy',
  proxy: Readonly<Record<string, unknown>>,
  more: Readonly<Record<string, unknown>> = {},
): Site {
  const document = {
    version: 1,
    app: 'shop',
    services: { api: { kind: 'process', command: 'node api.js', ports: [appPort] } },
    verify: { identity: { waived: 'not asked here' } },
    proxy: {
      names: ['localhost'],
      tls: { certificate: join(directory, 'cert.pem'), key: join(directory, 'key.pem') },
      static: { path: 'web/dist' },
      refuseHeaders: ['X-LTC-ROLE'],
      maxBody: '10kB',
      ...proxy,
    },
    ...more,
    environments: { test: { root: join(directory, 'app'), hosts: { web: 'local' } } },
  }
  const loaded = loadConfig({
    file: 'stellwerk.yaml',
    text: stringify(document),
    directory,
    env: {},
    readFile: () => {
      throw new Error('no secret')
    },
  })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error.map(({ what }) => what.en)))
  const site = siteOf(loaded.value.config, server)
  if (!site.ok) throw new Error(site.error.what.en)
  return site.value
}

describe.each(['nginx', 'caddy'] as const)('%s', server => {
  let running: WebServer
  let https: number
  let http: number
  let log: string
  let asked = 0

  beforeAll(async () => {
    https = await freePort()
    http = await freePort()
    log = join(directory, `${server}.access.log`)
    const site = siteFor(server, { http, https, log, api: { prefix: '/api', strip: true } })
    running = await startWebServer(server, proxyConfig(server, site), https)
  })
  afterAll(() => running?.[Symbol.asyncDispose]())

  function ask(
    path: string,
    options: { headers?: Record<string, string>; body?: string } = {},
  ): Promise<Answer> {
    asked++
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          ...{ host: '127.0.0.1', port: https, path, servername: 'localhost', rejectUnauthorized: false },
          method: options.body === undefined ? 'GET' : 'POST',
          headers: { Host: `localhost:${https}`, ...options.headers },
          agent: false,
        },
        incoming => {
          let body = ''
          incoming.setEncoding('utf8').on('data', (text: string) => {
            body += text
          })
          incoming.on('end', () =>
            resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body }),
          )
        },
      )
      outgoing.on('error', reject)
      outgoing.end(options.body)
    })
  }

  it('serves the page, for every address of the app, and never from a cache', async () => {
    for (const path of ['/', '/index.html', '/cars/7']) {
      const { status, headers, body } = await ask(path)

      expect([path, status, body]).toEqual([path, 200, '<title>the page</title>'])
      expect([path, headers['cache-control']]).toEqual([path, 'no-store'])
      expect(headers['x-content-type-options']).toBe('nosniff')
      expect(headers['strict-transport-security']).toMatch(/^max-age=/)
    }
  })

  it('lets hashed files be kept, and answers 404 for one that is gone', async () => {
    const there = await ask('/assets/app-1a2b.js')
    const gone = await ask('/assets/app-9z9z.js')

    expect([there.status, there.headers['cache-control']]).toEqual([
      200,
      'public, max-age=31536000, immutable',
    ])
    expect(gone.status).toBe(404)
    expect(gone.headers['cache-control']).toBeUndefined()
    expect(gone.body).not.toContain('the page')
  })

  it('hands the rest of the path to the app, without the headers that only the inside may send', async () => {
    const { body, status } = await ask('/api/users?token=geheim', {
      headers: {
        'X-LTC-ROLE': 'admin',
        X_LTC_ROLE: 'admin',
        'X-Forwarded-For': '6.6.6.6',
        'X-Other': 'stays',
      },
    })
    const seen = JSON.parse(body) as { url: string; headers: Record<string, string> }

    expect([status, seen.url]).toEqual([200, '/users?token=geheim'])
    expect(Object.keys(seen.headers).filter(name => /ltc/i.test(name))).toEqual([])
    expect(seen.headers['x-other']).toBe('stays')
    expect(seen.headers['x-forwarded-for']).toBe('127.0.0.1')
    expect(seen.headers['x-forwarded-proto']).toBe('https')
  })

  it('refuses what is too large with 413, and takes what is not', async () => {
    const large = await ask('/api/upload', { body: 'x'.repeat(20_000) })
    const small = await ask('/api/upload', { body: 'x'.repeat(5000) })

    expect([large.status, small.status]).toEqual([413, 200])
  })

  it('passes an upgrade on', async () => {
    asked++
    const { connect: connectTls } = await import('node:tls')
    const socket = connectTls({
      host: '127.0.0.1',
      port: https,
      servername: 'localhost',
      rejectUnauthorized: false,
    })
    const words = 'GET /api/live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n'
    const answer = await new Promise<string>((resolve, reject) => {
      let text = ''
      socket.setEncoding('utf8').on('data', (part: string) => {
        text += part
        if (text.includes('hello')) resolve(text)
      })
      socket.on('error', reject).on('close', () => resolve(text))
      socket.write(words)
    })
    socket.destroy()

    expect(answer).toMatch(/^HTTP\/1\.1 101 /)
    expect(answer).toContain('hello')
  })

  it('sends plain HTTP to HTTPS', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port: http })
      let text = ''
      socket.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      socket.on('error', reject).on('close', () => resolve(text))
      socket.write('GET /cars/7 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
    })

    expect(answer).toMatch(/^HTTP\/1\.1 30[18] /)
    expect(answer).toContain(`https://localhost:${https}/cars/7`)
  })

  it('writes a log in which nobody is found', async () => {
    await ask('/api/broken?token=geheim', {
      headers: { 'User-Agent': 'Netscape', Referer: 'https://x.example/?mail=a@b.c' },
    })
    const lines = await logLines(log, asked)
    const all = lines.join('\n')

    expect(lines.length).toBeGreaterThanOrEqual(asked)
    expect(all).toMatch(/127\.0\.0\.0/)
    expect(all).toContain('/api/users')
    expect(all).not.toMatch(/127\.0\.0\.1|geheim|Netscape|x\.example|6\.6\.6\.6|\?/)
    expect(running.said()).not.toMatch(/geheim|Netscape|remote_ip|client: /)
  })

  it('takes what it is given in its own test, and not what it is not', async () => {
    const site = siteFor(server, { api: { prefix: '/api', strip: false } })
    const here = makeLocalHost({ name: 'here' })
    const good = await here.run(checkScript(server, site), { timeout: 60_000 })
    const bad = await here.run(checkScript(server, { ...site, names: ['a;b{'] }), { timeout: 60_000 })

    expect([good.stderr, good.ending]).toEqual(['', { kind: 'exit', code: 0 }])
    expect(bad.ending).toEqual({ kind: 'exit', code: 1 })
    expect(bad.stderr).not.toBe('')
  })
})

describe.each(['nginx', 'caddy'] as const)('%s without TLS of its own', server => {
  it('hands the whole path to the app', async () => {
    const port = await freePort()
    const log = join(directory, `${server}.plain.log`)
    const site = siteFor(server, { tls: 'off', http: port, log, api: { prefix: '/api' }, static: undefined })
    await using _running = await startWebServer(server, proxyConfig(server, site), port)

    const answer = await fetch(`http://localhost:${port}/api/users?page=2`)

    expect(((await answer.json()) as { url: string }).url).toBe('/api/users?page=2')
    expect(answer.headers.get('strict-transport-security')).toBeNull()
  })
})

it('nginx starts before the first maintenance, shows it from its file, and reads nothing beside it', async () => {
  const port = await freePort()
  const include = join(directory, 'maintenance.conf')
  const maintenance = { during: 'never', nginx: { include } }
  const log = join(directory, 'nginx.maintenance.log')
  const site = siteFor('nginx', { tls: 'off', http: port, log }, { maintenance })
  const script = checkScript('nginx', site)
  expect(script).toContain('maintenance.con[f];')
  const tested = await makeLocalHost({ name: 'here' }).run(script, { timeout: 60_000 })
  expect([tested.stderr, tested.ending]).toEqual(['', { kind: 'exit', code: 0 }])
  await mkdir(`${include}.pages`)
  await writeFile(`${include}.4711.tmp`, 'half of a')
  const ask = async () => (await fetch(`http://localhost:${port}/`)).status
  {
    await using _running = await startWebServer('nginx', proxyConfig('nginx', site), port)
    expect(await ask()).toBe(200)
  }
  await writeFile(include, 'return 503;\n')
  await using _running = await startWebServer('nginx', proxyConfig('nginx', site), port)
  expect(await ask()).toBe(503)
})
