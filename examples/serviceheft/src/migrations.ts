// migrations/app and migrations/documents, one row of files for each database. The first line of a file names its class and why.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { type Databases, transaction } from './database.ts'
import { reason } from './log.ts'

interface Migration {
  readonly database: keyof Databases
  readonly name: string
  readonly sql: string
}

export function readMigrations(root: string): readonly Migration[] {
  return (['app', 'documents'] as const).flatMap(database =>
    readdirSync(join(root, 'migrations', database))
      .sort()
      .map((name, index) => {
        if (!name.startsWith(`${String(index + 1).padStart(4, '0')}_`))
          throw new Error(`migrations/${database}/${name} breaks the sequence`)
        const sql = readFileSync(join(root, 'migrations', database, name), 'utf8')
        if (!/^-- (expand|contract|destructive): \S/.test(sql))
          throw new Error(`migrations/${database}/${name} must start with "-- expand: <why>"`)
        return { database, name, sql }
      }),
  )
}

export function pendingMigrations(databases: Databases, known: readonly Migration[]): readonly Migration[] {
  const applied = { app: readApplied(databases.app), documents: readApplied(databases.documents) }
  return known.filter(({ database, name }) => !applied[database].has(name))
}

/** Each file and its record are one transaction; files before a failing one stay. */
export function migrate(databases: Databases, known: readonly Migration[]): readonly string[] {
  for (const database of [databases.app, databases.documents])
    database.exec(
      'CREATE TABLE IF NOT EXISTS schema_migrations (name TEXT PRIMARY KEY, applied_at TEXT NOT NULL)',
    )
  const done: string[] = []
  for (const { database, name, sql } of pendingMigrations(databases, known)) {
    const target = databases[database]
    try {
      transaction(target, () => {
        // Another process may have been faster.
        if (readApplied(target).has(name)) return
        target.exec(sql)
        target.prepare('INSERT INTO schema_migrations VALUES (?, ?)').run(name, new Date().toISOString())
      })
    } catch (error) {
      throw new Error(`migrations/${database}/${name} failed: ${reason(error)}`)
    }
    done.push(`${database}/${name}`)
  }
  return done
}

function readApplied(database: DatabaseSync): ReadonlySet<string> {
  const there = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'schema_migrations'").get()
  if (!there) return new Set()
  const rows = database.prepare('SELECT name FROM schema_migrations').all()
  return new Set(rows.map(row => String(row['name'])))
}
