// The engine of each kind of database.
import type { Access } from './access.ts'
import type { DatabaseEngine } from './engine.ts'
import { mysqlEngine } from './mysql/index.ts'
import { postgresEngine } from './postgres/index.ts'
import { sqliteEngine } from './sqlite/index.ts'

const engines = { postgres: postgresEngine, mysql: mysqlEngine, sqlite: sqliteEngine }

export function engineFor({ kind }: Pick<Access, 'kind'>): DatabaseEngine {
  return engines[kind]
}
