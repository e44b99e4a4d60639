// migrations/NNNN_name/up.sql and down.sql. The first line of up.sql names its class and why; the revision of the database is the
// last directory that was applied. A file runs in one transaction unless its second line is "-- without transaction".
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Database } from './database.ts'
import { reason } from './log.ts'

export const classes = ['expand', 'contract', 'destructive'] as const
export type MigrationClass = (typeof classes)[number]

export interface Migration {
  readonly revision: string
  readonly class: MigrationClass
  readonly up: string
  readonly down: string
}

/** Throws when a file is missing, misnamed or without its first line. */
export function readMigrations(directory: string): readonly Migration[] {
  return readdirSync(directory)
    .sort()
    .map((revision, index) => {
      if (!new RegExp(`^${String(index + 1).padStart(4, '0')}_[a-z0-9_]+$`).test(revision))
        throw new Error(`migrations/${revision} breaks the sequence`)
      const up = readFileSync(join(directory, revision, 'up.sql'), 'utf8')
      const kind = /^-- (expand|contract|destructive): \S/.exec(up)?.[1]
      if (kind === undefined)
        throw new Error(`migrations/${revision}/up.sql must start with "-- expand: <why>"`)
      const down = join(directory, revision, 'down.sql')
      if (!existsSync(down)) throw new Error(`migrations/${revision} has no down.sql`)
      return { revision, class: kind as MigrationClass, up, down: readFileSync(down, 'utf8') }
    })
}

export interface SchemaState {
  /** Undefined: nothing was applied yet. */
  readonly current: string | undefined
  readonly pending: readonly Migration[]
  /** Applied by a newer release. */
  readonly unknown: readonly string[]
}

export async function schemaState(database: Database, known: readonly Migration[]): Promise<SchemaState> {
  const applied = await readApplied(database)
  return {
    current: applied.at(-1),
    pending: known.filter(({ revision }) => !applied.includes(revision)),
    unknown: applied.filter(revision => !known.some(migration => migration.revision === revision)),
  }
}

/** Applies what is pending, one after the other; the revisions. */
export function migrateUp(database: Database, known: readonly Migration[]): Promise<readonly string[]> {
  return alone(database, async () => {
    await database.unsafe(
      'CREATE TABLE IF NOT EXISTS ablage_revision (revision TEXT PRIMARY KEY, angewandt_am TIMESTAMPTZ NOT NULL DEFAULT now())',
    )
    const { pending } = await schemaState(database, known)
    for (const migration of pending) await apply(database, migration)
    return pending.map(({ revision }) => revision)
  })
}

/** Takes the last revision back; undefined when there was none. */
export function migrateDown(database: Database, known: readonly Migration[]): Promise<string | undefined> {
  return alone(database, async () => {
    const { current } = await schemaState(database, known)
    if (current === undefined) return undefined
    const migration = known.find(({ revision }) => revision === current)
    if (!migration) throw new Error(`this release does not know ${current}: a newer one must take it back`)
    await database.begin(async transaction => {
      await transaction.unsafe(migration.down)
      await transaction`DELETE FROM ablage_revision WHERE revision = ${current}`
    })
    return current
  })
}

/** The worst class of what is pending. */
export function worstClass(pending: readonly Migration[]): MigrationClass | 'none' {
  return classes.findLast(one => pending.some(migration => migration.class === one)) ?? 'none'
}

async function apply(database: Database, { revision, up }: Migration): Promise<void> {
  try {
    if (/^-- without transaction$/m.test(up)) {
      // One statement after the other: what ran before a failing one stays.
      for (const statement of up.split(/;\s*$/m)) if (statement.trim()) await database.unsafe(statement)
      await database`INSERT INTO ablage_revision (revision) VALUES (${revision})`
      return
    }
    await database.begin(async transaction => {
      await transaction.unsafe(up)
      await transaction`INSERT INTO ablage_revision (revision) VALUES (${revision})`
    })
  } catch (error) {
    throw new Error(`migrations/${revision} failed: ${reason(error)}`)
  }
}

/** One migrating process at a time: the others wait and then find nothing to do. */
async function alone<T>(database: Database, work: () => Promise<T>): Promise<T> {
  const session = await database.reserve()
  try {
    await session`SELECT pg_advisory_lock(4711)`
    return await work()
  } finally {
    await session`SELECT pg_advisory_unlock(4711)`
    session.release()
  }
}

async function readApplied(database: Database): Promise<readonly string[]> {
  const [there] = await database`SELECT to_regclass('ablage_revision') IS NOT NULL AS there`
  if (!there?.['there']) return []
  const rows = await database`SELECT revision FROM ablage_revision ORDER BY revision`
  return rows.map(row => String(row['revision']))
}
