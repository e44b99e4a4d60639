// Numbered SQL files, each applied once: on SQLite in one transaction, on MariaDB statement by statement, for it has no transaction
// around definitions. A file `NNNN_name.mysql.sql` stands in for `NNNN_name.sql` there, when both need other words.
//
// The first line of a file says `-- expand: ...` or `-- contract: ...`. Code of an older release still works after an
// expanding migration, so it accepts unknown ones of that kind in the database and refuses unknown contracting ones.
// That is what makes a rollback of the code alone possible, and what stops it where it would not be safe.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Database } from './database.ts'

export interface Migration {
  readonly name: string
  readonly kind: 'expand' | 'contract'
  readonly sql: string
  readonly sha256: string
}

export interface SchemaState {
  readonly pending: readonly Migration[]
  /** Applied by a newer release and compatible with this one. */
  readonly ahead: readonly string[]
  /** Reasons why this release must not work with the database. */
  readonly refused: readonly string[]
}

export function readMigrations(directory: string, kind: Database['kind']): readonly Migration[] {
  const files = readdirSync(directory)
  const names = files.filter(name => /^[^.]+\.sql$/.test(name)).sort()
  return names.map((name, index) => {
    const own = name.replace('.sql', `.${kind}.sql`)
    const sql = readFileSync(join(directory, files.includes(own) ? own : name), 'utf8')
    const reach = /^-- (expand|contract): \S/.exec(sql)?.[1]
    if (!new RegExp(`^${String(index + 1).padStart(4, '0')}_[a-z0-9_]+\\.sql$`).test(name)) {
      throw new Error(`migrations/${name} breaks the sequence: number ${index + 1} is expected`)
    }
    if (reach !== 'expand' && reach !== 'contract') {
      throw new Error(`migrations/${name} must start with "-- expand: why" or "-- contract: why"`)
    }
    return { name, kind: reach, sql, sha256: createHash('sha256').update(sql).digest('hex') }
  })
}

export async function schemaState(database: Database, known: readonly Migration[]): Promise<SchemaState> {
  const applied = await readApplied(database)
  const byName = new Map(known.map(migration => [migration.name, migration]))
  const refused: string[] = []
  const ahead: string[] = []
  for (const row of applied) {
    const migration = byName.get(row.name)
    if (migration && migration.sha256 !== row.sha256)
      refused.push(`${row.name} was changed after it was applied`)
    else if (!migration && row.kind === 'expand') ahead.push(row.name)
    else if (!migration) refused.push(`${row.name} is unknown to this release and not compatible with it`)
  }
  const names = new Set(applied.map(row => row.name))
  return { pending: known.filter(migration => !names.has(migration.name)), ahead, refused }
}

/** Applies what is pending; returns the names. Throws when the schema is refused or a file fails: files before it stay, and of
 *  the file itself nothing on SQLite, on MariaDB what ran before the failing statement. Safe to start twice at the same time. */
export function migrate(
  database: Database,
  known: readonly Migration[],
  now: Date,
): Promise<readonly string[]> {
  return database.alone(async () => {
    await database.script(`CREATE TABLE IF NOT EXISTS schema_migrations (
      name VARCHAR(200) PRIMARY KEY, kind VARCHAR(20) NOT NULL, sha256 CHAR(64) NOT NULL, applied_at VARCHAR(30) NOT NULL)`)
    const { pending, refused } = await schemaState(database, known)
    if (refused.length > 0) throw new Error(`the database is refused: ${refused.join('; ')}`)
    for (const migration of pending) await apply(database, migration, now)
    return pending.map(migration => migration.name)
  })
}

/** The record belongs to the script, so that on SQLite both are there or neither. */
async function apply(database: Database, { name, kind, sql, sha256 }: Migration, now: Date): Promise<void> {
  const values = [name, kind, sha256, now.toISOString()].map(value => `'${value}'`).join(', ')
  try {
    await database.script(sql, `INSERT INTO schema_migrations VALUES (${values})`)
  } catch (error) {
    // Another process was faster: its table is what this one stumbled over.
    if ((await readApplied(database)).some(row => row.name === name)) return
    const left = database.kind === 'sqlite' ? 'changed nothing' : 'may have stopped half-way'
    throw new Error(`migrations/${name} failed and ${left}: ${String(error)}`)
  }
}

async function readApplied(
  database: Database,
): Promise<readonly { name: string; kind: string; sha256: string }[]> {
  const there = {
    sqlite: "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'",
    mysql:
      "SELECT 1 FROM information_schema.tables WHERE table_schema = database() AND table_name = 'schema_migrations'",
  }
  if (!(await database.get(there[database.kind]))) return []
  const rows = await database.all('SELECT name, kind, sha256 FROM schema_migrations ORDER BY name')
  return rows.map(row => ({
    name: String(row['name']),
    kind: String(row['kind']),
    sha256: String(row['sha256']),
  }))
}
