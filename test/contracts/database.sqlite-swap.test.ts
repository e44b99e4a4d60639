// A swap under running processes: they read the old content or the new, never a mix, and what they wrote comes back.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sqliteEngine } from '../../src/databases/sqlite/index.ts'
import { runFragment } from '../rigs/fragment.ts'
import { withoutTools } from './database-bench.ts'

let directory: string
let live: string
let beside: string
let old: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stw-swap-'))
  ;[live = '', beside = '', old = ''] = ['app', 'stw_beside', 'stw_old'].map(name => join(directory, name))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

/** Two tables whose rows all carry the same mark: a mix would show. */
function make(file: string, mark: string, { journal = 'DELETE', page = 4096 } = {}): void {
  using db = new DatabaseSync(file)
  db.exec(`PRAGMA page_size=${page}; PRAGMA journal_mode=${journal}; CREATE TABLE a (mark, n); CREATE TABLE b (mark, n);
    WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 5000)
    INSERT INTO a SELECT '${mark}', n FROM c; INSERT INTO b SELECT mark, n FROM a; CREATE TABLE w (n)`)
}

const marks = (file: string) => {
  using db = new DatabaseSync(file, { timeout: 20_000 })
  return db
    .prepare('SELECT mark FROM a UNION SELECT mark FROM b')
    .all()
    .map(row => row['mark'])
}

// Reads and writes without a pause; prints what it sees whenever that changes.
const worker = `
const { DatabaseSync } = require('node:sqlite')
const db = new DatabaseSync(process.argv[1], { timeout: 20000 })
let last = ''
setInterval(() => {
  const seen = db.prepare('SELECT group_concat(DISTINCT mark) AS m FROM (SELECT mark FROM a UNION ALL SELECT mark FROM b)').get().m
  db.exec('INSERT INTO w VALUES (1)')
  if (seen !== last) console.log(last = seen)
}, 1)
`

const access = () => ({ kind: 'sqlite' as const, file: live, known: [] })

