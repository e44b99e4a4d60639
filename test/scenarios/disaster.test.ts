// The host and its databases are gone; what is left is stellwerk.yaml, the keys and the NAS. The data comes back onto a bare host
// without a release, and a deploy works on top.

import { chmod, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { countRecords, crashAt, sample } from '../rigs/crash.ts'
import { type DataStory, openDataStory } from '../rigs/data-story.ts'
import { full } from '../rigs/full.ts'
import { startNas, whyNoNas } from '../rigs/nas.ts'
import { killAll, workingIn } from '../rigs/processes.ts'
import { tailOf } from '../rigs/story.ts'
import { faultsOf } from '../rigs/story-state.ts'

const why = whyNoNas()
const rows = (data: DataStory) => data.sql('SELECT what FROM calls ORDER BY id')

function stats(data: DataStory): string {
  return join(data.story.hosts[0]?.root ?? '', 'shared/stats/stats.sqlite')
}

function visits(data: DataStory): string {
  using database = new DatabaseSync(stats(data))
  return String(database.prepare('SELECT group_concat(page) AS pages FROM visits').get()?.['pages'])
}

/** A PostgreSQL, a SQLite file and uploads, whose only destination is a NAS. */
async function openDisaster(options: { readonly local?: boolean } = {}): Promise<DataStory> {
  await using undo = new AsyncDisposableStack()
  const nas = undo.use(await startNas())
  const data = undo.use(
    await openDataStory('postgres', {
      ...options,
      document: document => ({
        ...document,
        databases: {
          ...(document['databases'] as object),
          stats: { kind: 'sqlite', file: 'stats/stats.sqlite' },
        },
        release: { keep: 3, shared: { directories: ['stats', 'uploads'] } },
        backup: {
          ...(document['backup'] as object),
          files: { uploads: { paths: ['shared/uploads'] } },
          destinations: {
            nas: {
              kind: 'sftp',
              address: `${nas.user}@127.0.0.1`,
              port: nas.port,
              path: '/volume1/backup',
              hostKey: nas.hostKey,
              identityFile: nas.identityFile,
            },
          },
        },
      }),
    }),
  )
  const shared = join(data.story.hosts[0]?.root ?? '', 'shared')
  for (const name of ['stats', 'uploads/deep']) await mkdir(join(shared, name), { recursive: true })
  await chmod(join(shared, 'uploads/deep'), 0o770)
  using database = new DatabaseSync(stats(data))
  database.exec("CREATE TABLE visits (page text); INSERT INTO visits VALUES ('home'), ('about')")
  await writeFile(join(shared, 'uploads/deep/logo.png'), 'a picture')
  const kept = undo.move()
  return { ...data, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

/** Everything of the app on its host, and its databases. */
async function destroy(data: DataStory): Promise<void> {
  const { root = '' } = data.story.hosts[0] ?? {}
  for (let left = await workingIn([root]); left.length > 0; left = await workingIn([root])) killAll(left)
  await rm(root, { recursive: true, force: true })
  await data.sql('DROP DATABASE IF EXISTS app WITH (FORCE)', 'postgres')
  for (const name of await data.kept()) await data.sql(`DROP DATABASE ${name} WITH (FORCE)`, 'postgres')
}

async function backedUp(data: DataStory): Promise<void> {
  const ended = await data.story.run('backup')
  expect(ended.code, tailOf(ended)).toBe(0)
}

test.skipIf(why !== undefined)('what was on a host that is gone comes back onto a bare one', async () => {
  await using data = await openDisaster()
  const { story } = data
  const bundle = await data.bundle('v1')
  await story.deployed(bundle)
  await backedUp(data)
  await destroy(data)

  const asked = await story.run('restore')
  expect(asked.code, tailOf(asked)).toBe(8)
  expect(asked.said.match(/does not exist today/g)).toHaveLength(2)
  const restored = await story.run('restore', '--confirm', 'app,stats.sqlite')
  expect(restored.code, tailOf(restored)).toBe(0)
  expect(restored.said).toContain('No release serves here')
  expect([await rows(data), visits(data)]).toEqual(['first\nsecond', 'home,about'])
  expect(await data.kept()).toEqual([])

  const files = await story.run('restore', '--app')
  expect(files.code, tailOf(files)).toBe(0)
  const logo = join(dirname(dirname(stats(data))), 'uploads/deep/logo.png')
  expect(await readFile(logo, 'utf8')).toBe('a picture')
  expect((await stat(dirname(logo))).mode & 0o777).toBe(0o770)
  await writeFile(logo, 'another')
  expect((await story.run('restore', '--app')).code).toBe(0)
  expect(await readFile(logo, 'utf8')).toBe('another')

  const release = await story.deployed(bundle)
  expect(await faultsOf(story, [release])).toEqual([])
  expect((await (await fetch(story.hosts[0]?.url ?? '')).text()).trim()).toBe('2')
  expect([await rows(data), visits(data)]).toEqual(['first\nsecond', 'home,about'])
  await backedUp(data)
})

const patience = full ? { timeout: 1_800_000 } : {}
test.skipIf(why !== undefined)('kill -9 on the way leaves nothing or everything', patience, async () => {
  await using data = await openDisaster({ local: true })
  const { story } = data
  await backedUp(data)
  await destroy(data)
  const words = ['restore', 'latest', '--confirm', 'app,stats.sqlite'] as const
  const before = countRecords(story)
  const first = await story.run(...words)
  expect(first.code, tailOf(first)).toBe(0)
  const length = countRecords(story) - before
  const faults: string[] = []
  let hits = 0
  for (const point of sample(
    Array.from({ length }, (_, index) => index + 1),
    4,
  )) {
    await destroy(data)
    const crash = await crashAt(story, words, point)
    hits += Number(crash.hit)
    const at = `record ${point} of ${length} (${crash.last})`
    const recover = await story.run('recover')
    if (recover.code !== 0) faults.push(`${at}: recover ended with ${recover.code}\n${tailOf(recover)}`)
    const there = await data.sql("SELECT count(*) FROM pg_database WHERE datname = 'app'", 'postgres')
    if (there === '1' && (await rows(data)) !== 'first\nsecond') faults.push(`${at}: ${await rows(data)}`)
    const again = await story.run(...words)
    if (again.code !== 0) faults.push(`${at}: again ended with ${again.code}\n${tailOf(again)}`)
    const is = [await rows(data), visits(data)].join('; ')
    if (is !== 'first\nsecond; home,about') faults.push(`${at}: again left ${is}`)
  }
  expect(faults).toEqual([])
  expect(hits).toBeGreaterThan(0)
})

test('a database that cannot be read is only replaced with a reason, and is kept as it is', async () => {
  await using data = await openDataStory('postgres')
  const { story } = data
  await data.deployed('v1')
  await backedUp(data)
  // Signing in as the app would fail, as it does when files of the server are damaged.
  await data.sql('ALTER DATABASE app WITH ALLOW_CONNECTIONS false', 'postgres')
  await data.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'app'", 'postgres')

  const refused = await story.run('restore', '--confirm', 'app')
  expect([refused.code, refused.problems.at(0)?.code], tailOf(refused)).toEqual([1, 'STW-B472'])
  expect(refused.said).toContain('--without-safety-copy')
  const asked = await story.run('restore', '--without-safety-copy', 'its disk is broken')
  expect(asked.code, tailOf(asked)).toBe(8)
  expect(asked.said).toMatch(/! without a safety copy, by [^:]+: its disk is broken/)
  const both = await story.run('restore', '--to', 'x', '--without-safety-copy', 'no')
  expect(both.code).toBe(2)

  const restored = await story.run(
    'restore',
    '--without-safety-copy',
    'its disk is broken',
    '--confirm',
    'app',
  )
  expect(restored.code, tailOf(restored)).toBe(0)
  expect(await rows(data)).toBe('first\nsecond')
  expect(await data.kept()).toHaveLength(1)
})
