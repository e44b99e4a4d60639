// Names that a real dnsmasq knows, asked from here; and the host's own tools, with what they print.
import { readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCheck } from '../../src/checks/index.ts'
import { makeLocalHost } from '../../src/hosts/local.ts'
import { type Dnsmasq, startDnsmasq } from '../rigs/dnsmasq.ts'
import { aCheck, aContext, Rig } from './checks.rig.ts'

const rig = new Rig()
let server: Dnsmasq
beforeAll(async () => {
  server = await startDnsmasq([
    '--host-record=app.test,192.0.2.7,2001:db8::7',
    '--host-record=two.test,192.0.2.8',
    '--host-record=two.test,192.0.2.9',
    '--cname=www.test,app.test',
    '--mx-host=app.test,mail.test,10',
    '--txt-record=app.test,v=spf1 -all',
  ])
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await rig.close()
})

const ask = (check: Record<string, unknown>) =>
  runCheck('name', aCheck({ kind: 'dns', server: `127.0.0.1:${server.port}`, ...check }), aContext())

test.each<[Record<string, unknown>, string, string]>([
  [{ name: 'app.test' }, 'pass', 'app.test leads to 192.0.2.7'],
  [{ name: 'app.test', expect: ['192.0.2.7'] }, 'pass', 'app.test leads to 192.0.2.7'],
  [{ name: 'app.test', expect: ['192.0.2.1'] }, 'fail', 'app.test leads to 192.0.2.7, expected 192.0.2.1'],
  [{ name: 'app.test', type: 'AAAA', expect: ['2001:DB8:0::7'] }, 'pass', 'app.test leads to 2001:db8::7'],
  [{ name: 'www.test', type: 'CNAME', expect: ['APP.test.'] }, 'pass', 'www.test leads to app.test'],
  [{ name: 'app.test', type: 'MX', expect: ['mail.test'] }, 'pass', 'app.test leads to mail.test'],
  [{ name: 'app.test', type: 'TXT', expect: ['v=spf1 -all'] }, 'pass', 'app.test leads to v=spf1 -all'],
  [{ name: 'two.test', type: 'AAAA' }, 'fail', 'two.test has no AAAA record, expected AAAA'],
  [{ name: 'gone.test', expect: ['192.0.2.7'] }, 'fail', 'gone.test has no A record, expected 192.0.2.7'],
  [{ name: 'elsewhere.example' }, 'unknown', 'no answer about elsewhere.example (EREFUSED)'],
])('%j: %s', async (check, verdict, sentence) => {
  const result = await ask(check)
  expect([result.verdict, result.observed.en]).toEqual([verdict, sentence])
})

test('one of several addresses is enough, one that is missing is not', async () => {
  const both = await ask({ name: 'two.test', expect: ['192.0.2.9', '192.0.2.8'] })
  const three = await ask({ name: 'two.test', expect: ['192.0.2.9', '192.0.2.1'] })
  expect([both.verdict, three.verdict]).toEqual(['pass', 'fail'])
  expect(three.observed.de).toMatch(
    /^two\.test führt zu 192\.0\.2\.[89], 192\.0\.2\.[89], erwartet 192\.0\.2\.1$/,
  )
})

test('a server that says nothing is unknown', async () => {
  const result = await ask({ name: 'app.test', server: '127.0.0.1:1', timeout: '1s' })
  expect([result.verdict, result.observed.en]).toEqual([
    'unknown',
    expect.stringMatching(/^no answer about app\.test/),
  ])
})

test('a server that has no such address is unknown', async () => {
  const check = { ...aCheck({ kind: 'dns', name: 'app.test' }), server: '192.0.2.300:53' }
  const result = await runCheck('name', check, aContext())
  expect([result.verdict, result.observed.en]).toEqual([
    'unknown',
    'no answer about app.test (ERR_INVALID_IP_ADDRESS)',
  ])
})

/** What this machine has, except for what looks names up. BusyBox would bring its own, whatever PATH says. */
function toolsWithout(): string {
  const bin = rig.directory()
  const out = ['getent', 'dig', 'nslookup', 'busybox']
  for (const tool of readdirSync('/usr/bin'))
    if (!out.includes(tool)) symlinkSync(join('/usr/bin', tool), join(bin, tool))
  return bin
}

