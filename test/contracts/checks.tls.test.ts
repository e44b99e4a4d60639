// Certificates that openssl made: served by a real server, seen from here and through the tunnel of a host, and in files.
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCheck } from '../../src/checks/index.ts'
import { makeLocalHost } from '../../src/hosts/local.ts'
import { aCheck, aContext, type Certificate, Rig } from './checks.rig.ts'

const rig = new Rig()
const before = getCACertificates('default')
afterAll(async () => {
  setDefaultCACertificates([...before])
  await rig.close()
})

const directory = rig.directory()
const at = (name: string) => join(directory, name)
const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore', cwd: directory })
const key = (name: string) =>
  openssl('ecparam', '-genkey', '-name', 'prime256v1', '-noout', '-out', `${name}.key`)

function ca(name: string): void {
  key(name)
  openssl(
    'req',
    '-x509',
    '-new',
    '-key',
    `${name}.key`,
    '-days',
    '900',
    '-subj',
    `/CN=${name}`,
    '-out',
    `${name}.crt`,
  )
}

/** Signed by `issuer`, for a number of days; less than none is in the past. */
function issued(name: string, issuer: string, alternative: string, days: number): Certificate {
  key(name)
  openssl('req', '-new', '-key', `${name}.key`, '-subj', `/CN=${name}`, '-out', `${name}.csr`)
  writeFileSync(at(`${name}.ext`), `subjectAltName=${alternative}\n`)
  const dates =
    days > 0 ? ['-days', String(days)] : ['-not_before', '20200101000000Z', '-not_after', '20200201000000Z']
  const sign = [
    '-CA',
    `${issuer}.crt`,
    '-CAkey',
    `${issuer}.key`,
    '-CAcreateserial',
    '-extfile',
    `${name}.ext`,
  ]
  if (days > 0) openssl('x509', '-req', '-in', `${name}.csr`, ...sign, ...dates, '-out', `${name}.crt`)
  else past(name, issuer, alternative)
  return { key: readFileSync(at(`${name}.key`), 'utf8'), cert: readFileSync(at(`${name}.crt`), 'utf8') }
}

// `openssl x509` of Debian 12 knows no dates of its own; `openssl ca` does.
function past(name: string, issuer: string, alternative: string): void {
  writeFileSync(at('index.txt'), '')
  writeFileSync(at('serial'), '77\n')
  writeFileSync(
    at('ca.cnf'),
    `[ca]\ndefault_ca=d\n[d]\ndatabase=${at('index.txt')}\nserial=${at('serial')}\nnew_certs_dir=${directory}\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n[e]\nsubjectAltName=${alternative}\n`,
  )
  const dates = ['-startdate', '20200101000000Z', '-enddate', '20200201000000Z']
  openssl(
    'ca',
    '-batch',
    '-config',
    'ca.cnf',
    '-extensions',
    'e',
    '-cert',
    `${issuer}.crt`,
    '-keyfile',
    `${issuer}.key`,
    ...dates,
    '-in',
    `${name}.csr`,
    '-out',
    `${name}.crt`,
    '-notext',
  )
}

const ports = new Map<string, number>()
beforeAll(async () => {
  ca('root')
  ca('other')
  setDefaultCACertificates([...before, readFileSync(at('root.crt'), 'utf8')])
  const names = 'DNS:app.test,DNS:*.app.test,IP:127.0.0.1'
  const served: readonly [string, Certificate][] = [
    ['good', issued('good', 'root', names, 60)],
    ['short', issued('short', 'root', names, 5)],
    ['past', issued('past', 'root', names, 0)],
    ['stranger', issued('stranger', 'other', names, 60)],
  ]
  for (const [name, certificate] of served)
    ports.set(name, await rig.https(certificate, (_, response) => void response.end('ok')))
  ports.set('plain', await rig.tcp(socket => void socket.end('220 hello\r\n')))
  ports.set('closed', await rig.closedPort())
  writeFileSync(at('chain.pem'), `${served[0]?.[1].cert}${readFileSync(at('root.crt'), 'utf8')}`)
  writeFileSync(at('gap.pem'), `${served[0]?.[1].cert}${readFileSync(at('other.crt'), 'utf8')}`)
  writeFileSync(at('empty.pem'), 'nothing\n')
})

