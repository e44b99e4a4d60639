// node src/migrate.ts             applies pending migrations: 0 done, 2 refused or failed
// node src/migrate.ts --pending   0 some are pending, 3 none, 2 cannot tell or the schema is refused
import { join } from 'node:path'
import { openDatabase } from './database.ts'
import { migrate, readMigrations, schemaState } from './migrations.ts'
import { loadSettings } from './settings.ts'

async function main(words: readonly string[]): Promise<number> {
  const unknown = words.find(word => word !== '--pending')
  if (unknown !== undefined) throw new Error(`unknown argument "${unknown}", only --pending exists`)
  const settings = loadSettings(join(import.meta.dirname, '..'), process.env)
  const database = await openDatabase(settings.database)
  const known = readMigrations(join(settings.root, 'migrations'), database.kind)
  try {
    if (!words.includes('--pending')) {
      const names = await migrate(database, known, new Date())
      console.log(names.length > 0 ? `applied ${names.join(', ')}` : 'nothing to apply')
      return 0
    }
    const { pending, ahead, refused } = await schemaState(database, known)
    for (const name of ahead) console.log(`applied by a newer release, compatible: ${name}`)
    if (refused.length > 0) throw new Error(`the database is refused: ${refused.join('; ')}`)
    for (const migration of pending) console.log(`pending: ${migration.name} (${migration.kind})`)
    return pending.length > 0 ? 0 : 3
  } finally {
    await database.close()
  }
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
}
