// An app that never switched foreign keys on has rows that refer to none: they are its data, and need a backup like any other.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { sqliteEngine } from '../../src/databases/sqlite/index.ts'
import { streamLibrary } from '../../src/databases/stream.ts'
import { runFragment } from '../rigs/fragment.ts'
import { withoutTools } from './database-bench.ts'

let directory: string
let live: string
let out: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stw-orphans-'))
  ;[live = '', out = ''] = ['app.sqlite', 'db-main.sqlite'].map(name => join(directory, name))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

function make(sql: string): void {
  using db = new DatabaseSync(live)
  db.exec(`PRAGMA foreign_keys=OFF; ${sql}`)
}

const access = () => ({ kind: 'sqlite' as const, file: live, known: [] })
const packing = { compression: 'gzip', recipients: [] } as const

async function run(program: string, fragment: string) {
  return await runFragment(
    streamLibrary(packing) + fragment,
    program === 'node' ? { env: { PATH: await withoutTools(directory, ['sqlite3']) } } : {},
  )
}

const dump = (program: string) =>
  run(program, sqliteEngine.dump({ access: access(), out, format: 'file', fingerprint: 'content' }))

const calls = 'CREATE TABLE users (id INTEGER PRIMARY KEY); CREATE TABLE calls (user REFERENCES users (id));'

it.each(['sqlite3', 'node'])('saves rows that refer to none, and tells how many, by %s', async program => {
  make(`${calls} INSERT INTO users VALUES (1); INSERT INTO calls VALUES (1), (7), (8)`)

  expect(await dump(program)).toMatchObject({ code: 0, report: [], data: { orphans: '2' } })

  const target = join(directory, 'stw_drill_0001.sqlite')
  const from = `${out}.gz`
  const restored = sqliteEngine.restore({
    access: access(),
    target,
    from,
    format: 'file',
    owners: false,
    timeout: 60,
  })
  expect(await run(program, restored)).toMatchObject({ code: 0, report: [] })
  using db = new DatabaseSync(target, { readOnly: true })
  expect(db.prepare('SELECT count(*) AS n FROM calls').get()).toEqual({ n: 3 })
})

it.each(['sqlite3', 'node'])('saves what cannot be checked at all, by %s', async program => {
  // A reference to a column that is no key: SQLite calls that a mismatch.
  make(
    'CREATE TABLE users (name); CREATE TABLE calls (user REFERENCES users (name)); INSERT INTO calls VALUES (1)',
  )

  expect(await dump(program)).toMatchObject({ code: 0, report: [], data: { orphans: 'unknown' } })
})

it('says nothing of orphans where there are none', async () => {
  make(`${calls} INSERT INTO users VALUES (1); INSERT INTO calls VALUES (1)`)

  expect((await dump('sqlite3')).data).not.toHaveProperty('orphans')
})
