// node src/migrate.ts up          applies pending migrations
// node src/migrate.ts down        takes the last one back
// node src/migrate.ts current     prints the revision of the database
// node src/migrate.ts --pending   0 some are pending, 3 none
// node src/migrate.ts --class     prints expand, contract, destructive or none: the worst that is pending
// node src/migrate.ts --sql       prints the SQL of what is pending
// node src/migrate.ts --check     reads the files only, for the build
// 2: refused, failed or cannot tell.
import { join } from 'node:path'
import { openDatabase } from './database.ts'
import { reason } from './log.ts'
import { migrateDown, migrateUp, readMigrations, schemaState, worstClass } from './migrations.ts'
import { loadSettings } from './settings.ts'

const root = join(import.meta.dirname, '..')

async function main(word: string | undefined): Promise<number> {
  const known = readMigrations(join(root, 'migrations'))
  if (word === '--check') {
    console.log(`${known.length} migrations`)
    return 0
  }
  const database = openDatabase(loadSettings(root, process.env).databaseUrl)
  try {
    if (word === 'up') {
      const applied = await migrateUp(database, known)
      console.log(applied.length > 0 ? `applied ${applied.join(', ')}` : 'nothing to apply')
      return 0
    }
    if (word === 'down') {
      const revision = await migrateDown(database, known)
      console.log(revision === undefined ? 'nothing to take back' : `took back ${revision}`)
      return 0
    }
    const { current, pending } = await schemaState(database, known)
    if (word === 'current') console.log(current ?? 'none')
    else if (word === '--class') console.log(worstClass(pending))
    else if (word === '--sql') for (const { revision, up } of pending) console.log(`-- ${revision}\n${up}`)
    else if (word === '--pending') {
      for (const migration of pending) console.log(`pending: ${migration.revision} (${migration.class})`)
      return pending.length > 0 ? 0 : 3
    } else throw new Error('usage: migrate.ts up|down|current|--pending|--class|--sql|--check')
    return 0
  } finally {
    await database.end()
  }
}

try {
  process.exitCode = await main(process.argv[2])
} catch (error) {
  console.error(reason(error))
  process.exitCode = 2
}