describe('from the host', () => {
  const from = (bin: string, check: Record<string, unknown>) =>
    runCheck(
      'name',
      aCheck({ kind: 'dns', from: 'host', ...check }),
      aContext({ host: makeLocalHost({ name: 'web1', env: { PATH: bin } }) }),
    )

  test('getent asks the way the host does', async () => {
    const path = process.env['PATH'] ?? ''
    const green = await from(path, { name: 'localhost', expect: ['127.0.0.1'] })
    const red = await from(path, { name: 'localhost', expect: ['192.0.2.7'] })
    const none = await from(path, { name: 'gone.invalid' })

    expect([green.verdict, red.verdict, none.verdict]).toEqual(['pass', 'fail', 'unknown'])
    expect([green.host, red.observed.en]).toEqual([
      'web1',
      'localhost leads to 127.0.0.1, expected 192.0.2.7',
    ])
  })

  test('no tool at all is unknown', async () => {
    const bin = toolsWithout()
    const result = await from(bin, { name: 'localhost' })
    expect([result.verdict, result.observed.en]).toEqual([
      'unknown',
      'the host has no getent, dig or nslookup',
    ])
  })

  // Printed by dig 9.18 and by the nslookup of BusyBox 1.35, as a host without getent has them.
  const dig = (status: string, lines: string) =>
    `;; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: ${status}, id: 1\n;; flags: qr rd ra; QUERY: 1, ANSWER: 1\n\n;; ANSWER SECTION:\n${lines}`
  test.each<[string, string, number, Record<string, unknown>, string]>([
    [
      'dig',
      dig('NOERROR', 'app.test.\t\t300\tIN\tCNAME\tx.test.\nx.test.\t300\tIN\tMX\t10 mail.test.'),
      0,
      { type: 'MX', expect: ['mail.test'] },
      'pass',
    ],
    [
      'dig',
      dig('NOERROR', 'app.test.\t300\tIN\tTXT\t"v=spf1" " -all"'),
      0,
      { type: 'TXT', expect: ['v=spf1 -all'] },
      'pass',
    ],
    ['dig', dig('NXDOMAIN', ''), 0, { type: 'MX' }, 'fail'],
    ['dig', dig('SERVFAIL', ''), 0, { type: 'MX' }, 'unknown'],
    ['dig', ';; communications error to 192.0.2.53#53: timed out', 9, { type: 'MX' }, 'unknown'],
    [
      'nslookup',
      'Server:\t\t192.0.2.53\nAddress:\t192.0.2.53:53\n\nNon-authoritative answer:\napp.test\tmail exchanger = 10 mail.test\n',
      0,
      { type: 'MX', expect: ['mail.test'] },
      'pass',
    ],
    [
      'nslookup',
      'Server:\t\t192.0.2.53\nAddress:\t192.0.2.53:53\n\nName:\tapp.test\nAddress: 192.0.2.7\n',
      0,
      { type: 'A', expect: ['192.0.2.7'] },
      'pass',
    ],
    [
      'nslookup',
      'Server:\t\t192.0.2.53\nAddress:\t192.0.2.53:53\n\nName:\tapp.test\nAddress: 192.0.2.7\n',
      0,
      { type: 'A', expect: ['192.0.2.53'] },
      'fail',
    ],
    [
      'nslookup',
      "Server:\t\t192.0.2.53\nAddress:\t192.0.2.53:53\n\n** server can't find app.test: NXDOMAIN\n",
      1,
      { type: 'A' },
      'fail',
    ],
    ['nslookup', ';; connection timed out; no servers could be reached\n', 1, { type: 'A' }, 'unknown'],
  ])('%s %#', async (tool, output, exit, check, verdict) => {
    const bin = toolsWithout()
    writeFileSync(join(bin, tool), `#!/bin/sh\ncat <<'END'\n${output}\nEND\nexit ${exit}\n`, { mode: 0o755 })
    const result = await from(bin, { name: 'app.test', ...check })
    expect([result.verdict, result.observed.en]).toEqual([verdict, expect.any(String)])
  })
})
