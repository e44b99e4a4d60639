// Variables and secrets on a real host, a repository by real git. Whatever is said, no value is ever in it.
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { runCheck } from '../../src/checks/index.ts'
import type { Check } from '../../src/config/schema/check.ts'
import type { Given } from '../../src/config/schema/checks/given.ts'
import type { CheckResult } from '../../src/engine/check-result.ts'
import type { Host } from '../../src/engine/host.ts'
import { makeLocalHost } from '../../src/hosts/local.ts'
import { aCheck, aContext, Rig } from './checks.rig.ts'

const rig = new Rig()
afterAll(() => rig.close())

const sentinel = `sentinel${randomBytes(24).toString('hex')}`
const words = `sentinel value "with" $words ${randomBytes(6).toString('hex')}`
let root: string
let directory: string
beforeEach(() => {
  root = rig.directory()
  directory = rig.directory()
})

function put(base: string, path: string, content: string, mode = 0o600): void {
  mkdirSync(dirname(join(base, path)), { recursive: true })
  writeFileSync(join(base, path), content)
  chmodSync(join(base, path), mode)
}

function busyboxHost(): Host {
  const bin = rig.directory()
  const applets = execFileSync('busybox', ['--list'], { encoding: 'utf8' }).trim().split('\n')
  for (const applet of applets) symlinkSync('/bin/busybox', join(bin, applet))
  return makeLocalHost({ name: 'alpine', env: { PATH: bin } })
}

async function run(
  check: Record<string, unknown>,
  given?: Given,
  host = makeLocalHost({ name: 'web1' }),
): Promise<CheckResult> {
  const secret = (name: string) => ({ APP_KEY: sentinel, DB_PASSWORD: words, WEAK: 'password1' })[name]
  const whole: Check = { ...aCheck(check), ...(given && { given }) }
  const result = await runCheck('it', whole, aContext({ host, root, directory, secret }))
  const all = JSON.stringify(result)
  for (const value of [sentinel, words, JSON.stringify(words).slice(1, -1), 'password1'])
    expect(all).not.toContain(value)
  return result
}

describe.each([
  ['the local sh', () => makeLocalHost({ name: 'web1' })],
  ['BusyBox', busyboxHost],
])('variables, by %s', (_, makeHost) => {
  const env = (check: Record<string, unknown>, given?: Given) =>
    run({ kind: 'env', file: 'shared/.env', ...check }, given, makeHost())

  test('as they must be', async () => {
    put(
      root,
      'shared/.env',
      `APP_ENV=production\nKEY=${sentinel}\nLIMIT=13.5\nPASS="${words.replaceAll('"', '\\"')}"\n`,
    )
    const result = await env({
      require: ['KEY', 'PASS'],
      match: { APP_ENV: 'production', LIMIT: { max: 13.6 }, PASS: { contains: 'words' } },
      forbid: ['DEV_HEADERS'],
    })
    expect([result.verdict, result.observed]).toEqual([
      'pass',
      { en: '4 variables as they must be', de: '4 Variablen, wie sie sein müssen' },
    ])
  })

  test('unset, wrong, forbidden and undecided ones are named, all at once', async () => {
    put(
      root,
      'shared/.env',
      `APP_ENV=${sentinel}\nNODE_ENV=production\nEMPTY=\nDEV_HEADERS=\nLIMIT=14\nTOKEN=<your token>\nHOST=CHANGEME\nMODE=todo\n`,
    )
    const result = await env({
      require: ['EMPTY', 'MISSING'],
      match: { APP_ENV: 'production', LIMIT: { max: 13.6 } },
      forbid: ['DEV_HEADERS'],
    })
    expect([result.verdict, result.observed]).toEqual([
      'fail',
      {
        en: 'EMPTY, MISSING: not set; APP_ENV is (hidden), expected "production"; LIMIT is (hidden), expected at most 13.6; DEV_HEADERS: set, but forbidden; TOKEN, HOST, MODE: still a placeholder',
        de: 'EMPTY, MISSING: nicht gesetzt; APP_ENV ist (hidden), erwartet "production"; LIMIT ist (hidden), erwartet höchstens 13.6; DEV_HEADERS: gesetzt, aber verboten; TOKEN, HOST, MODE: noch ein Platzhalter',
      },
    ])
  })

  test('a file that is not there, or holds something else, is unknown', async () => {
    const gone = await env({ require: ['A'] })
    put(root, 'shared/.env', '# nothing left\n')
    const empty = await env({ forbid: ['DEV_HEADERS'] })
    expect([empty.verdict, empty.observed.en]).toEqual(['unknown', 'shared/.env holds no variable'])
    put(root, 'shared/.env', `A=1\n${sentinel}\n`)
    const strange = await env({ require: ['A'] })
    put(root, 'shared/.env', `A=${'x'.repeat(70_000)}\n`)
    const long = await env({ require: ['A'] })

    expect([gone, strange, long].map(({ verdict, observed }) => [verdict, observed.en])).toEqual([
      ['unknown', 'shared/.env does not exist'],
      ['unknown', 'shared/.env holds what is no variable (line 2)'],
      ['unknown', 'shared/.env is too long to be looked at'],
    ])
  })

  test('variables of a service join those of the file and win', async () => {
    put(root, 'shared/.env', 'MODE=file\nOTHER=1\n')
    const given = {
      variables: { MODE: 'service', DATABASE_URL: 'postgres://app:${DB_PASSWORD}@db/app', X: '${PORT}' },
    }
    const check = {
      service: 'api',
      require: ['OTHER'],
      match: { MODE: 'service', DATABASE_URL: { contains: 'words' } },
    }
    const both = await env(check, given)
    const alone = await run({ kind: 'env', service: 'api', require: ['X'] }, given)
    const unknown = await env(check)

    expect([both.verdict, alone.verdict, unknown.verdict]).toEqual(['pass', 'unknown', 'unknown'])
    expect([alone.observed.en, unknown.observed.en]).toEqual(['no value for PORT', 'nothing is known of api'])
  })
})

