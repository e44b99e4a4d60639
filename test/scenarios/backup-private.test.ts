// S22 for deploys: what a set before a migration is made with, and what the way back needs, reaches who needs it and nobody else.
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test, vi } from 'vitest'
import { isThere, looseModes, openBackupStory } from '../rigs/backup-story.ts'
import type { Ended } from '../rigs/command-line.ts'
import { crashOnce } from '../rigs/crash.ts'
import { columnsOf, type DataStory, openDataStory } from '../rigs/data-story.ts'
import { tailOf } from '../rigs/story.ts'
import type { Document } from '../rigs/story-app.ts'

afterEach(() => void vi.unstubAllEnvs())

test('what lies in the spool of a backup that died is for its owner alone', async () => {
  await using backups = await openBackupStory()
  const { story, directory } = backups
  const spool = join(directory, 'spool')
  const crash = await crashOnce(story, ['backup'], () =>
    isThere(spool, /files-uploads\.tar\.part$/, () => true),
  )
  expect(crash.hit).toBe(true)

  const [set = ''] = await readdir(spool)
  const names = await readdir(join(spool, set))
  expect(
    names.filter(name => /^(db-main|db-second|files-uploads)\./.test(name)).length,
  ).toBeGreaterThanOrEqual(9)
  expect(await looseModes(spool)).toEqual([])
  const runs = join(directory, '.stellwerk/runs')
  for (const run of await readdir(runs)) expect((await stat(join(runs, run))).mode & 0o777).toBe(0o700)
})

/** Runs a command and looks at the argument lists of all processes meanwhile. */
async function watched(
  data: DataStory,
  cores: readonly string[],
  ...words: [string, ...string[]]
): Promise<Ended> {
  const seen = new Set<string>()
  const running = data.story.start(...words)
  let over = false
  const ended = running.ended.finally(() => {
    over = true
  })
  let looks = 0
  while (!over) {
    for (const line of commandLines()) if (cores.some(core => line.includes(core))) seen.add(line)
    looks++
    await sleep(2)
  }
  expect(looks).toBeGreaterThan(20)
  expect([...seen]).toEqual([])
  const result = await ended
  expect(result.said.split('\n').filter(line => cores.some(core => line.includes(core)))).toEqual([])
  return result
}

function commandLines(): readonly string[] {
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

test('a password and a private key serve a set and its way back, and are seen nowhere', async () => {
  const key = execFileSync('age-keygen', { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  const identity = /AGE-SECRET-KEY-\S+/.exec(key)?.[0] ?? ''
  const recipient = /age1\S+/.exec(key)?.[0] ?? ''
  const password = `it's "${randomBytes(12).toString('hex')}" \\ $HOME`
  const cores = [/[0-9a-f]{24}/.exec(password)?.[0] ?? '', identity.slice(20, 50)]
  vi.stubEnv('APP', password)
  vi.stubEnv('AGE', identity)
  await using data = await openDataStory('postgres', {
    local: true,
    document: given => {
      const { main } = given['databases'] as { main: Document }
      const { socket: _, ...server } = main
      return {
        ...given,
        secrets: { APP: { env: 'APP' }, AGE: { env: 'AGE' } },
        databases: {
          main: { ...server, address: '127.0.0.1', user: 'app', password: '${APP}' },
        },
        backup: {
          ...(given['backup'] as Document),
          encrypt: { recipients: [recipient], identity: '${AGE}' },
        },
      }
    },
  })
  const literal = password.replaceAll("'", "''")
  await data.sql(
    `SET standard_conforming_strings = on; CREATE ROLE app LOGIN SUPERUSER PASSWORD '${literal}'`,
    'postgres',
  )
  await data.deployed('v1')
  const half = ['ALTER TABLE calls ADD COLUMN half text', 'ALTER TABLE nowhere ADD COLUMN other text']

  const failed = await watched(data, cores, 'deploy', '--bundle', await data.bundle('v2', half))
  const done = await watched(
    data,
    cores,
    'deploy',
    '--bundle',
    await data.bundle('v3', ['ALTER TABLE calls ADD COLUMN more text']),
  )

  expect(failed.code, tailOf(failed)).toBe(1)
  expect(done.code, tailOf(done)).toBe(0)
  expect(await columnsOf(data)).toBe('id,what,more')
  const files = await readdir(data.story.directory, { recursive: true, withFileTypes: true })
  const paths = files.flatMap(file => (file.isFile() ? [join(file.parentPath, file.name)] : []))
  for (const ending of ['plan.json', 'output.log', 'journal.jsonl', 'manifest.json', '.age'])
    expect(
      paths.some(path => path.endsWith(ending)),
      ending,
    ).toBe(true)
  const held = await Promise.all(
    paths.map(async path => {
      const content = await readFile(path, 'latin1')
      return cores.some(core => content.includes(core)) ? [path] : []
    }),
  )
  expect(held.flat()).toEqual([])
  expect(await looseModes(data.disk)).toEqual([])
})
