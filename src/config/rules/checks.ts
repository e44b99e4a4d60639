// What checks name elsewhere in the file, and what can be asked there.
import { type Draft, names, string } from '../draft.ts'
import { formatPath } from '../path.ts'
import { type Finding, faults, finding } from '../problems.ts'
import { unknown } from './references.ts'

/** Databases, services and secrets that checks look at exist. */
export function checkCheckReferences({ raw }: Draft): Finding[] {
  const sections = { database: 'databases', service: 'services', secret: 'secrets' }
  return names(raw, 'checks').flatMap(check =>
    Object.entries(sections).flatMap(([key, section]) =>
      unknown(string(raw, ['checks', check, key]), section, names(raw, section)),
    ),
  )
}

export function checkDatabaseChecks({ checks, databases }: Draft): Finding[] {
  return [...checks].flatMap(([name, check]) => {
    if (check.kind !== 'database') return []
    const database = databases.get(check.database)
    if (database === undefined) return []
    const at = (...keys: string[]) => ['checks', name, ...keys]
    if (database.kind === 'other') {
      const path = at('database')
      return [finding(faults.databaseNotAsked(formatPath(path), check.database), { path, on: 'value' })]
    }
    const pool = at('expect', 'pool')
    const pending = at('expect', 'pending')
    return [
      ...(database.kind === 'sqlite' && check.expect.pool !== undefined
        ? [finding(faults.poolOfSqlite(formatPath(pool), check.database), { path: pool, on: 'key' })]
        : []),
      ...(check.expect.pending !== undefined && database.migrate?.pending === undefined
        ? [finding(faults.pendingUnknown(formatPath(pending), check.database), { path: pending, on: 'key' })]
        : []),
    ]
  })
}
