// A secret reaches the app, its migration and its checks, and nothing else: no argument list, no output, no file.
import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Ended, Started } from '../rigs/command-line.ts'
import { currentOf, openShop, type Shop } from '../rigs/shop.ts'

// What is looked for is the random part; what surrounds it is what shells and JSON trip over.
const cores = {
  env: randomBytes(12).toString('hex'),
  file: randomBytes(12).toString('hex'),
  command: randomBytes(12).toString('hex'),
}
const values = {
  env: cores.env,
  file: `two words, [*] $HOME & "${cores.file}"`,
  command: `it's-${cores.command}`,
}

// Tells the hashes of what it got, and echoes the header that it was asked with: the worst an app can do.
const server = `const http = require('node:http')
const digest = text => require('node:crypto').createHash('sha256').update(text ?? '').digest('hex')
const { status } = require('./behaviour.json')
http.createServer((request, response) => {
  response.setHeader('X-Release', process.env.RELEASE)
  response.setHeader('Content-Type', 'application/json')
  const { TOKEN, DSN, REGION_KEY } = process.env
  const got = [TOKEN, DSN, REGION_KEY].map(digest)
  if (request.url === '/mirror') return response.end(JSON.stringify({ token: TOKEN, dsn: DSN }))
  response.end(JSON.stringify({ status: status ?? 'ok', sent: request.headers.authorization, got, names: Object.keys(process.env) }))
}).listen(process.env.PORT, '127.0.0.1')
process.on('SIGTERM', () => process.exit(0))
`

let shop: Shop
let tokenFile: string
const said: string[] = []
const keep = (ended: Ended): Ended => {
  said.push(ended.said)
  return ended
}

beforeAll(async () => {
  shop = await openShop()
  tokenFile = join(shop.directory, 'token')
  await writeFile(tokenFile, `${values.file}\n`, { mode: 0o600 })
  await writeFile(join(shop.directory, 'vault'), values.command, { mode: 0o600 })
  const services = structuredClone(shop.document['services']) as { web: Record<string, unknown> }
  services.web['env'] = { TOKEN: '${FROM_ENV}', DSN: 'postgres://app:${FROM_FILE}@db/shop' }
  const environments = structuredClone(shop.document['environments']) as { test: Record<string, unknown> }
  environments.test['env'] = { REGION_KEY: '${FROM_COMMAND}' }
  await shop.configure({
    services,
    environments,
    secrets: {
      FROM_ENV: { env: 'SHOP_TOKEN' },
      FROM_FILE: { file: 'token' },
      FROM_COMMAND: { command: 'cat vault' },
    },
    maintenance: { during: 'always', allowHeader: { secret: 'FROM_ENV' } },
    databases: {
      main: {
        kind: 'other',
        migrate: {
          command: 'echo "as $ROLE with $DB"; . ./migrate.sh',
          env: { DB: '${FROM_COMMAND}', ROLE: '${FROM_FILE}' },
        },
      },
    },
    checks: {
      health: {
        kind: 'http',
        url: '/health?key=${FROM_ENV}',
        headers: { Authorization: 'Bearer ${FROM_ENV} ${FROM_COMMAND}' },
        expect: { json: { '$.status': 'ok', '$.sent': { contains: 'Bearer' } } },
      },
    },
    verify: { ...(shop.document['verify'] as object), smoke: [] },
  })
})
afterAll(() => shop?.[Symbol.asyncDispose]())

function bundle(version: string, migrate = 'true', status?: string): Promise<string> {
  const behaviour = JSON.stringify({ version, status })
  return shop.bundle(
    version,
    {},
    { 'server.js': server, 'migrate.sh': `${migrate}\n`, 'behaviour.json': behaviour },
  )
}

interface Watched {
  readonly ended: Ended
  readonly seen: readonly string[]
  readonly looks: number
}

/** Runs the command and looks at the argument lists of all processes of the machine while it runs. */
function watched(...words: readonly string[]): Promise<Watched> {
  return watch(shop.start(words, { env: { SHOP_TOKEN: values.env } }))
}

/** The same at a terminal. */
function typing(typed: string, ...words: readonly string[]): Promise<Watched> {
  return watch(shop.start(words, { typed, env: { SHOP_TOKEN: values.env } }))
}

async function watch(started: Started): Promise<Watched> {
  const seen = new Set<string>()
  let looks = 0
  let running = true
  const look = async () => {
    while (running) {
      for (const line of commandLines()) if (holdsCore(line)) seen.add(line)
      looks++
      // Yields to the streams; the pace is not what is tested.
      await sleep(2)
    }
  }
  const watching = look()
  const ended = keep(await started.ended)
  running = false
  await watching
  return { ended, seen: [...seen], looks }
}

