// The stage of most faults: a small app with a database, backups, every kind of check, and a world around it whose parts can be broken
// one by one (programs, certificate, settings, repository). Everything in it is good, or the first deploy would not pass.
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { stringify } from 'yaml'
import { writeNvidiaSmi } from '../../examples/ablage/variants/nvidia-smi.ts'
import { quote } from '../../src/core/shell.ts'
import { type Tree, writeTree } from './a-bundle.ts'
import type { Attempt } from './deploy-fault.ts'
import { type Behaviour, faultTree } from './deploy-fault-app.ts'
import { deployOn, type FaultStage } from './deploy-fault-stage.ts'
import { freePort } from './free-port.ts'
import { openStory, type Story } from './story.ts'
import type { Document } from './story-app.ts'

export interface FaultShop extends FaultStage {
  readonly story: Story
  /** Of the app. */
  readonly root: string
  /** Holds bin/, the certificate and the list of what sudo allows. */
  readonly world: string
  readonly ports: readonly [number, number]
  /** stellwerk.yaml as it is when nothing is broken. */
  readonly document: Document
  /** The words that deploy a release which behaves so, with a migration and files of its own. */
  release(behaviour?: Behaviour, migration?: readonly string[], more?: Tree): Promise<Attempt>
  /** The same with another stellwerk.yaml. */
  configured(
    change: (document: Document) => Document,
    behaviour?: Behaviour,
    migration?: readonly string[],
  ): Promise<Attempt>
  /** Commits files to the repository; `removed` go. */
  commit(more: Tree, removed?: readonly string[]): void
  git(...words: readonly string[]): string
  sql(statements: string): string
}

const environment = 'test'
export const goodSettings = (secret: string) =>
  `APP_ENV=production\nDATABASE_URL=sqlite:data/app.sqlite\nSECRET_KEY=${secret}\n`

