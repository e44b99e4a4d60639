// Numbered SQL files, each applied once and in one transaction.
//
// The first line of a file says `-- expand: ...` or `-- contract: ...`. Code of an older release still works after an
// expanding migration, so it accepts unknown ones of that kind in the database and refuses unknown contracting ones.
// That is what makes a rollback of the code alone possible, and what stops it where it would not be safe.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { transaction } from './database.ts'

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

export function readMigrations(directory: string): readonly Migration[] {
  const names = readdirSync(directory)
    .filter(name => name.endsWith('.sql'))
    .sort()
  return names.map((name, index) => {
    const sql = readFileSync(join(directory, name), 'utf8')
    const kind = /^-- (expand|contract): \S/.exec(sql)?.[1]
    if (!new RegExp(`^${String(index + 1).padStart(4, '0')}_[a-z0-9_]+\\.sql$`).test(name)) {
      throw new Error(`migrations/${name} breaks the sequence: number ${index + 1} is expected`)
    }
    if (kind !== 'expand' && kind !== 'contract') {
      throw new Error(`migrations/${name} must start with "-- expand: why" or "-- contract: why"`)
    }
    return { name, kind, sql, sha256: createHash('sha256').update(sql).digest('hex') }
  })
}

export function schemaState(database: DatabaseSync, known: readonly Migration[]): SchemaState {
  const applied = readApplied(database)
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

/** Applies what is pending; returns the names. Throws when the schema is refused or a file fails: that file's changes
 *  are then rolled back, files before it stay. Safe to start twice at the same time. */
export function migrate(database: DatabaseSync, known: readonly Migration[], now: Date): readonly string[] {
  database.exec(`CREATE TABLE IF NOT EXISTS schema_migrations (
    name TEXT PRIMARY KEY, kind TEXT NOT NULL, sha256 TEXT NOT NULL, applied_at TEXT NOT NULL)`)
  const { refused } = schemaState(database, known)
  if (refused.length > 0) throw new Error(`the database is refused: ${refused.join('; ')}`)
  const record = database.prepare('INSERT INTO schema_migrations VALUES (?, ?, ?, ?)')
  return known
    .filter(migration =>
      transaction(database, () => {
        const done = database.prepare('SELECT 1 FROM schema_migrations WHERE name = ?').get(migration.name)
        if (done) return false
        try {
          database.exec(migration.sql)
        } catch (error) {
          throw new Error(`migrations/${migration.name} failed and changed nothing: ${String(error)}`)
        }
        if (!database.isTransaction)
          throw new Error(`migrations/${migration.name} must not end its transaction`)
        record.run(migration.name, migration.kind, migration.sha256, now.toISOString())
        return true
      }),
    )
    .map(migration => migration.name)
}

function readApplied(database: DatabaseSync): readonly { name: string; kind: string; sha256: string }[] {
  const table = database.prepare(
    "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'",
  )
  if (!table.get()) return []
  const rows = database.prepare('SELECT name, kind, sha256 FROM schema_migrations ORDER BY name').all()
  return rows.map(row => ({
    name: String(row['name']),
    kind: String(row['kind']),
    sha256: String(row['sha256']),
  }))
}
