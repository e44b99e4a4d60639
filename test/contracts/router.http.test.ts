// What the embedded router does with HTTP, against real servers and raw sockets.
import crypto from 'node:crypto'
import http from 'node:http'
import net from 'node:net'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RouterRig, raw, until } from '../rigs/router.ts'
import { echo, type Slot, startSlot } from '../rigs/slot.ts'

let router: RouterRig
let slot: Slot
const held: { request: http.IncomingMessage; response: http.ServerResponse }[] = []

/** The app: echoes, except on paths that show one behaviour each. */
function app(request: http.IncomingMessage, response: http.ServerResponse): void {
  const path = (request.url ?? '').split('?')[0]
  switch (path) {
    case '/hold':
      held.push({ request, response })
      break
    case '/hash': {
      const hash = crypto.createHash('sha256')
      let bytes = 0
      request.on('data', part => {
        bytes += part.length
        hash.update(part)
      })
      request.on('end', () => response.end(`${bytes} ${hash.digest('hex')}`))
      break
    }
    case '/big':
      Readable.from(blocks(200, 1 << 20)).pipe(response)
      break
    case '/204':
      response.writeHead(204).end()
      break
    case '/304':
      response.writeHead(304, { etag: '"a"' }).end()
      break
    case '/length':
      response.writeHead(200, { 'content-length': 5 }).end(request.method === 'HEAD' ? undefined : 'hello')
      break
    case '/trailer':
      response.writeHead(200, { trailer: 'x-sum' })
      response.write('body')
      response.addTrailers({ 'x-sum': '42' })
      response.end()
      break
    case '/hints':
      response.writeEarlyHints({ link: '</a.css>; rel=preload' })
      response.end('late')
      break
    case '/refuse':
      // Lingers as nginx does (RFC 9112, 9.6). Node's own server resets a connection with unread bytes, and whether the
      // answer outruns the reset is chance.
      request.socket.destroySoon = () => request.socket.end()
      request.resume()
      response.writeHead(413, { connection: 'close' }).end('too large')
      break
    case '/cut':
      response.writeHead(200, { 'content-length': 100 })
      response.write('only a part')
      setImmediate(() => response.destroy())
      break
    default:
      echo(request, response)
  }
}

function* blocks(count: number, size: number): Generator<Buffer> {
  for (let index = 0; index < count; index++) yield Buffer.alloc(size, index)
}

function onUpgrade(request: http.IncomingMessage, socket: net.Socket, head: Buffer): void {
  if (request.url === '/no') {
    socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno')
    return
  }
  socket.write(
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n',
  )
  socket.write('hello ')
  if (head.length > 0) socket.write(head)
  socket.on('error', () => {})
  socket.pipe(socket)
}

beforeAll(async () => {
  router = await RouterRig.start([
    '--head-ms',
    '400',
    '--stall-ms',
    '1500',
    '--connect-ms',
    '1500',
    '--response-ms',
    '1500',
  ])
  slot = await startSlot('r1', app, onUpgrade as never)
  expect((await router.switch(slot)).state).toBe('stable')
})

afterAll(async () => {
  await router?.close()
  await slot?.close()
})

interface Echo {
  readonly method: string
  readonly url: string
  readonly headers: Record<string, string>
  readonly trailers: string[]
  readonly body: string
}

async function ask(head: string): Promise<{ status: number; head: string; echo: Echo }> {
  const answer = await raw(router.port, head)
  const [top = '', body = ''] = answer.split('\r\n\r\n')
  return {
    status: Number(answer.slice(9, 12)),
    head: top,
    echo: JSON.parse(body.startsWith('{') ? body : '{}') as Echo,
  }
}

const close = 'Connection: close\r\n'

