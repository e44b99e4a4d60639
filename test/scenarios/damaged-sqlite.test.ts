// A SQLite file that is really damaged: the backup fails loudly, its files are kept as evidence that counts for nothing, and every check
// says so. An intact one stays what it is.
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parseSqliteLook, sqliteLookFragment } from '../../src/databases/sqlite/look.ts'
import { withoutTools } from '../contracts/database-bench.ts'
import { openBackupStory } from '../rigs/backup-story.ts'
import { openDataStory } from '../rigs/data-story.ts'
import { runFragment } from '../rigs/fragment.ts'
import { tailOf } from '../rigs/story.ts'

const execute = promisify(execFile)
const page = 4096

function fill(file: string): void {
  using db = new DatabaseSync(file)
  db.exec('DROP TABLE IF EXISTS calls; CREATE TABLE calls (id INTEGER PRIMARY KEY, what text)')
  db.exec('CREATE INDEX calls_what ON calls (what)')
  db.exec(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO calls SELECT i, 'call ' || i || hex(zeroblob(30)) FROM n",
  )
}

/** Overwrites a leaf in the middle: type 13 of a table, 10 of an index. */
async function overwrite(file: string, type: number): Promise<void> {
  const content = await readFile(file)
  const leaves: number[] = []
  for (let at = page; at < content.length; at += page) if (content[at] === type) leaves.push(at)
  const at = leaves[Math.floor(leaves.length / 2)]
  if (at === undefined) throw new Error(`no page of type ${type}`)
  content.fill(0xab, at, at + page)
  await writeFile(file, content)
}

const damages: Readonly<Record<string, (file: string) => Promise<void>>> = {
  'a page of a table': file => overwrite(file, 13),
  'a page of an index alone': file => overwrite(file, 10),
  'a file that was cut': file => truncate(file, 20 * page),
  'a header that is gone': async file => {
    const content = await readFile(file)
    await writeFile(file, content.fill(0, 0, 16))
  },
}

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'damaged-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

for (const program of ['sqlite3', 'node'] as const) {
  async function looked(file: string) {
    const PATH =
      program === 'sqlite3' ? process.env['PATH'] : await withoutTools(directory, ['sqlite3', 'sqlite3.exe'])
    const fragment = sqliteLookFragment({ kind: 'sqlite', file, node: process.execPath }, false)
    const ended = await runFragment(fragment, { env: { PATH: PATH ?? '' } })
    expect(ended.code, ended.stderr).toBe(0)
    return parseSqliteLook(ended.stdout)
  }

  test.each(Object.keys(damages))(`${program} calls it damaged: %s`, async name => {
    const file = join(directory, 'app.sqlite')
    fill(file)
    expect((await looked(file)).integrity).toBe('ok')
    await damages[name]?.(file)
    const { integrity, said } = await looked(file)
    expect([integrity, said.length > 0]).toEqual(['damaged', true])
  })
}

test('a damaged file: the backup fails, its files are kept once a day, count for nothing, and the checks say no', async () => {
  await using backups = await openBackupStory()
  const { story, host, places } = backups
  const file = join(host.root, 'shared/main.sqlite')
  fill(file)
  expect((await story.run('backup')).code).toBe(0)
  const sound = await story.run('database check')
  expect(sound.code, tailOf(sound)).toBe(0)

  await overwrite(file, 13)
  const damaged = await readFile(file)
  const failed = await story.run('backup')
  expect(failed.code, tailOf(failed)).toBe(1)
  const problem = failed.problems.find(({ code }) => code === 'STW-B630')
  expect(JSON.stringify(problem), tailOf(failed)).toContain('stellwerk restore test latest --store main')

  const shadows = async () => (await backups.catalogue('disk')).sets.filter(set => set.class === 'shadow')
  const [shadow, ...more] = await shadows()
  expect([shadow?.state, shadow?.manifest.parts.map(part => part.store), more]).toEqual([
    'suspect',
    ['main'],
    [],
  ])
  expect(JSON.stringify(shadow?.manifest.suspicions)).toContain('damaged')
  const part = shadow?.manifest.parts[0]
  const into = join(directory, 'out')
  const archive = join(places['disk'] ?? '', 'story/test/shadow', shadow?.id ?? '', part?.file ?? '')
  await execute('sh', ['-c', 'mkdir "$2" && tar -xzf "$1" -C "$2"', 'sh', archive, into])
  expect((await readFile(join(into, 'main/main.sqlite'))).equals(damaged)).toBe(true)
  expect((await readFile(file)).equals(damaged)).toBe(true)

  const accepted = await story.run('backup accept', shadow?.id ?? '', '--reason', 'looks fine')
  expect(accepted.problems.map(({ code }) => code)).toEqual(['STW-B632'])
  expect((await story.run('backup')).code).toBe(1)
  expect((await shadows()).length).toBe(1)
  const check = await story.run('database check')
  expect(check.code, tailOf(check)).toBe(5)
  expect((await story.run('database check', 'second')).code).toBe(0)
  expect(await backups.left()).toEqual([])
})

test.each(Object.keys(damages))('a restore replaces it and keeps it as it was: %s', async name => {
  await using data = await openDataStory('sqlite', { local: true })
  const { story } = data
  const [host] = story.hosts
  const file = join(host?.root ?? '', 'shared/data/app.sqlite')
  fill(file)
  await data.deployed('v1')
  expect((await story.run('backup')).code).toBe(0)
  await damages[name]?.(file)
  const damaged = await readFile(file)

  const restored = await story.run('restore', 'latest', '--confirm', data.target)
  expect(restored.code, tailOf(restored)).toBe(0)
  expect(await data.sql('SELECT count(*) FROM calls')).toBe('3000')
  expect((await story.run('database check')).code).toBe(0)
  const old = (await data.kept()).find(one => one.endsWith('.sqlite')) ?? ''
  expect((await readFile(join(dirname(file), old))).equals(damaged)).toBe(true)
})

test('--class shadow saves intact files too, is always suspect, and only the newest three stay', async () => {
  await using backups = await openBackupStory()
  const { story } = backups
  for (let turn = 0; turn < 4; turn++) {
    const ended = await story.run('backup', '--class', 'shadow')
    expect(ended.code, tailOf(ended)).toBe(0)
  }
  const { sets } = await backups.catalogue('disk')
  expect(sets.map(({ state }) => state)).toEqual(['suspect', 'suspect', 'suspect'])
  expect((await story.run('backup check')).code).toBe(5)
  expect((await story.run('restore', 'latest', '--confirm', 'main.sqlite')).code).toBe(1)
})