describe('a secret', () => {
  test('that is long, strong, young and its owner’s', async () => {
    put(root, 'shared/.env', `OTHER=1\nKEY=${sentinel}\n`)
    const file = {
      kind: 'secret',
      file: 'shared/.env',
      variable: 'KEY',
      minLength: 32,
      minEntropy: 128,
      maxAge: '90d',
    }
    const onHost = await run(file)
    const declared = await run({
      kind: 'secret',
      secret: 'APP_KEY',
      minLength: 32,
      rotated: new Date().toISOString().slice(0, 10),
      maxAge: '90d',
    })

    expect([onHost.verdict, onHost.observed.en, onHost.host]).toEqual([
      'pass',
      expect.stringMatching(/^56 characters, \d{3} bits, mode 0600, 0 days old$/),
      'web1',
    ])
    expect([declared.verdict, declared.observed.de]).toEqual([
      'pass',
      expect.stringMatching(/^56 Zeichen, \d{3} Bit, 0 Tage alt$/),
    ])
  })

  test('that is weak, readable by others and overdue says so, all at once', async () => {
    put(root, 'shared/key', 'password1\n', 0o644)
    const old = new Date(Date.now() - 100 * 86_400_000)
    utimesSync(join(root, 'shared/key'), old, old)
    const result = await run({
      kind: 'secret',
      file: 'shared/key',
      minLength: 32,
      minEntropy: 128,
      maxAge: '90d',
    })
    const empty = await run({ kind: 'secret', file: 'shared/key', variable: 'KEY', minLength: 1 })

    expect([result.verdict, result.observed.en]).toEqual([
      'fail',
      expect.stringMatching(
        /^9 characters, expected at least 32; \d+ bits, expected at least 128; others may read its file \(mode 0644\), expected at most 0600; 100 days old, expected at most 90: 1[01] days overdue$/,
      ),
    ])
    expect([empty.verdict, empty.observed.en]).toEqual(['fail', 'KEY is not set in shared/key'])
  })

  test('that nobody has, or whose age nobody knows, is unknown', async () => {
    const none = await run({ kind: 'secret', secret: 'NOBODY', minLength: 1 })
    const gone = await run({ kind: 'secret', file: 'shared/key', minLength: 1 })
    const ageless = await run({ kind: 'secret', secret: 'APP_KEY', maxAge: '90d' })
    const both = await run({ kind: 'secret', secret: 'WEAK', maxAge: '90d', minLength: 20 })

    expect([none, gone, ageless].map(({ verdict, observed }) => [verdict, observed.en])).toEqual([
      ['unknown', 'no value for NOBODY'],
      ['unknown', 'shared/key does not exist'],
      ['unknown', 'nothing tells how old it is: write the day into rotated'],
    ])
    expect(both.verdict).toBe('fail')
  })

  test('that was replaced in the future has no age', async () => {
    const rotated = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10)
    const result = await run({ kind: 'secret', secret: 'APP_KEY', maxAge: '90d', rotated })
    expect([result.verdict, result.observed.en]).toEqual([
      'unknown',
      'nothing tells how old it is: its day lies in the future',
    ])
  })

  test('the file it comes from on this machine is looked at', async () => {
    put(directory, 'secrets/key', sentinel, 0o640)
    const given = { file: join(directory, 'secrets/key') }
    const red = await run({ kind: 'secret', secret: 'APP_KEY', minLength: 1 }, given)
    chmodSync(given.file, 0o400)
    const green = await run({ kind: 'secret', secret: 'APP_KEY', maxAge: '1d' }, given)
    rmSync(given.file)
    const gone = await run({ kind: 'secret', secret: 'APP_KEY', minLength: 1 }, given)

    expect([red.verdict, green.verdict, gone.verdict]).toEqual(['fail', 'pass', 'unknown'])
  })
})

