// Two gates of the service book are commands on the machine that deploys. Each says no to what the guide does not mean.
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parse } from 'yaml'

const example = join(import.meta.dirname, '../examples/serviceheft')
const { checks } = parse(readFileSync(join(example, 'stellwerk.yaml'), 'utf8'))

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'stellwerk-gates-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const run = (check: string, cwd: string) =>
  spawnSync('sh', ['-euc', checks[check].command], { cwd, encoding: 'utf8' })

test('tag-pushed wants the tag of a release candidate on what is checked out, and the same one at the remote', () => {
  const [repository, origin] = [join(directory, 'repository'), join(directory, 'origin.git')]
  const git = (...words: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...words], {
      cwd: repository,
      stdio: 'pipe',
      env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null' },
    })
  execFileSync('git', ['init', '-q', '--initial-branch=main', repository])
  execFileSync('git', ['init', '-q', '--bare', origin])
  git('remote', 'add', 'origin', origin)
  const commit = () => git('commit', '-q', '--allow-empty', '-m', 'change')
  const passes = () => run('tag-pushed', repository).status === 0
  commit()

  const untagged = passes()
  git('tag', 'v1')
  git('push', '-q', '--tags', 'origin', 'main')
  const otherTag = passes()
  git('tag', '-a', 'rc-2026-03-01', '-m', 'candidate')
  const onlyHere = passes()
  git('push', '-q', '--tags', 'origin')
  const pushed = passes()
  commit()
  const oneCommitLater = passes()
  git('tag', '-f', 'rc-2026-03-01')
  const elsewhereThere = passes()
  rmSync(origin, { recursive: true })
  const nobodyAnswers = passes()

  expect({ untagged, otherTag, onlyHere, pushed, oneCommitLater, elsewhereThere, nobodyAnswers }).toEqual({
    untagged: false,
    otherTag: false,
    onlyHere: false,
    pushed: true,
    oneCommitLater: false,
    elsewhereThere: false,
    nobodyAnswers: false,
  })
})

test('secrets-documented names a secret that the app reads and .env.example does not explain', () => {
  cpSync(example, directory, {
    recursive: true,
    filter: source => !/node_modules|storage|dist/.test(source.slice(example.length)),
  })
  const good = run('secrets-documented', directory)
  const settings = join(directory, 'src/settings.ts')
  writeFileSync(settings, `${readFileSync(settings, 'utf8')}\nexport const key = 'LTC_STORE_KEY'\n`)
  const bad = run('secrets-documented', directory)

  expect([good.status, good.stdout], good.stderr).toEqual([
    0,
    expect.stringContaining(checks['secrets-documented'].expect.output.contains),
  ])
  expect([bad.status, bad.stderr]).toEqual([1, expect.stringContaining('LTC_STORE_KEY')])
})
