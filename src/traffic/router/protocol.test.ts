import { describe, expect, it } from 'vitest'
import { parseArguments, parseListen } from './arguments.ts'
import { accessLine, shortenAddress } from './log-file.ts'
import { formatStatus, parseDesired, parseStatus, type Status } from './protocol.ts'

const target = { host: '127.0.0.1', port: 4001, release: 'r1' }

describe('an order', () => {
  it('is read as it was written', () => {
    const order = {
      generation: 3,
      target,
      drainMs: 5,
      trustForwarded: ['::1'],
      health: { path: '/ok', timeoutMs: 9 },
    }

    expect(parseDesired(JSON.stringify(order))).toEqual(order)
  })

  it('without a target means nowhere', () => {
    expect(parseDesired('{"generation":1,"drainMs":0}')).toEqual({
      generation: 1,
      drainMs: 0,
      trustForwarded: [],
    })
  })

  it.each([
    ['{', 'desired.json is not a JSON object'],
    ['[]', 'desired.json is not a JSON object'],
    ['{"generation":1.5}', 'generation must be a whole number'],
    [
      '{"generation":1,"target":{"host":"","port":1,"release":"r"},"drainMs":1}',
      'target must have host, port and release',
    ],
    [
      '{"generation":1,"target":{"host":"a","port":70000,"release":"r"},"drainMs":1}',
      'target must have host, port and release',
    ],
    ['{"generation":1,"drainMs":-1}', 'drainMs must be a whole number of milliseconds'],
    ['{"generation":1,"drainMs":1,"trustForwarded":"x"}', 'trustForwarded must be a list of addresses'],
    [
      '{"generation":1,"drainMs":1,"health":{"path":"/a b","timeoutMs":1}}',
      'health must have path and timeoutMs',
    ],
  ])('%s is refused: %s', (text, why) => {
    expect(parseDesired(text)).toBe(why)
  })
})

describe('a status', () => {
  const status: Status = {
    pid: 1,
    startedAt: '2026-11-21T02:15:00.000Z',
    file: '/srv/router.mjs',
    listen: '127.0.0.1:8080',
    generation: 7,
    state: 'draining',
    target,
    draining: { inflight: 1, websockets: 0 },
    cut: 0,
    drainMs: 100,
    trustForwarded: [],
    maintenance: 'off',
    inflight: 0,
  }

  it('has one key a line, so that sh can read it', () => {
    expect(formatStatus(status).split('\n').slice(5, 8)).toEqual([
      '  "generation": 7,',
      '  "state": "draining",',
      '  "target": {"host":"127.0.0.1","port":4001,"release":"r1"},',
    ])
  })

  it('is read back by the next router', () => {
    expect(parseStatus(formatStatus(status))).toEqual({
      generation: 7,
      state: 'draining',
      target,
      drainMs: 100,
      trustForwarded: [],
    })
  })

  it.each(['', '{"generation"', '{}', 'null'])('that is broken counts as none: %j', text => {
    expect(parseStatus(text)).toBeUndefined()
  })
})

describe('the command line', () => {
  it('is read', () => {
    expect(
      parseArguments(['--state', '/s', '--listen', '[::1]:80', '--head-ms', '5', '--daemon']),
    ).toMatchObject({
      state: '/s',
      listen: { host: '::1', port: 80 },
      daemon: true,
      takeOver: false,
      limits: { head: 5, idle: 75_000 },
    })
  })

  it.each([
    [['--state', '/s'], '--listen must be <address>:<port>, such as 127.0.0.1:8080'],
    [['--listen', '127.0.0.1:1'], '--state is missing'],
    [['--what'], 'unknown argument --what'],
    [['--state'], '--state needs a value'],
    [
      ['--state', '/s', '--listen', '1.1.1.1:1', '--idle-ms', '0'],
      '--idle-ms must be a whole number above 0',
    ],
  ])('%j is refused', (words, why) => {
    expect(parseArguments(words)).toBe(why)
  })

  it.each(['localhost:80', '127.0.0.1', '127.0.0.1:99999', '::1:80'])(
    '%s is no address to listen on',
    text => {
      expect(parseListen(text)).toBeUndefined()
    },
  )
})

describe('the log', () => {
  it.each([
    ['192.0.2.77', '192.0.2.0'],
    ['2001:db8:1:2::9', '2001:db8:1::'],
    ['::1', '::'],
    ['', '-'],
  ])('shortens %s to %s', (address, short) => {
    expect(shortenAddress(address)).toBe(short)
  })

  it('drops the query', () => {
    expect(accessLine('192.0.2.77', 'GET', '/a?token=x', 200, 3)).toBe('access 192.0.2.0 GET /a 200 3ms')
  })
})