describe('the repository', () => {
  const git = (...args: string[]) => execFileSync('git', ['-C', directory, ...args], { stdio: 'ignore' })
  const scan = (props: Record<string, unknown> = {}, given?: Given) =>
    run({ kind: 'secret', secret: 'APP_KEY', notInRepository: true, timeout: '60s', ...props }, given)

  test('without git nothing is known', async () => {
    const result = await scan()
    expect([result.verdict, result.observed.en]).toEqual([
      'unknown',
      'git tracks nothing around stellwerk.yaml',
    ])
  })

  test('a list that git could not give proves nothing', async () => {
    git('init', '-q')
    const empty = await scan()
    put(directory, 'app.js', 'x')
    git('add', 'app.js')
    writeFileSync(join(directory, '.git/index'), 'torn')
    const torn = await scan()

    expect([empty.verdict, torn.verdict]).toEqual(['unknown', 'unknown'])
  })

  test('all of a repository that begins above is looked at', async () => {
    git('init', '-q')
    put(directory, 'src/app.js', `key = "${sentinel}"\n`)
    git('add', 'src')
    mkdirSync(join(directory, 'deploy'))
    directory = join(directory, 'deploy')
    const found = await scan()
    expect([found.verdict, found.observed.en]).toEqual(['fail', 'in the repository: ../src/app.js:1'])
  })

  test('what git still holds counts, whatever the working tree has', async () => {
    git('init', '-q')
    put(directory, '.env', `A=1\nKEY=${sentinel}\n`)
    put(directory, 'index', 'x')
    git('add', '.')
    const staged = await scan()
    rmSync(join(directory, '.env'))
    const beforeCommit = await scan()
    git('-c', 'user.name=x', '-c', 'user.email=x@y', 'commit', '-qm', 'x')
    const deleted = await scan()
    put(directory, '.env', 'A=1\n')
    const edited = await scan()
    git('add', '.env')
    const replaced = await scan()
    put(directory, 'index', 'y')
    put(directory, 'zero', 'y')
    git('add', 'index', 'zero')
    git('rm', '-q', '--cached', '.env')
    const removed = await scan()
    git('-c', 'user.name=x', '-c', 'user.email=x@y', 'commit', '-qm', 'y')
    const clean = await scan()

    expect(staged.observed.en).toBe('in the repository: .env:2')
    for (const result of [beforeCommit, deleted, edited, replaced, removed])
      expect([result.verdict, result.observed.en]).toEqual(['fail', 'in the repository: .env:2 (git)'])
    expect(clean.verdict).toBe('pass')
  })

  test('what cannot be read is no proof', async () => {
    git('init', '-q')
    put(directory, 'app.js', 'x')
    put(directory, 'lost.js', 'y')
    git('add', '.')
    put(directory, 'built', 'a file where a directory was expected')
    const none = await scan({}, { built: [join(directory, 'dist')] })
    const strange = await scan({}, { built: [join(directory, 'built')] })
    rmSync(join(directory, 'lost.js'))
    const objects = join(directory, '.git/objects')
    rmSync(
      join(
        objects,
        execFileSync('git', ['-C', directory, 'hash-object', '--stdin'], {
          input: 'y',
          encoding: 'utf8',
        }).slice(0, 2),
      ),
      { recursive: true },
    )
    const lost = await scan()

    expect([none.verdict, strange.verdict, lost.verdict]).toEqual(['pass', 'unknown', 'unknown'])
    expect([strange.observed.en, lost.observed.en]).toEqual([
      'built cannot be looked at',
      'lost.js cannot be looked at',
    ])
  })

  test('tracked files and what was built must be free of the value and of other secrets', async () => {
    git('init', '-q')
    put(directory, 'src/app.js', 'console.log("hello")\n')
    put(directory, '.env', `KEY=${sentinel}\n`)
    put(directory, "with 'quote\nand line.txt", 'x')
    git('add', 'src', "with 'quote\nand line.txt")
    const clean = await scan()
    expect([clean.verdict, clean.observed.en]).toEqual([
      'pass',
      expect.stringMatching(/, not in 2 files of the repository$/),
    ])

    put(directory, 'dist/app.js', `\nfetch("/", {key: "${sentinel}"})\n`)
    const built = await scan({}, { built: [join(directory, 'dist')] })
    expect([built.verdict, built.observed.en]).toEqual(['fail', 'in the repository: dist/app.js:2'])

    const token = ['ghp_', 'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'].join('')
    put(directory, 'test/token.txt', `one\n${token}\n`)
    put(directory, 'encoded.txt', `a\nb\n${Buffer.from(sentinel).toString('base64')}\n`)
    git('add', 'test', 'encoded.txt')
    const found = await scan()
    const known = await scan({ ignore: ['test', 'encoded.txt'] })
    expect(found.observed.en).toBe('in the repository: encoded.txt:3, test/token.txt:2 (github)')
    expect(known.observed.de).toBe('im Repository: encoded.txt:3')
    expect([found.verdict, known.verdict]).toEqual(['fail', 'fail'])
    expect(JSON.stringify(found)).not.toContain(token)
    expect(existsSync(join(directory, 'test/token.txt'))).toBe(true)
  })
})