export async function openFaultShop(): Promise<FaultShop> {
  await using undo = new AsyncDisposableStack()
  const story = undo.use(await openStory())
  const [host] = story.hosts
  if (!host) throw new Error('a story without a host')
  const { root } = host
  const world = join(story.directory, 'world')
  const ports = [await freePort(), await freePort()] as const
  const secret = randomBytes(32).toString('hex')
  makeWorld(world)
  mkdirSync(join(root, 'shared/data'), { recursive: true })
  writeFileSync(join(root, 'shared/.env'), goodSettings(secret), { mode: 0o600 })
  writeFileSync(join(root, 'shared/words.txt'), 'Grüße\n')
  const database = join(root, 'shared/data/app.sqlite')
  const sql = (statements: string) => asked(database, statements)
  sql("CREATE TABLE about (stage text); INSERT INTO about VALUES ('production')")
  sql("CREATE TABLE calls (id INTEGER PRIMARY KEY, what text); INSERT INTO calls (what) VALUES ('first')")
  let document: Document = {}
  await story.configure(base => {
    document = goodDocument(base, world, join(story.directory, 'disk'), ports)
    return document
  })
  const write = (whole: Document) => writeFileSync(join(story.directory, 'stellwerk.yaml'), stringify(whole))
  // The very first deploy has nothing to reach.
  const gates = document['gates'] as readonly string[]
  write({ ...document, gates: gates.filter(gate => gate !== 'reachable') })
  mkdirSync(join(story.directory, 'disk'))
  const git = (...words: readonly string[]) => gitIn(story.directory, words)
  const commit: FaultShop['commit'] = (more, removed = []) => {
    for (const file of removed) git('rm', '-q', file)
    writeSync(story.directory, more)
    git('add', '.')
    git('commit', '-q', '--allow-empty', '-m', 'change')
  }
  git('init', '-q', '--initial-branch=main')
  await writeTree(story.directory, {
    ...faultTree(),
    '.gitignore': ['stellwerk.yaml', 'bundles', 'root', 'state', 'tmp', 'disk', 'world']
      .map(at => `/${at}\n`)
      .join(''),
  })
  commit({})
  const env = {
    XDG_STATE_HOME: join(story.directory, 'state'),
    TMPDIR: join(story.directory, 'tmp'),
    PATH: `${join(world, 'bin')}:${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
    SHOP_TOKEN: 'a-token-of-the-shop',
  }
  const stage = deployOn({ cwd: story.directory, environment, root, url: () => host.url, env })
  const first = await stage.run({ words: ['--ref', 'main'] })
  if (first.code !== 0) throw new Error(`the good release was refused\n${first.said.slice(-4000)}`)
  write(document)
  let count = 0
  const release: FaultShop['release'] = async (behaviour, migration, more) => {
    count += 1
    return {
      words: ['--bundle', await story.bundle(`v${count}`, 'fine', faultTree(behaviour, migration, more))],
    }
  }
  const kept = undo.move()
  return {
    ...stage,
    story,
    root,
    world,
    ports,
    document,
    release,
    configured: async (change, behaviour, migration) => {
      write(change(document))
      return { ...(await release(behaviour, migration)), mend: () => write(document) }
    },
    commit,
    git,
    sql,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

function makeWorld(world: string): void {
  mkdirSync(join(world, 'bin'), { recursive: true })
  writeNvidiaSmi(join(world, 'bin/nvidia-smi'))
  certificate(world, 'served', 90)
  writeFileSync(join(world, 'sudoers'), 'systemctl reload shop\n')
  // In the role of sudo: what it may run stands in a list, and it says no as the real one does.
  writeFileSync(
    join(world, 'bin/sudo'),
    `#!/bin/sh
[ "$1" = -n ] && shift
[ "$1" = -l ] && shift
grep -qxF "$*" ${quote(join(world, 'sudoers'))} && exit 0
echo 'sudo: a password is required' >&2
exit 1
`,
    { mode: 0o755 },
  )
}

/** A self-signed certificate for so many days. */
export function certificate(world: string, name: string, days: number): void {
  const file = (kind: string) => join(world, `${name}.${kind}`)
  const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const names = ['-subj', '/CN=shop.example', '-addext', 'subjectAltName=DNS:shop.example']
  const out = ['-keyout', file('key'), '-out', file('crt'), '-days', String(days)]
  execFileSync('openssl', [...words, ...names, ...out], { stdio: 'ignore' })
}

function goodDocument(
  base: Document,
  world: string,
  disk: string,
  ports: readonly [number, number],
): Document {
  const { web, worker } = base['services'] as Record<string, Document>
  const node = quote(process.execPath)
  const again = { retries: 2, every: '100ms' }
  const smoke = {
    front: { kind: 'http', url: '/', expect: { contentType: 'text/html', text: { contains: 'shop' } } },
    route: { kind: 'http', url: '/route', expect: { json: { '$.source': 'osrm' } } },
    hook: { kind: 'http', url: '/hook', method: 'POST', body: '{}', expect: { status: 201 } },
    login: { kind: 'http', url: '/admin/login' },
    stranger: { kind: 'http', url: '/unknown', expect: { status: 404 } },
    rows: {
      kind: 'database',
      database: 'main',
      query: 'SELECT count(*) FROM calls',
      expect: { value: { min: 1 } },
    },
    beats: {
      kind: 'command',
      command: 'grep -qx "$(basename "$(pwd -P)")" data/heartbeat',
      retries: 10,
      every: '100ms',
    },
    log: { kind: 'log', service: 'web', forbid: 'ERROR|CRITICAL', minLines: 1 },
  }
  const gates = {
    reachable: { kind: 'http', url: '/health', expect: { json: { '$.status': 'gesund' } } },
    settings: {
      kind: 'env',
      file: 'shared/.env',
      require: ['DATABASE_URL'],
      match: { APP_ENV: 'production' },
      forbid: ['DEBUG', 'ALLOW_DEV_HEADERS'],
    },
    key: {
      kind: 'secret',
      file: 'shared/.env',
      variable: 'SECRET_KEY',
      minLength: 32,
      minEntropy: 128,
      notInRepository: true,
    },
    disk: { kind: 'disk', minFree: '10MB' },
    clock: { kind: 'clock', maxSkew: '30s' },
    card: { kind: 'gpu', maxMemoryPercent: 85, maxTemperature: 85 },
    certificate: { kind: 'tls', file: join(world, 'served.crt'), name: 'shop.example', minDays: 14 },
    reload: { kind: 'command', command: 'sudo -n -l systemctl reload shop' },
    words: { kind: 'file', path: 'shared/words.txt', encoding: 'utf-8' },
    stage: {
      kind: 'database',
      database: 'main',
      query: 'SELECT stage FROM about',
      expect: { value: 'production' },
    },
  }
  return {
    ...base,
    release: {
      keep: 3,
      keepFailed: 1,
      shared: { directories: ['data'], files: ['.env', 'words.txt'] },
      prepare: [`${node} server.mjs --routes`],
    },
    build: {
      commands: ['true'],
      test: [
        `${node} --test --experimental-test-coverage --test-coverage-include=price.mjs --test-coverage-lines=80`,
      ],
      exclude: ['*.test.mjs'],
      entries: ['server.mjs', 'index.html'],
    },
    databases: {
      main: {
        kind: 'sqlite',
        file: 'data/app.sqlite',
        expect: { tables: ['calls'] },
        migrate: { command: `${node} migrate.mjs`, timeout: '1m', undo: 'restore' },
      },
    },
    backup: {
      destinations: { disk: { kind: 'directory', path: disk } },
      reserve: '1MB',
      compression: 'gzip',
    },
    services: {
      web: {
        ...web,
        command: `${node} server.mjs`,
        env: { ROLE: 'web' },
        ready: { path: '/ready', timeout: '30s' },
        ports,
      },
      worker: { ...worker, command: `${node} server.mjs`, env: { ROLE: 'worker' } },
    },
    secrets: { SHOP_TOKEN: { env: 'SHOP_TOKEN' } },
    // Who asks while a release is proven waits for its end: nobody is served by one that is taken back.
    maintenance: {
      during: 'always',
      mode: 'pause',
      pauseFor: '15s',
      allowHeader: { secret: 'SHOP_TOKEN' },
    },
    checks: {
      health: { kind: 'http', url: '/health', expect: { json: { '$.status': 'gesund' } }, ...again },
      ...smoke,
      ...gates,
    },
    gates: Object.keys(gates),
    verify: {
      identity: { url: '/health', header: 'X-Release', ...again },
      health: ['health'],
      smoke: Object.keys(smoke),
    },
  }
}

function gitIn(directory: string, words: readonly string[]): string {
  const who = ['-c', 'user.name=shop', '-c', 'user.email=shop@example.org', '-c', 'commit.gpgsign=false']
  return execFileSync('git', [...who, ...words], { cwd: directory, encoding: 'utf8' }).trim()
}

function writeSync(directory: string, tree: Tree): void {
  for (const [path, content] of Object.entries(tree))
    if (typeof content === 'string') writeFileSync(join(directory, path), content)
}

function asked(file: string, statements: string): string {
  const database = new DatabaseSync(file, { timeout: 20_000 })
  try {
    if (!/^select/i.test(statements)) database.exec(statements)
    else return Object.values(database.prepare(statements).get() ?? {}).join('|')
    return ''
  } finally {
    database.close()
  }
}