function commandLines(): string[] {
  return readdirSync('/proc').flatMap(name => {
    if (!/^\d+$/.test(name)) return []
    try {
      return [readFileSync(`/proc/${name}/cmdline`, 'utf8')]
    } catch {
      // It has ended meanwhile.
      return []
    }
  })
}

/** Also in the dress of base64, in which plans and scripts travel. */
function holdsCore(content: string): boolean {
  const plain = Object.values(cores).some(core => content.includes(core))
  return (
    plain ||
    Object.values(values).some(value => content.includes(Buffer.from(value).toString('base64').slice(0, -4)))
  )
}

async function filesWithCore(directory: string, except: readonly string[]): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const found: string[] = []
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile() && !except.includes(path) && holdsCore(await readFile(path, 'latin1')))
      found.push(path)
  }
  return found
}

test('plans do not hold a secret, nor does a saved plan, which only its owner may read', async () => {
  const path = await bundle('planned')
  const file = join(shop.directory, 'saved-plan.json')

  const shown = await watched('plan', 'deploy', '--bundle', path)
  const saved = await watched('plan', 'deploy', '--bundle', path, '--json', '--save', file)

  expect([shown.ended.code, saved.ended.code], saved.ended.said).toEqual([0, 0])
  expect(holdsCore(await readFile(file, 'utf8'))).toBe(false)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect([...shown.seen, ...saved.seen]).toEqual([])
})

test('a deploy brings the app what it needs, and no argument list shows it', async () => {
  const { ended, seen, looks } = await watched('deploy', '--yes', '--verbose', '--bundle', await bundle('v1'))

  expect(ended.code, ended.said).toBe(0)
  const answer = (await (await fetch(`${shop.url}health`)).json()) as { got: string[]; names: string[] }
  const digest = (text: string) => createHash('sha256').update(text).digest('hex')
  const wanted = [values.env, `postgres://app:${values.file}@db/shop`, values.command]
  expect(answer.got).toEqual(wanted.map(digest))
  expect(answer.names.filter(name => name.startsWith('FROM_'))).toEqual([])
  expect(looks).toBeGreaterThan(10)
  expect(seen).toEqual([])
})

test('--json shows no secret either, and a rollback and a look from outside do not', async () => {
  const next = await watched('deploy', '--yes', '--json', '--bundle', await bundle('v2'))
  const back = await watched('rollback', '--yes', '--json')
  const check = await watched('check', '--health', '--json')
  const run = (await readdir(join(shop.root, '.stellwerk/runs'))).toSorted().at(0) ?? ''
  const others = [
    await watched('status', '--json'),
    await watched('history'),
    await watched('releases'),
    await watched('logs', '--run', run),
    await watched('explain', 'secrets'),
    await watched('doctor', '--json'),
    await watched('doctor', '--report', 'deviations.md'),
    await watched('runbook'),
    await watched('postmortem', run),
    await watched('versions'),
    await watched('maintenance', 'status'),
    await watched('exec', '--', 'env'),
  ]
  expect(holdsCore(await readFile(join(shop.directory, 'deviations.md'), 'utf8'))).toBe(false)

  for (const { ended } of [next, back, check]) expect(ended.code, ended.said).toBe(0)
  expect(next.ended.said).toContain('[secret]')
  expect([next, back, check, ...others].flatMap(({ seen }) => seen)).toEqual([])
})

test('a person with a shell on the host gets none of them', async () => {
  const { ended, seen } = await typing('echo "RELEASE is $RELEASE"; env; exit\n', 'shell')

  expect(ended.code, ended.said).toBe(0)
  expect(ended.said).toMatch(/RELEASE is \d{8}_/)
  expect(seen).toEqual([])
})

