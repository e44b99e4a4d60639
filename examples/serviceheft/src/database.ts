// Two SQLite files, shared by several processes: write-ahead log, and a writer waits for its turn.
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Settings } from './settings.ts'

export interface Databases {
  readonly app: DatabaseSync
  readonly documents: DatabaseSync
}

export function openDatabases({ appFile, documentsFile }: Settings): Databases & Disposable {
  const [app, documents] = [open(appFile), open(documentsFile)]
  return {
    app,
    documents,
    [Symbol.dispose]: () => {
      // Handles that stay open keep the files from being replaced.
      app.close()
      documents.close()
    },
  }
}

/** All or nothing, alone among the writers. */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (error) {
    database.exec('ROLLBACK')
    throw error
  }
}

function open(file: string): DatabaseSync {
  // What people wrote down is for nobody else on the machine.
  mkdirSync(dirname(file), { recursive: true, mode: 0o750 })
  const database = new DatabaseSync(file, { timeout: 5_000, enableForeignKeyConstraints: true })
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
  return database
}
