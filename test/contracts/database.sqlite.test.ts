import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import type { FileAccess } from '../../src/databases/access.ts'
import { sqliteEngine } from '../../src/databases/sqlite/index.ts'
import { full } from '../rigs/full.ts'
import { withoutTools } from './database-bench.ts'
import { type DatabaseUnderTest, databaseContract, standardSeed } from './database-contract.ts'

const seed = standardSeed({
  binary: 'blob',
  text: 'text',
  timestamp: 'timestamp',
  bytes: hex => `x'${hex}'`,
  string: value => `'${value.replaceAll("'", "''")}'`,
})

// A keyword here.
const quoted = (sql: string) => sql.replace(/ nothing\b/, ' "nothing"')

async function aFile(tool: 'sqlite3' | 'node', journal: 'WAL' | 'DELETE'): Promise<DatabaseUnderTest> {
  // Odd characters: the path must reach both programs whole.
  const directory = await mkdtemp(join(tmpdir(), `stw sqlite'ü-`))
  const plain = await mkdtemp(join(tmpdir(), 'stw-path-'))
  const data = join(directory, 'data')
  const before = process.env['PATH']
  if (tool === 'node') process.env['PATH'] = await withoutTools(plain, ['sqlite3'])
  await mkdir(data)
  const at = (file: string): FileAccess & { known: readonly string[] } => ({
    kind: 'sqlite',
    file,
    known: [],
  })
  const live = join(data, 'app.sqlite')
  const target = (label: string) => join(data, `stw_${label}`)
  return {
    engine: sqliteEngine,
    formats: ['file'],
    access: at(live),
    env: {},
    wrongDatabase: at(join(data, 'no-such.sqlite')),
    dumpTool: tool,
    target,
    at,
    sql: async (statement, file = live) => {
      // Everything below is synchronous: others must get their turn.
      await setImmediate()
      using db = new DatabaseSync(file, { timeout: 20_000 })
      if (!/^select/i.test(statement)) {
        db.exec(quoted(statement))
        return ''
      }
      return String(Object.values(db.prepare(statement).get() ?? {})[0])
    },
    exists: async file => (await readdir(data)).some(name => join(data, name).startsWith(file)),
    reset: async () => {
      for (const name of await readdir(data)) await rm(join(data, name))
      using db = new DatabaseSync(live)
      db.exec(`PRAGMA journal_mode=${journal}; PRAGMA foreign_keys=OFF`)
      db.exec('BEGIN')
      for (const statement of seed) db.exec(quoted(statement))
      db.exec('COMMIT')
    },
    destroy: async () => {
      for (const ending of ['', '-wal', '-shm']) await rm(live + ending, { force: true })
    },
    changes: {
      columnType: [
        'DROP VIEW long_calls',
        'ALTER TABLE calls RENAME COLUMN seconds TO was',
        'ALTER TABLE calls ADD COLUMN seconds bigint DEFAULT 7',
      ],
      columnDefault: ['ALTER TABLE people ADD COLUMN other integer DEFAULT 8'],
    },
    [Symbol.asyncDispose]: async () => {
      process.env['PATH'] = before
      for (const each of [directory, plain]) await rm(each, { recursive: true, force: true })
    },
  }
}

databaseContract('SQLite by sqlite3, in WAL mode', () => aFile('sqlite3', 'WAL'))
databaseContract('SQLite by Node, in WAL mode', () => aFile('node', 'WAL'))
if (full) databaseContract('SQLite by sqlite3, with a rollback journal', () => aFile('sqlite3', 'DELETE'))
