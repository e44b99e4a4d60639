// database rebuild: what can still be read of a really damaged SQLite file takes its place, and the damaged file stays as it was.
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { canRebuildFragment } from '../../src/databases/sqlite/rebuild.ts'
import { withoutTools } from '../contracts/database-bench.ts'
import { countRecords, crashAt, sample } from '../rigs/crash.ts'
import { type DataStory, openDataStory } from '../rigs/data-story.ts'
import { runFragment } from '../rigs/fragment.ts'
import { tailOf } from '../rigs/story.ts'
import { faultsOf } from '../rigs/story-state.ts'

const page = 4096

// Values and a trigger with lines that look like statements of a dump, a table without a key whose index covers it.
function fill(file: string): void {
  using db = new DatabaseSync(file)
  db.exec('DROP TABLE IF EXISTS calls; PRAGMA user_version = 7')
  db.exec('CREATE TABLE calls (id INTEGER PRIMARY KEY, what text); CREATE INDEX calls_what ON calls (what)')
  db.exec('CREATE TABLE notes (what text); CREATE INDEX notes_what ON notes (what)')
  db.exec(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO calls SELECT i, 'call ' || i || char(10) || 'INSERT INTO calls VALUES(1);' || hex(zeroblob(30)) FROM n",
  )
  // Its root page lies behind the end of a file that is cut.
  db.exec('CREATE TABLE log (id INTEGER PRIMARY KEY, what text)')
  db.exec('INSERT INTO log SELECT id, hex(zeroblob(100)) FROM calls WHERE id <= 500')
  db.exec("INSERT INTO notes VALUES ('twice'), ('twice')")
  db.exec("CREATE TRIGGER noted AFTER DELETE ON calls BEGIN\nINSERT INTO notes VALUES('gone');\nEND")
}

/** Overwrites a leaf of a table: in the middle lies one of `calls`, near the end one of `log`. */
async function overwrite(file: string, share = 0.5): Promise<void> {
  const content = await readFile(file)
  const leaves: number[] = []
  for (let at = page; at < content.length; at += page) if (content[at] === 13) leaves.push(at)
  const at = leaves[Math.floor(leaves.length * share)]
  if (at === undefined) throw new Error('no leaf of a table')
  content.fill(0xab, at, at + page)
  await writeFile(file, content)
}

const damages: Readonly<Record<string, (file: string) => Promise<void>>> = {
  'a page of a table': file => overwrite(file),
  'a file that was cut': file => truncate(file, 40 * page),
}

interface Damaged extends AsyncDisposable {
  readonly data: DataStory
  readonly file: string
  readonly release: string
}

