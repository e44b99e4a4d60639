import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parse } from 'yaml'
import { commitVariant, makeAskproRepo } from '../../examples/askpro/variants/repository.ts'
import { variants } from '../../examples/askpro/variants/variants.ts'

let parent: string
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'askpro-variants-'))
})
afterEach(() => rmSync(parent, { recursive: true, force: true }))

test('the repository holds v1 at its place, and every variant as a tagged commit', () => {
  const directory = join(parent, 'repository')
  const place = {
    root: '/srv/it',
    listen: '127.0.0.1:4400',
    ports: [4401, 4402] as const,
    node: '/opt/no de/node',
  }

  const first = makeAskproRepo(directory, place)
  for (const variant of variants.slice(1)) commitVariant(directory, variant)

  const git = (...words: string[]) => execFileSync('git', words, { cwd: directory, encoding: 'utf8' }).trim()
  expect(git('rev-parse', 'v1')).toBe(first)
  expect(git('tag', '--list').split('\n').sort()).toEqual([...variants].sort())
  expect(git('status', '--porcelain')).toBe('')
  expect(git('ls-files', 'variants', 'storage', 'public')).toBe('')
  expect(git('show', 'v2:package.json')).toContain('"2.0.0"')
  expect(git('diff', '--name-only', 'v1', 'v4').split('\n')).toContain('migrations/0003_reminders.sql')
  const config = parse(readFileSync(join(directory, 'stellwerk.yaml'), 'utf8'))
  expect(config.environments.local.root).toBe('/srv/it')
  expect(config.services.web).toMatchObject({ ports: [4401, 4402], command: "'/opt/no de/node' src/web.ts" })
  expect(config.databases.main.migrate.pending).toBe("'/opt/no de/node' src/migrate.ts --pending")
})

// What the other variants are, askpro-bad-releases.test.ts shows; v4 is the one that only the demo uses.
test('v4 builds, and its own tests are green', { timeout: 60_000 }, () => {
  const directory = join(parent, 'repository')
  makeAskproRepo(directory)
  commitVariant(directory, 'v4')

  const build = spawnSync('npm', ['run', 'build'], { cwd: directory, encoding: 'utf8' })
  const tests = spawnSync('npm', ['test'], { cwd: directory, encoding: 'utf8' })

  expect([build.status, tests.status], build.stderr + tests.stdout).toEqual([0, 0])
})
