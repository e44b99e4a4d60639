import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HeaderNames } from './fields.ts'
import { forwardedHead } from './forwarded.ts'
import { parseRequestHead, parseResponseHead, type RequestHead } from './head.ts'

function request(text: string, trusted = false) {
  return parseRequestHead(new HeaderNames(), text, trusted)
}

function read(text: string): RequestHead {
  const head = request(text)
  if ('why' in head) throw new Error(head.why)
  return head
}

describe('a request head', () => {
  it('is read into what matters for framing and routing', () => {
    expect(read('POST /a?b HTTP/1.1\r\nHost: x:1\r\nContent-Length: 12\r\nAccept: */*\r\n')).toMatchObject({
      method: 'POST',
      target: '/a?b',
      minor: 1,
      host: 'x:1',
      framing: 'length',
      length: 12,
      keepAlive: true,
      lines: 'Host: x:1\r\nContent-Length: 12\r\nAccept: */*\r\n',
    })
  })

  it.each([
    ['HTTP/1.1', '', true],
    ['HTTP/1.1', 'Connection: close\r\n', false],
    ['HTTP/1.1', 'Connection: Keep-Alive, Close\r\n', false],
    ['HTTP/1.0', '', false],
    ['HTTP/1.0', 'Connection: keep-alive\r\n', true],
  ])('in %s with "%s" keeps the connection: %s', (version, line, keeps) => {
    expect(read(`GET / ${version}\r\nHost: x\r\n${line}`).keepAlive).toBe(keeps)
  })

  it('passes the lines on that stand around the ones it takes out', () => {
    const head = read('GET / HTTP/1.1\r\nA: 1\r\nConnection: close\r\nHost: x\r\nTE: x\r\nB: 2\r\n')

    expect(head.lines).toBe('A: 1\r\nHost: x\r\nB: 2\r\n')
  })

  it('offers an upgrade only where a tunnel is meant', () => {
    const ask = (lines: string) => read(`GET / HTTP/1.1\r\nHost: x\r\n${lines}`).upgrade

    expect(ask('Connection: Upgrade\r\nUpgrade: WebSocket\r\n')).toBe('websocket')
    expect(ask('Upgrade: websocket\r\n')).toBeUndefined()
    expect(ask('Connection: Upgrade\r\nUpgrade: h2c\r\n')).toBeUndefined()
    expect(ask('Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 3\r\n')).toBeUndefined()
  })

  it('never lets a byte through that could end a line early', () => {
    const bytes = fc.string({
      unit: fc.constantFrom('a', ':', ' ', '\r', '\n', '\0', '\t', ',', '\x7f', 'é', '-'),
    })
    fc.assert(
      fc.property(bytes, bytes, (name, value) => {
        const head = request(`GET / HTTP/1.1\r\nHost: x\r\nX-${name}: ${value}\r\n`)
        if ('why' in head) return
        const forwarded = forwardedHead(head, '192.0.2.1', false, 'app:1')
        expect(forwarded.indexOf('\r\n\r\n')).toBe(forwarded.length - 4)
        expect(forwarded.replaceAll('\r\n', '')).not.toMatch(/[\r\n\0]/)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('the forwarded head', () => {
  const text =
    'GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 2.2.2.2\r\nX-Forwarded-Proto: https\r\n'

  it('names the peer and nobody else for a stranger', () => {
    expect(forwardedHead(request(text) as RequestHead, '192.0.2.1', false, 'app:1')).toBe(
      'GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: x\r\n\r\n',
    )
  })

  it('extends what a trusted proxy says', () => {
    expect(forwardedHead(request(text, true) as RequestHead, '192.0.2.1', true, 'app:1')).toContain(
      'X-Forwarded-For: 1.1.1.1, 2.2.2.2, 192.0.2.1\r\nX-Forwarded-Proto: https\r\n',
    )
  })

  it('gives HTTP/1.0 requests without a host the address of the target', () => {
    expect(forwardedHead(read('GET / HTTP/1.0\r\n'), '192.0.2.1', false, 'app:1')).toContain(
      '\r\nHost: app:1\r\n',
    )
  })
})

describe('a response head', () => {
  const response = (text: string, bodyless = false) => parseResponseHead(new HeaderNames(), text, bodyless)

  it.each([
    ['HTTP/1.1 200 OK\r\nContent-Length: 3\r\n', false, 'length', true],
    ['HTTP/1.1 200 OK\r\nContent-Length: 3\r\n', true, 'none', true],
    ['HTTP/1.1 204 No Content\r\n', false, 'none', true],
    ['HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n', false, 'none', true],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n', false, 'chunked', true],
    ['HTTP/1.1 200 OK\r\n', false, 'close', false],
    ['HTTP/1.0 200 OK\r\nContent-Length: 3\r\n', false, 'length', false],
    ['HTTP/1.1 200\r\nContent-Length: 0\r\n', false, 'none', true],
  ])('%j (bodyless: %s) has the framing %s and keeps: %s', (text, bodyless, framing, keepAlive) => {
    expect(response(text, bodyless)).toMatchObject({ framing, keepAlive })
  })

  it.each([
    'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n',
    'HTTP/1.1 200 OK\r\nA: b\nC: d\r\n',
    'HTTP/2 200 OK\r\n',
    'HTTP/1.1 20 OK\r\n',
    'SSH-2.0-OpenSSH\r\n',
  ])('is refused when it is doubtful: %j', text => {
    expect(response(text)).toMatchObject({ status: 502 })
  })

  it('knows how long the server keeps an idle connection', () => {
    expect(response('HTTP/1.1 204 x\r\nKeep-Alive: max=5, timeout=7\r\n')).toMatchObject({ idleHint: 7000 })
  })
})