describe('forwarding', () => {
  it('passes method, target, end-to-end headers and body on, and says who the client is', async () => {
    const { echo, head } = await ask(
      `POST /a/b?c=%20d HTTP/1.1\r\nHost: example.test:8080\r\nX-Own: 1\r\n${close}Content-Length: 4\r\n\r\nbody`,
    )

    expect(echo).toMatchObject({ method: 'POST', url: '/a/b?c=%20d', body: 'body' })
    expect(echo.headers).toMatchObject({
      host: 'example.test:8080',
      'x-own': '1',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'example.test:8080',
    })
    expect(head).toContain('X-Release: r1')
  })

  it('strips hop-by-hop headers and those that Connection names, but never what frames the message', async () => {
    const { echo } = await ask(
      'POST / HTTP/1.1\r\nHost: x\r\nConnection: close, X-Hop, Content-Length, Host\r\nX-Hop: 1\r\nKeep-Alive: 5\r\n' +
        'Proxy-Connection: keep-alive\r\nTE: trailers\r\nX-Stays: 1\r\nContent-Length: 2\r\n\r\nhi',
    )

    expect(echo.body).toBe('hi')
    expect(echo.headers).toMatchObject({ 'x-stays': '1', host: 'x' })
    for (const name of ['x-hop', 'keep-alive', 'proxy-connection', 'te'])
      expect(echo.headers).not.toHaveProperty(name)
  })

  it('believes no claim about the client from a stranger', async () => {
    const { echo } = await ask(
      `GET / HTTP/1.1\r\nHost: x\r\n${close}X-Forwarded-For: 9.9.9.9\r\nX-Forwarded-Proto: https\r\nForwarded: for=9.9.9.9\r\n` +
        'X-Real-IP: 9.9.9.9\r\nX_Forwarded_For: 9.9.9.9\r\nX-Forwarded-Port: 1\r\n\r\n',
    )

    expect(JSON.stringify(echo.headers)).not.toContain('9.9.9.9')
    expect(echo.headers).toMatchObject({ 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http' })
    expect(echo.headers).not.toHaveProperty('x-forwarded-port')
  })

  it('extends the claims of a trusted proxy', async () => {
    await router.switch(slot, { trustForwarded: ['10.0.0.0/8', '127.0.0.1'] })
    const { echo } = await ask(
      `GET / HTTP/1.1\r\nHost: inner\r\n${close}X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: outer\r\n\r\n`,
    )
    await router.switch(slot)

    expect(echo.headers).toMatchObject({
      'x-forwarded-for': '192.0.2.7, 127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'outer',
    })
  })

  it('rewrites the absolute form and takes the host from it', async () => {
    const { echo } = await ask(`GET http://real.test/p?q=1 HTTP/1.1\r\nHost: other\r\n${close}\r\n`)

    expect(echo).toMatchObject({ url: '/p?q=1', headers: { host: 'real.test' } })
  })

  it('answers pipelined requests in order', async () => {
    const answer = await raw(
      router.port,
      'POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na' +
        'POST /2 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nb\r\n0\r\n\r\n' +
        `GET /3 HTTP/1.1\r\nHost: x\r\n${close}\r\n`,
    )

    expect([...answer.matchAll(/"url":"(\/\d)"/g)].map(match => match[1])).toEqual(['/1', '/2', '/3'])
    expect(answer).toContain('"body":"b"')
  })

  it('survives bytes arriving one by one', async () => {
    const socket = net.connect(router.port, '127.0.0.1')
    const answer = collect(socket)
    const request = `POST /slow HTTP/1.1\r\nHost: x\r\n${close}Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nX-T: 1\r\n\r\n`
    for (const character of request) {
      socket.write(character)
      await new Promise(resolve => setImmediate(resolve))
    }

    expect(await answer).toContain('"trailers":["X-T","1"],"body":"abc"')
  })

  it('speaks HTTP/1.0: closes by default, keeps when asked, and unwraps chunks', async () => {
    const chunked = await raw(router.port, 'GET /trailer HTTP/1.0\r\n\r\n')
    const kept = await raw(
      router.port,
      `GET /length HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /length HTTP/1.0\r\n\r\n`,
    )

    expect(chunked).toMatch(/\r\n\r\nbody$/)
    expect(chunked).not.toMatch(/transfer-encoding/i)
    expect(kept.match(/hello/g)).toHaveLength(2)
    expect(kept).toContain('Connection: keep-alive')
  })

  it('keeps HEAD, 204 and 304 without a body and the connection in step', async () => {
    const answer = await raw(
      router.port,
      'HEAD /length HTTP/1.1\r\nHost: x\r\n\r\nGET /204 HTTP/1.1\r\nHost: x\r\n\r\nGET /304 HTTP/1.1\r\nHost: x\r\n\r\n' +
        `GET /length HTTP/1.1\r\nHost: x\r\n${close}\r\n`,
    )

    expect([...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(match => match[1])).toEqual([
      '200',
      '204',
      '304',
      '200',
    ])
    expect(answer.match(/hello/g)).toHaveLength(1)
  })

  it('passes trailers and early hints on', async () => {
    const trailer = await raw(router.port, `GET /trailer HTTP/1.1\r\nHost: x\r\n${close}\r\n`)
    const hints = await raw(router.port, `GET /hints HTTP/1.1\r\nHost: x\r\n${close}\r\n`)

    expect(trailer).toMatch(/0\r\nx-sum: 42\r\n\r\n$/)
    expect(hints).toMatch(/^HTTP\/1\.1 103 Early Hints\r\nlink: .*\r\n\r\nHTTP\/1\.1 200/i)
  })

  it('lets the app decide on Expect: 100-continue', async () => {
    const socket = net.connect(router.port, '127.0.0.1')
    const answer = collect(socket)
    socket.write(
      `POST /hash HTTP/1.1\r\nHost: x\r\n${close}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n`,
    )
    await new Promise(resolve => socket.once('data', resolve))
    socket.write('hello')

    expect(await answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/)
  })

  it('brings an early refusal of an upload to the client', async () => {
    const answer = await raw(
      router.port,
      `POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n`,
      Buffer.alloc(300_000),
    )

    expect(answer).toMatch(/^HTTP\/1\.1 413 [\s\S]*too large\r\n0\r\n\r\n$/)
    expect(answer).toMatch(/connection: close/i)
  })
})

describe('streaming', () => {
  it('sends each server-sent event as it comes', async () => {
    const socket = net.connect(router.port, '127.0.0.1')
    socket.setEncoding('latin1')
    socket.write('GET /hold HTTP/1.1\r\nHost: x\r\n\r\n')
    await until('the request', () => held.length > 0)
    const { response } = held.pop()!
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const event of ['one', 'two', 'three']) {
      response.write(`data: ${event}\n\n`)
      let text = ''
      while (!text.includes(event))
        text += await new Promise<string>(resolve => socket.once('data', data => resolve(String(data))))
    }
    const gone = new Promise(resolve => response.once('close', resolve))
    socket.destroy()

    await gone
  })

  it('carries an upload of 1 GB without holding it in memory', async () => {
    const size = 1 << 30
    const block = crypto.randomBytes(1 << 20)
    const expected = crypto.createHash('sha256')
    for (let sent = 0; sent < size; sent += block.length) expected.update(block)
    const request = http.request(`${router.url}/hash`, {
      method: 'POST',
      headers: { 'content-length': size },
    })
    const answer = new Promise<string>((resolve, reject) => {
      request.on('error', reject)
      request.on('response', response => response.setEncoding('utf8').on('data', resolve))
    })
    Readable.from(repeat(block, size / block.length)).pipe(request)

    expect(await answer).toBe(`${size} ${expected.digest('hex')}`)
    expect(await peakMemory(await router.pid())).toBeLessThan(300e6)
  })

  it('lets a slow reader slow the app down instead of filling the memory', async () => {
    const socket = net.connect(router.port, '127.0.0.1')
    socket.write(`GET /big HTTP/1.1\r\nHost: x\r\n${close}\r\n`)
    let bytes = 0
    for await (const part of socket) {
      bytes += part.length
      if (bytes % 7 === 0) await new Promise(resolve => setTimeout(resolve, 1))
    }

    expect(bytes).toBeGreaterThan(200 << 20)
    expect(await peakMemory(await router.pid())).toBeLessThan(300e6)
  })

  it('does not turn a broken response into a complete one', async () => {
    const answer = raw(router.port, 'GET /cut HTTP/1.1\r\nHost: x\r\n\r\n')

    expect(await answer.catch(() => 'reset')).not.toMatch(/0\r\n\r\n$/)
    const failed = fetch(`${router.url}/cut`).then(response => response.text())
    await expect(failed).rejects.toThrow()
  })
})

describe('upgrades', () => {
  it('carries a websocket both ways, with what the client sent early', async () => {
    const socket = net.connect(router.port, '127.0.0.1')
    socket.setEncoding('latin1')
    let text = ''
    socket.on('data', part => {
      text += part
    })
    socket.write(
      'GET /ws HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n\r\nearly ',
    )
    await until('the early bytes', () => text.endsWith('hello early '))
    socket.write('later')
    await until('the later bytes', () => text.endsWith('later'))
    socket.end()
    await new Promise(resolve => socket.once('close', resolve))

    expect(text).toMatch(/^HTTP\/1\.1 101 [\s\S]*upgrade: websocket/i)
  })

  it('passes a refused upgrade on as an ordinary answer', async () => {
    const answer = await raw(
      router.port,
      'GET /no HTTP/1.1\r\nHost: x\r\nConnection: close, Upgrade\r\nUpgrade: websocket\r\n\r\n',
    )

    expect(answer).toMatch(/^HTTP\/1\.1 403 [\s\S]*no$/)
  })

  it('opens no tunnel for another HTTP', async () => {
    const { echo } = await ask(
      'GET / HTTP/1.1\r\nHost: x\r\nConnection: close, Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n',
    )

    expect(echo.headers).not.toHaveProperty('upgrade')
    expect(echo.headers).not.toHaveProperty('http2-settings')
  })
})

describe('refusals', () => {
  const smuggled: readonly (readonly [string, string, number])[] = [
    [
      'Content-Length beside Transfer-Encoding',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd', 400],
    ['a list of lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4, 4\r\n\r\nabcd', 400],
    ['a signed length', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +4\r\n\r\nabcd', 400],
    [
      'another transfer coding',
      'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n',
      501,
    ],
    ['a misspelt transfer coding', 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n', 501],
    ['chunks in HTTP/1.0', 'POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
    ['a space before the colon', 'GET / HTTP/1.1\r\nHost: x\r\nContent-Length : 4\r\n\r\nabcd', 400],
    ['a folded header', 'GET / HTTP/1.1\r\nHost: x\r\nX-A: 1\r\n folded\r\n\r\n', 400],
    ['a bare LF in the head', 'GET / HTTP/1.1\r\nHost: x\nX-A: 1\r\n\r\n', 400],
    ['a bare CR in a value', 'GET / HTTP/1.1\r\nHost: x\r\nX-A: 1\rX-B: 2\r\n\r\n', 400],
    ['NUL in a value', 'GET / HTTP/1.1\r\nHost: x\r\nX-A: 1\0\r\n\r\n', 400],
    ['two hosts', 'GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n', 400],
    ['no host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['a host with a path', 'GET / HTTP/1.1\r\nHost: x/y\r\n\r\n', 400],
    ['two spaces in the request line', 'GET  / HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['a space in the target', 'GET /a b HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['CONNECT', 'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n', 405],
    ['another version', 'GET / HTTP/2.0\r\nHost: x\r\n\r\n', 505],
    [
      'a chunk size with 0x',
      'POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n',
      400,
    ],
    [
      'a chunk size ended by LF',
      'POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n',
      400,
    ],
    [
      'a chunk longer than it says',
      'POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n',
      400,
    ],
    [
      'a length in a trailer',
      'POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 3\r\n\r\n',
      400,
    ],
    ['a head that is too large', `GET / HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(40_000)}\r\n\r\n`, 431],
    ['too many header lines', `GET / HTTP/1.1\r\nHost: x\r\n${'A: 1\r\n'.repeat(200)}\r\n`, 431],
    ['an unknown expectation', 'GET / HTTP/1.1\r\nHost: x\r\nExpect: magic\r\n\r\n', 417],
  ]
  it.each(smuggled)('refuses %s', async (_, request, status) => {
    const before = slot.seen.length
    const answer = await raw(router.port, `${request}GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n`)

    expect(answer.slice(0, 12)).toBe(`HTTP/1.1 ${status}`)
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1)
    expect(slot.seen.slice(before).map(({ url }) => url)).not.toContain('/smuggled')
  })

  it('ends a head that does not arrive in time', async () => {
    const socket = net.connect(router.port, '127.0.0.1')
    socket.on('error', () => {})
    const answer = collect(socket)
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n')
    // One byte now and then must not keep it open.
    const drip = setInterval(() => socket.write('a'), 50)
    const text = await answer
    clearInterval(drip)

    expect(text).toMatch(/^HTTP\/1\.1 408/)
  })

  it('ends a body that stands still', async () => {
    expect(await raw(router.port, 'POST /hash HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc')).toMatch(
      /^HTTP\/1\.1 408/,
    )
  })

  it('answers 504 when the app does not, and says when to try again', async () => {
    const answer = await raw(router.port, 'GET /hold HTTP/1.1\r\nHost: x\r\n\r\n')
    held.length = 0

    expect(answer).toMatch(/^HTTP\/1\.1 504 [\s\S]*retry-after: \d/i)
  })
})

function collect(socket: net.Socket): Promise<string> {
  return new Promise(resolve => {
    let text = ''
    socket.on('data', part => {
      text += part.toString('latin1')
    })
    socket.on('close', () => resolve(text))
  })
}

function* repeat(block: Buffer, count: number): Generator<Buffer> {
  for (let index = 0; index < count; index++) yield block
}

async function peakMemory(pid: number): Promise<number> {
  const { readFile } = await import('node:fs/promises')
  return Number(/VmHWM:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
}
