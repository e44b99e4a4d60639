// Building a bundle with real git, real commands and a real file system.
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import type { Problem } from '../../src/core/problem.ts'
import type { Event } from '../../src/engine/events.ts'
import { makeLocalHost } from '../../src/hosts/local.ts'
import { type BuildProps, buildBundle } from '../../src/release/bundle/build.ts'
import type { Bundle } from '../../src/release/bundle/bundle.ts'
import { generateKey } from '../../src/release/bundle/minisign-key.ts'
import { openBundle, verifyBundle } from '../../src/release/bundle/open.ts'
import { withEnvironment } from '../rigs/processes.ts'

let directory: string
let repository: string
let events: Event[]
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'build-'))
  repository = join(directory, 'project')
  events = []
  mkdirSync(repository)
  git('init', '-q', '-b', 'main')
})
afterEach(() => {
  rmSync(directory, { recursive: true, force: true })
})

function git(...args: readonly string[]): string {
  const identity = [
    '-c',
    'user.name=A Person',
    '-c',
    'user.email=person@example.org',
    '-c',
    'protocol.file.allow=always',
  ]
  return execFileSync('git', [...identity, ...args], {
    cwd: repository,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim()
}

function write(path: string, content: string): void {
  mkdirSync(dirname(join(repository, path)), { recursive: true })
  writeFileSync(join(repository, path), content)
}

/** Writes, commits, and returns the commit's id. */
function commit(files: Readonly<Record<string, string>>): string {
  for (const [path, content] of Object.entries(files)) write(path, content)
  git('add', '-A')
  git('commit', '-q', '--allow-empty', '-m', 'change')
  return git('rev-parse', 'HEAD')
}

interface Wishes extends Partial<Omit<BuildProps, 'config'>> {
  readonly build?: Partial<BuildProps['config']['build']>
}

async function build({ build: section, ...props }: Wishes = {}) {
  mkdirSync(join(directory, 'tmp'), { recursive: true })
  const result = await buildBundle({
    config: {
      app: 'shop',
      build: {
        commands: [],
        test: [],
        output: '.',
        exclude: [],
        entries: ['server.js'],
        timeout: 60_000,
        env: {},
        ...section,
      },
    },
    directory: repository,
    dirty: false,
    outDirectory: join(directory, 'out'),
    temporaryDirectory: join(directory, 'tmp'),
    now: new Date('2027-01-01T00:00:00Z'),
    clock: systemClock,
    here: makeLocalHost({ name: 'here' }),
    emit: event => events.push(event),
    signal: new AbortController().signal,
    ...props,
  })
  expect(readdirSync(join(directory, 'tmp'))).toEqual([])
  if (!result.ok)
    expect(existsSync(join(directory, 'out')) ? readdirSync(join(directory, 'out')) : []).toEqual([])
  return result
}

async function built(props: Wishes = {}): Promise<Bundle> {
  const result = await build(props)
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  return result.value
}

async function refused(props: Wishes = {}): Promise<Problem> {
  const result = await build(props)
  if (result.ok) throw new Error('built')
  return result.error
}

function paths(bundle: Bundle): string[] {
  return bundle.manifest.files.map(file => file.path)
}

describe('a build of a commit', () => {
  it('holds the commit and its origin', async () => {
    const sha = commit({
      'server.js': 'serve()',
      'package.json': '{"version":"1.4.0"}',
      '.gitignore': 'secret\n',
    })
    write('secret', 'not for the bundle')
    chmodSync(join(repository, 'server.js'), 0o755)
    git('commit', '-q', '-am', 'run')

    const bundle = await built()

    expect(basename(bundle.path)).toBe(`shop-1.4.0-${git('rev-parse', 'HEAD').slice(0, 7)}.stw.tar.zst`)
    expect(bundle.manifest).toMatchObject({
      app: 'shop',
      version: '1.4.0',
      gitSha: git('rev-parse', 'HEAD'),
      dirty: false,
    })
    expect(bundle.manifest.gitSha).not.toBe(sha)
    expect(Date.parse(bundle.manifest.builtAt) / 1000).toBe(Number(git('show', '-s', '--format=%ct')))
    expect(paths(bundle)).toEqual(['.gitignore', 'package.json', 'server.js'])
    expect(bundle.manifest.files[2]?.mode).toBe('0555')
    expect((await verifyBundle(bundle.path, { trust: [] })).ok).toBe(true)
  })

  it('gives the same bytes each time, whatever the clock, the umask or the directory', async () => {
    commit({ 'server.js': 'serve()', 'data/x.bin': 'x'.repeat(300_000), 'data/empty': '' })
    const first = readFileSync((await built()).path)
    const umask = process.umask(0o077)
    const second = await built({
      now: new Date('2031-05-05'),
      outDirectory: join(directory, 'elsewhere'),
    }).finally(() => process.umask(umask))

    expect(readFileSync(second.path).equals(first)).toBe(true)
  })

  it('is of the named ref, whatever the working tree holds', async () => {
    const sha = commit({ 'server.js': 'one' })
    git('tag', 'v1')
    commit({ 'server.js': 'two' })
    write('server.js', 'three')

    const bundle = await built({ ref: 'v1' })

    expect(bundle.manifest).toMatchObject({ gitSha: sha, dirty: false, version: 'v1' })
    expect(bundle.manifest.files[0]?.size).toBe(3)
  })

  it('works on a detached head, in a subdirectory, and inside a hook', async () => {
    commit({ 'app/server.js': 'serve()', 'other/x': 'x' })
    git('checkout', '-q', '--detach')

    const bundle = await built({
      directory: join(repository, 'app'),
      here: makeLocalHost({
        name: 'here',
        env: { ...process.env, GIT_DIR: '/nonexistent', GIT_INDEX_FILE: '/nonexistent' },
      }),
    })

    expect(paths(bundle)).toEqual(['server.js'])
  })

  it('runs commands and tests in the export, with their output as events', async () => {
    commit({ 'src.js': 'code', '.gitignore': 'dist\n' })

    const bundle = await built({
      build: {
        commands: [
          'mkdir dist',
          'echo "$GREETING" | tee dist/server.js; echo ${TOKEN} >&2; tr "\\0" "\\n" </proc/$$/cmdline',
        ],
        test: ['grep -q hello dist/server.js', 'pwd; test ! -e .git'],
        output: 'dist',
        env: { GREETING: '${HELLO}' },
      },
      secret: name => ({ HELLO: 'hello', TOKEN: 'token-abcdef' })[name],
      redact: line => line.replaceAll('token-abcdef', '[secret]'),
    })

    expect(paths(bundle)).toEqual(['server.js'])
    expect(events.filter(event => event.type === 'output').map(event => [event.step, event.line])).toEqual(
      expect.arrayContaining([
        ['build/commands/2', 'hello'],
        ['build/commands/2', '[secret]'],
        ['build/test/2', expect.not.stringContaining(repository)],
      ]),
    )
    expect(events.filter(event => event.type === 'step.end').map(event => event.verdict)).toEqual([
      'pass',
      'pass',
      'pass',
      'pass',
    ])
    expect(JSON.stringify(events)).not.toContain('token-abcdef')
    expect(existsSync(join(repository, 'dist'))).toBe(false)
  })

  it('leaves out what is excluded and keeps links and empty directories', async () => {
    commit({ 'server.js': 'x', 'a.map': 'x', 'sub/b.map': 'x', 'test/t.js': 'x' })

    const bundle = await built({
      build: { commands: ['mkdir -p var/cache; ln -s server.js latest'], exclude: ['**/*.map', 'test'] },
    })

    expect(paths(bundle)).toEqual(['server.js'])
    expect(bundle.manifest.directories).toEqual(['sub', 'var', 'var/cache'])
    expect(bundle.manifest.links).toEqual([{ path: 'latest', target: 'server.js' }])
  })

  it('is signed when a key is named', async () => {
    const pair = await generateKey({})
    commit({ 'server.js': 'x', '.gitignore': 'release.key\n' })
    write('release.key', pair.secretKey.reveal())

    const bundle = await built({ build: { sign: { key: 'release.key' } } })

    expect(await openBundle(bundle.path, { trust: [pair.publicKey] })).toMatchObject({
      ok: true,
      value: {
        signature: {
          keyId: pair.keyId,
          checked: true,
          trustedComment: `shop ${bundle.manifest.version} ${bundle.manifest.gitSha}`,
        },
      },
    })
  })

  it('warns of names that collide elsewhere', async () => {
    commit({ 'server.js': 'x', Readme: 'a', README: 'b', 'back\\slash': 'c' })

    await built()

    const warnings = events.flatMap(event => (event.type === 'warning' ? [event.text.en] : []))
    expect(warnings).toEqual([
      expect.stringContaining('"README" and "Readme"'),
      expect.stringContaining('BusyBox'),
    ])
  })
})

describe('a working tree', () => {
  it.each([
    ['a changed file', () => write('server.js', 'changed')],
    ['a new file', () => write('new.js', 'new')],
    ['a deleted file', () => unlinkSync(join(repository, 'other.js'))],
    [
      'a staged file',
      () => {
        write('staged.js', 'x')
        git('add', '-A')
      },
    ],
  ])('that is not the commit is refused: %s', async (_, change) => {
    commit({ 'server.js': 'x', 'other.js': 'y' })
    change()

    expect(await refused()).toMatchObject({ code: 'STW-R103', evidence: expect.stringContaining('.js') })
  })

  it('is built with --dirty: changed and new files, not ignored or deleted ones; recorded', async () => {
    const sha = commit({ 'server.js': 'x', 'gone.js': 'y', '.gitignore': 'ignored\n' })
    write('server.js', 'changed')
    write('new/file.js', 'new')
    write('ignored', 'secret')
    unlinkSync(join(repository, 'gone.js'))
    symlinkSync('server.js', join(repository, 'link'))

    const bundle = await built({ dirty: true })

    expect(bundle.manifest).toMatchObject({ gitSha: sha, dirty: true, builtAt: '2027-01-01T00:00:00Z' })
    expect(basename(bundle.path)).toContain(`${sha.slice(0, 7)}-dirty.`)
    expect(paths(bundle)).toEqual(['.gitignore', 'new/file.js', 'server.js'])
    expect(bundle.manifest.links).toHaveLength(1)
    expect(bundle.manifest.files[2]?.size).toBe(7)
  })

  it('without changes is the commit, also with --dirty', async () => {
    commit({ 'server.js': 'x' })

    expect((await built({ dirty: true })).manifest.dirty).toBe(false)
  })

  it('is not dirty because of bundles that were built into it', async () => {
    commit({ 'server.js': 'x' })
    await built({ outDirectory: join(repository, 'bundles') })
    await built({ outDirectory: repository })

    expect((await built({ outDirectory: join(repository, 'bundles') })).manifest.dirty).toBe(false)
  })

  it('outside of git is refused, or built as nobody’s commit with --dirty', async () => {
    rmSync(join(repository, '.git'), { recursive: true })
    write('server.js', 'x')

    expect(await refused()).toMatchObject({ code: 'STW-R101' })
    const bundle = await built({ dirty: true })
    expect(bundle.manifest).toMatchObject({ gitSha: '0'.repeat(40), dirty: true, version: '0.0.0' })
    expect(paths(bundle)).toEqual(['server.js'])
  })
})

describe('a build is refused', () => {
  it.each([
    ['before the first commit', {}, 'STW-R102', '"HEAD"'],
    ['for an unknown ref', { ref: 'v99' }, 'STW-R102', '"v99"'],
    ['for a ref that is an option', { ref: '--output=/tmp/x' }, 'STW-R102', '--output'],
    ['for a ref together with --dirty', { ref: 'main', dirty: true }, 'STW-R103', '"main"'],
  ])('%s', async (name, props, code, named) => {
    if (!name.startsWith('before')) commit({ 'server.js': 'x' })

    const problem = await refused(props)

    expect(problem.code).toBe(code)
    expect(problem.what.en).toContain(named)
  })

  it.each<[string, Wishes['build'], string, string]>([
    [
      'when a command fails',
      { commands: ['echo broken >&2; exit 3'] },
      'STW-R107',
      'The build failed: echo broken',
    ],
    [
      'when a command uses an unset variable',
      { commands: ['echo "$NOT_SET_ANYWHERE"'] },
      'STW-R107',
      'The build failed',
    ],
    ['when the first of two lines fails', { commands: ['false\ntrue'] }, 'STW-R107', 'The build failed'],
    ['when a test fails', { test: ['false'] }, 'STW-R107', 'The tests failed: false'],
    [
      'when an entry is missing',
      { entries: ['server.js', 'public/index.php'] },
      'STW-R109',
      '"public/index.php"',
    ],
    ['when an entry is empty', { commands: [': > server.js'] }, 'STW-R109', '"server.js"'],
    [
      'when an entry is excluded',
      { commands: ['touch other'], exclude: ['server.js'] },
      'STW-R109',
      '"server.js"',
    ],
    ['when an entry is a directory', { commands: ['mkdir d'], entries: ['d'] }, 'STW-R109', '"d"'],
    [
      'when an entry is a dangling link',
      { commands: ['ln -s nowhere l'], entries: ['l'] },
      'STW-R109',
      '"l"',
    ],
    ['without its output', { output: 'dist' }, 'STW-R108', '"dist"'],
    ['with a file as its output', { output: 'server.js' }, 'STW-R108', '"server.js"'],
    ['when everything is excluded', { exclude: ['**'] }, 'STW-R108', '"."'],
    ['with an absolute link', { commands: ['ln -s /etc/passwd l'] }, 'STW-R124', '"l" -> "/etc/passwd"'],
    ['with a link to outside', { commands: ['mkdir d; ln -s ../../x d/l'] }, 'STW-R124', '"d/l"'],
    ['with a pipe', { commands: ['mkfifo pipe'] }, 'STW-R123', '"pipe"'],
    ['with a newline in a name', { commands: ["touch 'a\nb'"] }, 'STW-R123', '"a\\nb"'],
    ['with a name that is not UTF-8', { commands: ['touch "$(printf \'caf\\351\')"'] }, 'STW-R123', 'caf'],
    ['with a name of its own', { commands: ['touch SHA256SUMS'] }, 'STW-R123', '"SHA256SUMS"'],
    ['without its signing key', { sign: { key: 'none.key' } }, 'STW-R112', 'none.key'],
  ])('%s', async (_, section, code, named) => {
    commit({ 'server.js': 'x' })

    const problem = await refused({ build: { ...section } })

    expect(problem.code).toBe(code)
    expect(problem.what.en).toContain(named)
    expect(problem.what.de).not.toBe(problem.what.en)
  })

  it('and shows the last lines of the command, without its secrets', async () => {
    commit({ 'server.js': 'x' })

    const problem = await refused({
      build: { commands: ['echo why it failed: hunter22; exit 1'] },
      redact: line => line.replaceAll('hunter22', '[secret]'),
    })

    expect(problem.evidence).toBe('why it failed: [secret]')
  })

  it('with a submodule, in a commit and in a working tree', async () => {
    const other = join(directory, 'other')
    commit({ 'server.js': 'x' })
    git('clone', '-q', '.', other)
    git('submodule', 'add', '-q', other, 'libs/other')
    commit({})

    expect(await refused()).toMatchObject({
      code: 'STW-R104',
      what: { en: expect.stringContaining('"libs/other"') },
    })
    write('server.js', 'changed')
    expect(await refused({ dirty: true })).toMatchObject({ code: 'STW-R104' })
  })

  it('with a Git LFS pointer whose file was not fetched', async () => {
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 5\n`
    commit({
      'server.js': 'x',
      'models/net.bin': pointer,
      'docs/lfs.md': `# A pointer starts with\n${pointer}`,
    })

    expect(await refused()).toMatchObject({ code: 'STW-R105', where: { file: 'models/net.bin' } })
  })

  it('when the time of all commands together is over, and ends what they started', async () => {
    commit({ 'server.js': 'x' })
    const mark = `BUILD_MARK=${basename(directory)}`

    const problem = await refused({
      build: {
        commands: ['true', 'sleep 600 & sleep 600'],
        timeout: 700,
        env: { BUILD_MARK: basename(directory) },
      },
    })

    expect(problem).toMatchObject({
      code: 'STW-R107',
      why: { en: expect.stringContaining('700 ms (build.timeout)') },
    })
    expect(await withEnvironment(mark)).toEqual([])
  })

  it('when it is cancelled', async () => {
    commit({ 'server.js': 'x' })
    const controller = new AbortController()

    const problem = await refused({
      build: { commands: ['echo started; sleep 600'] },
      signal: controller.signal,
      emit: event => {
        if (event.type === 'output') controller.abort()
      },
    })

    expect(problem.code).toBe('STW-R113')
  })

  it('when the bundle cannot be written', async () => {
    commit({ 'server.js': 'x' })
    const file = join(directory, 'a-file')
    writeFileSync(file, '')

    expect(await refused({ outDirectory: join(file, 'out') })).toMatchObject({ code: 'STW-R111' })
  })
})

it('unpacks what Git LFS has, where it is installed', async () => {
  git('lfs', 'install', '--local')
  git('lfs', 'track', '*.bin')
  commit({ 'server.js': 'x', 'net.bin': 'the real content' })
  expect(git('show', 'HEAD:net.bin')).toContain('git-lfs')

  const bundle = await built()

  expect(bundle.manifest.files.find(file => file.path === 'net.bin')?.size).toBe('the real content'.length)
})