const host = () => rig.tunnellingHost()
const ask = (which: string, check: Record<string, unknown> = {}) =>
  runCheck(
    'certificate',
    aCheck({ kind: 'tls', address: `127.0.0.1:${ports.get(which)}`, name: 'app.test', ...check }),
    aContext({ host: host() }),
  )

describe.each(['here', 'host'] as const)('from %s', from => {
  test.each<[string, Record<string, unknown>, string, RegExp]>([
    ['good', {}, 'pass', /^59 days left, for DNS:app\.test, DNS:\*\.app\.test, IP Address:127\.0\.0\.1$/],
    ['good', { name: '127.0.0.1' }, 'pass', /^59 days left/],
    ['good', { name: 'x.app.test' }, 'pass', /^59 days left/],
    ['good', { minDays: 90 }, 'fail', /^59 days left, expected at least 90$/],
    ['good', { name: 'shop.test' }, 'fail', /^it is for DNS:app\.test, .*, not for shop\.test$/],
    ['short', {}, 'fail', /^4 days left, expected at least 14$/],
    ['short', { minDays: 1 }, 'pass', /^4 days left/],
    ['past', {}, 'fail', /^it ended \d+ days ago; its chain is not sound: CERT_HAS_EXPIRED$/],
    [
      'stranger',
      {},
      'fail',
      /^its chain is not sound: UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT_LOCALLY)$/,
    ],
    ['stranger', { chain: false }, 'pass', /^59 days left/],
    ['plain', {}, 'fail', /does not speak TLS/],
    ['closed', {}, 'fail', /(nothing listens on|closed the connection without an answer)/],
  ])('%s %j: %s', async (which, check, verdict, sentence) => {
    const result = await ask(which, { from, ...check })
    expect([result.verdict, result.observed.en]).toEqual([verdict, expect.stringMatching(sentence)])
  })

  test('a name that no certificate can hold is not its name', async () => {
    const check = aCheck({ kind: 'tls', address: `127.0.0.1:${ports.get('good')}`, from })
    const result = await runCheck(
      'certificate',
      { ...check, name: 'app.test:443' } as typeof check,
      aContext({ host: host() }),
    )
    expect([result.verdict, result.observed.en]).toEqual([
      'fail',
      expect.stringMatching(/not for app\.test:443$/),
    ])
  })

  test('a server that says nothing is unknown', async () => {
    const port = await rig.tcp(() => undefined)
    ports.set('silent', port)
    const result = await ask('silent', { from, timeout: '300ms' })
    expect([result.verdict, result.observed.en]).toEqual([
      'unknown',
      `no connection to 127.0.0.1:${port} within 300 ms`,
    ])
  })
})

describe('a file on the host', () => {
  const file = (name: string, check: Record<string, unknown> = {}) =>
    runCheck(
      'file',
      aCheck({ kind: 'tls', file: at(name), ...check }),
      aContext({ host: makeLocalHost({ name: 'web1' }) }),
    )

  test('with a date that nobody can read is unknown', async () => {
    const der = new X509Certificate(readFileSync(at('good.crt'))).raw
    // The second of the two times, each 17 0d and YYMMDD...: a month 99.
    const time = der.indexOf(Buffer.from([0x17, 0x0d]), der.indexOf(Buffer.from([0x17, 0x0d])) + 2)
    der.write('99', time + 4)
    writeFileSync(
      at('dateless.crt'),
      `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`,
    )
    const result = await file('dateless.crt')
    expect([result.verdict, result.observed.en]).toEqual(['unknown', 'it holds a date that cannot be read'])
  })

  test.each<[string, Record<string, unknown>, string, RegExp]>([
    ['chain.pem', { name: 'app.test' }, 'pass', /^59 days left, for DNS:app\.test/],
    ['chain.pem', { name: 'shop.test' }, 'fail', /not for shop\.test$/],
    ['gap.pem', {}, 'fail', /^its chain is not sound: certificate 1 is not signed by the one behind it$/],
    ['past.crt', {}, 'fail', /^it ended \d+ days ago$/],
    ['empty.pem', {}, 'unknown', /holds no certificate that can be read$/],
    ['gone.pem', {}, 'unknown', /gone\.pem does not exist$/],
  ])('%s %j: %s', async (name, check, verdict, sentence) => {
    const result = await file(name, check)
    expect([result.verdict, result.observed.en]).toEqual([verdict, expect.stringMatching(sentence)])
  })
})