describe.each(['sqlite3', 'node'])('by %s', program => {
  const run = async (fragment: string) =>
    await runFragment(
      fragment,
      program === 'node' ? { env: { PATH: await withoutTools(directory, ['sqlite3']) } } : {},
    )
  const swap = () => run(sqliteEngine.swap(access(), beside, old))
  const unswap = () => run(sqliteEngine.unswap(access(), beside, old))

  it.each(['WAL', 'DELETE'])('lets a process that reads and writes go over, in %s mode', async journal => {
    make(live, 'old', { journal })
    make(beside, 'new')
    const app = spawn(process.execPath, ['-e', worker, live], { stdio: ['ignore', 'pipe', 'inherit'] })
    const lines = createInterface({ input: app.stdout })
    const seen: string[] = []
    const saw = async (mark: string) => {
      while (seen.at(-1) !== mark) await once(lines, 'line')
    }
    lines.on('line', line => seen.push(line))
    try {
      await saw('old')
      expect(await swap()).toMatchObject({ code: 0, report: [] })
      await saw('new')
      expect(await unswap()).toMatchObject({ code: 0, report: [] })
      await saw('old')
      expect(app.exitCode).toBeNull()
    } finally {
      app.kill()
      await once(app, 'exit')
    }
    expect(seen).toEqual(['old', 'new', 'old'])
    expect([marks(live), marks(beside)]).toEqual([['old'], ['new']])
    using db = new DatabaseSync(live)
    expect(db.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
    expect(db.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: journal.toLowerCase() })
  })

  it.each(['WAL', 'DELETE'])('takes content with another page size, in %s mode', async journal => {
    make(live, 'old', { journal, page: 1024 })
    make(beside, 'new', { page: 8192 })

    expect(await swap()).toMatchObject({ code: 0, report: [] })

    expect([marks(live), marks(old)]).toEqual([['new'], ['old']])
    expect((await readdir(directory)).filter(name => /pages|tmp/.test(name))).toEqual([])
  })

  it('fills the place of a file that is gone, without what is left of it, and empties it again', async () => {
    make(live, 'gone', { journal: 'WAL' })
    await rm(live)
    await writeFile(`${live}-journal`, 'rubbish')
    make(beside, 'new')

    for (const _ of [1, 2]) expect(await swap()).toMatchObject({ code: 0, report: [] })
    expect(marks(live)).toEqual(['new'])
    for (const _ of [1, 2]) expect(await unswap()).toMatchObject({ code: 0, report: [] })

    expect((await readdir(directory)).filter(name => !name.startsWith('path-'))).toEqual(['stw_beside'])
    expect(marks(beside)).toEqual(['new'])
  })

  it('goes on after it was ended in the middle, and takes nothing back that did not happen', async () => {
    make(live, 'old')
    make(old, 'old')
    make(beside, 'new')

    expect(await unswap()).toMatchObject({ code: 0, report: [] })
    expect([marks(live), marks(beside)]).toEqual([['old'], ['new']])
    make(old, 'old')
    expect(await swap()).toMatchObject({ code: 0, report: [] })

    expect([marks(live), marks(old)]).toEqual([['new'], ['old']])
  })

  it('keeps a live file that is damaged as it is, with its journal, and brings it back so', async () => {
    const broken = 'not a database, but quite long'.repeat(100)
    await writeFile(live, broken)
    await writeFile(`${live}-wal`, 'its journal')
    make(beside, 'new')
    const read = (file: string) => readFile(file, 'utf8')

    for (const _ of [1, 2]) expect(await swap()).toMatchObject({ code: 0, report: [] })
    expect(marks(live)).toEqual(['new'])
    expect([await read(old), await read(`${old}-wal`)]).toEqual([broken, 'its journal'])
    for (const _ of [1, 2]) expect(await unswap()).toMatchObject({ code: 0, report: [] })

    expect([await read(live), await read(`${live}-wal`)]).toEqual([broken, 'its journal'])
    expect(marks(beside)).toEqual(['new'])
    const names = (await readdir(directory)).filter(name => !/^path-|-shm$/.test(name))
    expect(names).toEqual(['app', 'app-wal', 'stw_beside'])
  })

  it('goes on after it was ended while it moved a damaged file', async () => {
    await writeFile(old, 'damaged'.repeat(1000))
    await writeFile(`${old}.raw`, '')
    await writeFile(`${live}-wal`, 'its journal')
    make(beside, 'new')

    expect(await swap()).toMatchObject({ code: 0, report: [] })

    expect(marks(live)).toEqual(['new'])
    expect(await readFile(`${old}-wal`, 'utf8')).toBe('its journal')
  })

  it('has the same facts as the other program', async () => {
    using db = new DatabaseSync(live)
    db.exec(`CREATE TABLE "odd ""name" ("a b", "select" REAL, c BLOB); INSERT INTO "odd ""name" VALUES (1, 0.1, x'00ff00'),
      (9223372036854775807, 1e300, NULL), ('1', -0.0, 'a' || char(0) || 'b'), (2.5, 12345.678901234567, x''), ('ü', 9e999, '')`)
    const out = join(directory, 'out')
    const facts = async (without: readonly string[]) => {
      const fragment = sqliteEngine.facts({ access: access(), out, fingerprint: 'content' })
      const result = await runFragment(fragment, { env: { PATH: await withoutTools(directory, without) } })
      expect(result).toMatchObject({ code: 0, report: [] })
      return (await readFile(`${out}.facts`, 'utf8')).split('\n').filter(line => /^(schema|table)/.test(line))
    }

    const both = [await facts(['node']), await facts(['sqlite3'])]

    expect(both[0]).toHaveLength(2)
    expect(both[1]).toEqual(both[0])
    db.exec(`UPDATE "odd ""name" SET c = 'a' || char(0) || 'c' WHERE "a b" = '1'`)
    expect(await facts(['node'])).not.toEqual(both[0])
  })
})
