// What stands between a document and its window is told on the day before: everything at once, each with what mends it, and as a list
// of deviations that goes to whoever wrote the document.
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { withoutTools } from '../contracts/database-bench.ts'
import { freePort } from '../rigs/free-port.ts'
import { fingerprint, openShop, type Shop } from '../rigs/shop.ts'

const execute = promisify(execFile)
const value = 'tooshort'

let directory: string
let shop: Shop
let taken: Server
let port: number

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stw-findings-'))
  await chmod(directory, 0o755)
  // The tools of the host are those of a directory, so that they can become poorer.
  const tools = join(directory, 'tools')
  await symlink(await withoutTools(directory, []), tools)
  const loginShell = join(directory, 'shell')
  await writeFile(loginShell, `#!/bin/sh\nPATH=${tools}; export PATH\nexec sh "$@"\n`, { mode: 0o755 })
  shop = await openShop({ loginShell })
  await shop.deployed(
    await shop.bundle('v1', {
      paths: {
        '/api/old': { status: 302, headers: { Location: '/' } },
        '/api/state': { type: 'text/html', body: '<h1>shop</h1>' },
      },
    }),
  )
  const poor = await withoutTools(directory, ['sudo', 'date', 'nvidia-smi'])
  await program(join(poor, 'sudo'), 'echo "sudo: a password is required" >&2; exit 1')
  // Ten minutes fast, where it is asked for the time.
  await program(
    join(poor, 'date'),
    'case "$*" in *-d*) exec /bin/date "$@" ;; *) exec /bin/date -d "+10 minutes" "$@" ;; esac',
  )
  await rm(tools)
  await symlink(poor, tools)
  port = await freePort()
  taken = createServer().listen(port, '127.0.0.1')
  await once(taken, 'listening')
  await mkdir(join(shop.root, 'shared'), { recursive: true })
  await writeFile(join(shop.root, 'shared/.env'), 'APP_MODE=production\nMAIL_HOST=CHANGEME\n', {
    mode: 0o600,
  })
  const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'app.pem')]
  await execute('openssl', [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '5',
    '-subj',
    '/CN=shop.example.org',
    '-addext',
    'subjectAltName=DNS:shop.example.org',
    '-keyout',
    key,
    '-out',
    certificate,
  ])
  await configure(certificate)
}, 120_000)
afterAll(async () => {
  taken?.close()
  await shop?.[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

function program(path: string, script: string): Promise<void> {
  return writeFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
}

async function configure(certificate: string): Promise<void> {
  await shop.configure({
    secrets: { SESSION_KEY: { env: 'SHOP_SESSION_KEY' }, MAIL_PASSWORD: { env: 'SHOP_NOT_SET' } },
    release: {
      user: 'no-such-user',
      minFree: '900000GB',
      prepare: ['no-such-tool warm'],
      afterSwitch: ['sudo -n systemctl reload php8.4-fpm'],
    },
    operations: { reindex: { command: 'sh tools/reindex.sh' } },
    checks: {
      ...(shop.document['checks'] as object),
      version: { kind: 'http', url: '/api/version' },
      moved: { kind: 'http', url: '/api/old' },
      state: { kind: 'http', url: '/api/state', expect: { contentType: 'application/json' } },
      order: { kind: 'http', url: '/api/orders', method: 'POST', body: '{}' },
      metrics: { kind: 'port', port },
      certificate: { kind: 'tls', file: certificate, name: 'shop.example.org', minDays: 30, chain: false },
      time: { kind: 'clock', maxSkew: '5s' },
      variables: { kind: 'env', file: 'shared/.env', require: ['APP_MODE'] },
      key: { kind: 'secret', secret: 'SESSION_KEY', minLength: 32, level: 'error' },
      card: { kind: 'gpu', minCount: 1 },
      idle: { kind: 'cpu', minCores: 100_000, level: 'warn' },
    },
  })
}

const examine = (...words: readonly string[]) =>
  shop.start(['doctor', ...words], { env: { SHOP_SESSION_KEY: value } }).ended

interface Finding {
  readonly code: string
  readonly key?: string
  readonly weight: string
  readonly where?: { readonly file?: string; readonly line?: number }
  readonly why?: { readonly en: string }
  readonly next?: readonly unknown[]
}

test('everything a host and a document lack is named at once, with its line and with what mends it', async () => {
  const before = await fingerprint(shop.root, ['.stellwerk', 'shared'])

  const ended = await examine('--json')

  expect(ended.code, ended.said).toBe(5)
  const { findings, warnings, held, notAsked } = ended.document as unknown as Record<
    'findings' | 'warnings' | 'held' | 'notAsked',
    readonly Finding[]
  >
  expect(findings.map(({ code, key = '', weight }) => `${code} ${key} ${weight}`).toSorted()).toEqual(
    [
      'STW-D104 release.minFree blocks',
      'STW-D703 release.user blocks',
      'STW-D707  blocks',
      'STW-D710 release.afterSwitch[0] blocks',
      'STW-D711 release.prepare[0] blocks',
      'STW-D713 operations.reindex.command blocks',
      'STW-C046 secrets blocks',
      'STW-D708 checks.certificate blocks',
      'STW-D708 checks.key blocks',
      'STW-D708 checks.metrics blocks',
      'STW-D708 checks.moved blocks',
      'STW-D708 checks.state blocks',
      'STW-D708 checks.time blocks',
      'STW-D708 checks.variables blocks',
      'STW-D708 checks.version blocks',
      'STW-D709 checks.card unknown',
    ].toSorted(),
  )
  for (const { code, next, key, where } of findings) {
    expect(next?.length ?? 0, code).toBeGreaterThan(0)
    if (key !== undefined) expect(where?.line, `${code} ${key}`).toBeGreaterThan(1)
  }
  const why = (name: string) => findings.find(({ key }) => key === `checks.${name}`)?.why?.en
  expect(why('version')).toContain('404')
  expect(why('moved')).toContain('302')
  expect(why('state')).toContain('HTML')
  expect(warnings.map(({ key }) => key)).toEqual(['checks.idle'])
  expect(held).toEqual(['health', 'identity', 'page'])
  expect(notAsked).toMatchObject([{ check: 'order' }])
  expect(ended.said).not.toContain(value)
  expect(await fingerprint(shop.root, ['.stellwerk', 'shared'])).toEqual(before)
})

test.each(['en', 'de'])('the list of deviations, %s', async lang => {
  const ended = await examine('--report', 'deviations.md', '--lang', lang)

  expect(ended.code, ended.said).toBe(5)
  expect(ended.out).toContain('deviations.md')
  const report = stable(await readFile(join(shop.directory, 'deviations.md'), 'utf8'))
  await expect(report).toMatchFileSnapshot(`golden/deviations.${lang}.md`)
})

/** Without what differs from run to run. */
function stable(report: string): string {
  return report
    .replaceAll(shop.root, '<root>')
    .replaceAll(directory, '<directory>')
    .replaceAll(String(port), '<port>')
    .replaceAll(/\S+ \(pid \d+\)/g, '<program>')
    .replaceAll(/\S+ ALL=\(root\) NOPASSWD: \S+/g, '<user> ALL=(root) NOPASSWD: <systemctl>')
    .replaceAll(String(shop.ports.listen), '<listen>')
    .replaceAll(/\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?( UTC|Z)?/g, '<time>')
    .replaceAll(/\d{4}-\d\d-\d\d/g, '<day>')
    .replaceAll(/\d{8}_\d{6}-\w{7}/g, '<release>')
    .replaceAll(/[\d.,]+ (GB|MB|TB)\b/g, '<size>')
    .replaceAll(/\d[\d.,]* (ms|s|min)\b/g, '<duration>')
    .replaceAll(/\d+ (inodes|Inodes|bytes|Bytes|cores|Kerne)/g, '<count> $1')
}