describe('what fails and echoes a secret', () => {
  test('a migration', async () => {
    const failing = `echo "cannot sign in as $ROLE with $DB" >&2; printf '%s' "$DB"; exit 3`
    const text = await watched('deploy', '--yes', '--bundle', await bundle('bad-migration', failing))
    const json = await watched(
      'deploy',
      '--yes',
      '--json',
      '--bundle',
      await bundle('bad-migration2', failing),
    )

    expect([text.ended.code, json.ended.code], text.ended.said).toEqual([1, 1])
    expect(text.ended.err).toContain('[secret]')
    expect([...text.seen, ...json.seen]).toEqual([])
  })

  test('a health answer', async () => {
    const text = await watched('deploy', '--yes', '--bundle', await bundle('sick', 'true', 'kritisch'))
    const json = await watched(
      'deploy',
      '--yes',
      '--json',
      '--bundle',
      await bundle('sick2', 'true', 'kritisch'),
    )

    expect([text.ended.code, json.ended.code], text.ended.said).toEqual([1, 1])
    expect(json.ended.said).toContain('kritisch')
    expect([...text.seen, ...json.seen]).toEqual([])
  })

  test('a check that names no secret and meets one all the same', async () => {
    const checks = shop.document['checks'] as object
    await shop.configure({
      checks: {
        ...checks,
        // It reads the team's own file, as an app reads its .env.
        printing: { kind: 'command', on: 'here', command: 'cat token; cat vault >&2; exit 1' },
        // The app answers with the variables that it was started with.
        echoing: { kind: 'http', url: '/mirror', expect: { json: { '$.token': 'none' } } },
      },
    })
    const words = ['check', '--only', 'printing,echoing']
    const text = await watched(...words)
    const json = await watched(...words, '--json')
    await shop.configure({ gates: ['printing'] })
    const path = await bundle('held')
    const gate = await watched('deploy', '--yes', '--json', '--bundle', path)
    const told = await watched('deploy', '--yes', '--bundle', path)
    await shop.configure({ checks, gates: [] })

    for (const { ended } of [text, json, gate, told]) expect(holdsCore(ended.said), ended.said).toBe(false)
    expect(
      [text, json, gate, told].map(({ ended }) => ended.code),
      told.ended.said,
    ).toEqual([5, 5, 1, 1])
    const { results } = JSON.parse(json.ended.out) as {
      results: { check: string; observed: { en: string } }[]
    }
    expect(results.map(({ check, observed }) => [check, observed.en])).toEqual([
      ['printing', 'ended with exit code 1, expected 0: [secret]'],
      ['echoing', expect.stringContaining('[secret]')],
    ])
  })

  test('a command that should print a secret', async () => {
    const secrets = shop.document['secrets'] as object
    await shop.configure({ secrets: { ...secrets, FROM_COMMAND: { command: 'cat token >&2; exit 1' } } })
    const { ended } = await watched('deploy', '--yes', '--bundle', await bundle('no-vault'))
    await shop.configure({ secrets })

    expect(ended.code, ended.said).toBe(3)
    expect(ended.err).toContain('FROM_COMMAND')
  })

  test('a person who signs', async () => {
    const seen = `seen with ${values.env} and ${values.file}`
    await shop.configure({
      signOffs: { look: { title: 'Look', phase: 'before', role: 'qa', evidence: 'text' } },
    })
    const words = ['look', '--version', 'v9', '--evidence', seen, '--by', `Eva ${values.command}`]
    // Its own argument list holds what the person typed; nothing that it starts or says may.
    const env = { SHOP_TOKEN: values.env }
    const ended = keep(await shop.start(['sign-off', 'test', ...words], { env }).ended)
    const list = keep(await shop.start(['sign-off', 'test'], { env }).ended)
    await shop.configure({ signOffs: {} })

    expect([ended.code, list.code], ended.said).toEqual([0, 0])
    expect(await readFile(join(shop.root, '.stellwerk/sign-offs.jsonl'), 'utf8')).toContain('[secret]')
  })

  test('a build asks for none of them', async () => {
    const git = (...words: readonly string[]) =>
      promisify(execFile)('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...words], {
        cwd: shop.directory,
      })
    await shop.configure({
      build: {
        commands: ['mkdir -p out', 'echo hello >out/index.html'],
        output: 'out',
        entries: ['index.html'],
      },
    })
    await git('init', '-q')
    await git('add', 'stellwerk.yaml')
    await git('commit', '-qm', 'first')
    // SHOP_TOKEN is not set here.
    const ended = keep(await shop.start(['build', '--dirty']).ended)
    await shop.configure({ build: undefined })

    expect(ended.code, ended.said).toBe(0)
  })

  test('a file that others may read is refused', async () => {
    await chmod(tokenFile, 0o640)
    const { ended } = await watched('deploy', '--yes', '--bundle', await bundle('open-file'))
    await chmod(tokenFile, 0o600)

    expect(ended.code, ended.said).toBe(3)
    expect(ended.err).toContain('0640')
  })
})

// Last: after all of it.
describe('afterwards', () => {
  test('nothing that was printed holds a secret', () => {
    expect(said.length).toBeGreaterThan(10)
    expect(said.flatMap(text => text.split('\n').filter(holdsCore))).toEqual([])
  })

  test('no file on the host holds a secret', async () => {
    expect(await currentOf(shop.root)).not.toBe('')
    expect(await filesWithCore(shop.root, [])).toEqual([])
    expect(await filesWithCore(shop.hosts[0]?.home ?? '', [])).toEqual([])
  })

  test('no file here holds a secret but those that the team wrote', async () => {
    expect(await filesWithCore(shop.directory, [tokenFile, join(shop.directory, 'vault')])).toEqual([])
    const left = (await readdir(tmpdir())).filter(name => /^(stw-|stellwerk\.)/.test(name))
    const found = await Promise.all(left.map(name => filesWithCore(join(tmpdir(), name), []).catch(() => [])))
    expect(found.flat()).toEqual([])
  })
})
