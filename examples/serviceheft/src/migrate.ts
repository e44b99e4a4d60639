// node src/migrate.ts up          applies pending migrations to both databases
// node src/migrate.ts --pending   0 some are pending, 3 none
// node src/migrate.ts --check     both databases are sound (PRAGMA integrity_check)
// 2: failed or cannot tell.
import { join } from 'node:path'
import { openDatabases } from './database.ts'
import { reason } from './log.ts'
import { migrate, pendingMigrations, readMigrations } from './migrations.ts'
import { loadSettings } from './settings.ts'

function main(word: string | undefined): number {
  const settings = loadSettings(join(import.meta.dirname, '..'), process.env)
  const known = readMigrations(settings.root)
  using databases = openDatabases(settings)
  if (word === 'up') {
    const done = migrate(databases, known)
    console.log(done.length > 0 ? `applied ${done.join(', ')}` : 'nothing to apply')
    return 0
  }
  if (word === '--pending') {
    const pending = pendingMigrations(databases, known)
    for (const { database, name } of pending) console.log(`pending: ${database}/${name}`)
    return pending.length > 0 ? 0 : 3
  }
  if (word === '--check') {
    for (const name of ['app', 'documents'] as const) {
      const result = databases[name].prepare('PRAGMA integrity_check').get()?.['integrity_check']
      if (result !== 'ok') throw new Error(`${name}: ${String(result)}`)
      console.log(`${name}: ok`)
    }
    return 0
  }
  throw new Error('usage: migrate.ts up|--pending|--check')
}

try {
  process.exitCode = main(process.argv[2])
} catch (error) {
  console.error(reason(error))
  process.exitCode = 2
}