async function openFilled(): Promise<Damaged> {
  await using undo = new AsyncDisposableStack()
  const data = undo.use(await openDataStory('sqlite', { local: true }))
  const file = join(data.story.hosts[0]?.root ?? '', 'shared/data/app.sqlite')
  fill(file)
  const release = await data.deployed('v1')
  const saved = await data.story.run('backup')
  expect(saved.code, tailOf(saved)).toBe(0)
  const kept = undo.move()
  return { data, file, release, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

test.each(Object.keys(damages))('what can be read serves, the damaged file stays: %s', async name => {
  await using filled = await openFilled()
  const { data, file } = filled
  const { story } = data
  await damages[name]?.(file)
  const damaged = await readFile(file)

  const unconfirmed = await story.run('database rebuild')
  expect(unconfirmed.problems.map(({ code }) => code)).toEqual(['STW-B500'])
  expect((await readFile(file)).equals(damaged)).toBe(true)

  const rebuilt = await story.run('database rebuild', 'main', '--confirm', data.target)
  expect(rebuilt.code, tailOf(rebuilt)).toBe(0)
  expect((await story.run('database check')).code).toBe(0)
  const rows = Number(await data.sql('SELECT count(*) FROM calls'))
  expect(rows).toBeGreaterThan(300)
  expect(rows).toBeLessThan(3000)
  expect(rebuilt.said).toContain(`calls: ${rows} rows rebuilt, 3000 in set 2`)
  const intact = "what = 'call ' || id || char(10) || 'INSERT INTO calls VALUES(1);' || hex(zeroblob(30))"
  expect(await data.sql(`SELECT count(*) FROM calls WHERE NOT (${intact})`)).toBe('0')
  expect(await data.sql('SELECT user_version FROM pragma_user_version')).toBe('7')
  if (name === 'a page of a table') {
    expect(await data.sql('SELECT count(*) FROM notes')).toBe('2')
    expect(await data.sql("SELECT sql FROM sqlite_master WHERE name = 'noted'")).toContain(
      "\nINSERT INTO notes VALUES('gone')",
    )
  }
  const [old, ...more] = (await data.kept()).filter(one => one.endsWith('.sqlite'))
  expect([more, (await readFile(join(dirname(file), old ?? ''))).equals(damaged)]).toEqual([[], true])
  const listed = await story.run('backup list')
  expect(listed.said).toContain('shadow')

  const again = await story.run('database rebuild', 'main', '--confirm', data.target)
  expect([again.code, again.problems.map(({ code }) => code)]).toEqual([1, ['STW-B640']])
})

test('without one row that can be read everything is as it was', async () => {
  await using filled = await openFilled()
  const { data, file } = filled
  const content = await readFile(file)
  await writeFile(file, content.fill(0, 0, 16))
  const failed = await data.story.run('database rebuild', '--confirm', data.target)
  expect(failed.code, tailOf(failed)).not.toBe(0)
  expect(failed.problems.map(({ code }) => code)).toContain('STW-B641')
  expect((await readFile(file)).equals(content)).toBe(true)
  expect(await data.kept()).toEqual([])
})

test('a host without sqlite3 is told which package to install', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'rebuild-'))
  try {
    const PATH = await withoutTools(directory, ['sqlite3'])
    const fragment = canRebuildFragment({
      kind: 'sqlite',
      file: join(directory, 'a'),
      node: process.execPath,
    })
    const { code, report } = await runFragment(fragment, { env: { PATH } })
    expect([code, report]).toEqual([1, ['tool', 'sqlite3']])
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
})

test('kill -9 at records of its journal, then recover: the damaged file or the rebuilt one, and it can be begun again', async () => {
  await using filled = await openFilled()
  const { data, file, release } = filled
  const { story } = data
  // The app must answer without what is damaged: an undo leads back to it.
  await overwrite(file, 0.95)
  const damaged = await readFile(file)
  const words = ['database rebuild', 'main', '--confirm', data.target] as const
  const before = countRecords(story)
  const first = await story.run(...words)
  expect(first.code, tailOf(first)).toBe(0)
  const length = countRecords(story) - before
  const rebuilt = await data.sql('SELECT count(*) FROM log')
  const faults: string[] = []
  let hits = 0
  const points = Array.from({ length }, (_, index) => index + 1)
  for (const point of sample(points, 5)) {
    await writeFile(file, damaged)
    const crash = await crashAt(story, words, point)
    hits += Number(crash.hit)
    const at = `record ${point} of ${length} (${crash.last})`
    const recover = await story.run('recover')
    if (recover.code !== 0) faults.push(`${at}: recover ended with ${recover.code}\n${tailOf(recover)}`)
    faults.push(...(await faultsOf(story, [release])).map(fault => `${at}: ${fault}`))
    if ((await story.run('database check')).code !== 0) {
      if (!(await readFile(file)).equals(damaged))
        faults.push(`${at}: neither the damaged file nor the rebuilt one`)
      const again = await story.run(...words)
      if (again.code !== 0) faults.push(`${at}: again ended with ${again.code}\n${tailOf(again)}`)
    }
    const is = await data.sql('SELECT count(*) FROM log').catch(String)
    if (is !== rebuilt) faults.push(`${at}: ${is} rows`)
  }
  expect(faults).toEqual([])
  expect(hits).toBeGreaterThan(0)
})
