// One SQLite file, through one connection of this process.
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Database, Statements } from './database.ts'

/** Extended result codes of a broken UNIQUE and a broken PRIMARY KEY. */
const taken = [2067, 1555]

/** WAL lets the old and the new release read while one of them writes; `timeout` waits for that one writer. */
export function openSqlite(file: string): Database {
  if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true })
  const connection = new DatabaseSync(file, { timeout: 5_000 })
  connection.exec('PRAGMA journal_mode = WAL')
  const direct = statementsOf(connection)
  // There is one connection, so what others ask waits until a transaction is over.
  let turn: Promise<unknown> = Promise.resolve()
  const queued = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work)
    turn = mine.catch(() => undefined)
    return mine
  }
  const transaction = <T>(work: (statements: Statements) => Promise<T>) =>
    queued(async () => {
      // IMMEDIATE, because a read lock that is raised later fails at once instead of waiting.
      connection.exec('BEGIN IMMEDIATE')
      try {
        const result = await work(direct)
        connection.exec('COMMIT')
        return result
      } catch (error) {
        if (connection.isTransaction) connection.exec('ROLLBACK')
        throw error
      }
    })
  return {
    kind: 'sqlite',
    get: (...words) => queued(() => direct.get(...words)),
    all: (...words) => queued(() => direct.all(...words)),
    run: (...words) => queued(() => direct.run(...words)),
    insert: (...words) => queued(() => direct.insert(...words)),
    transaction,
    script: (...texts) =>
      transaction(async () => {
        for (const text of texts) connection.exec(text)
        if (!connection.isTransaction) throw new Error('a script must not end its transaction')
      }),
    // A script is a transaction and there is one writer at a time: that is enough.
    alone: work => work(),
    close: () => queued(async () => connection.close()),
  }
}

function statementsOf(connection: DatabaseSync): Statements {
  return {
    get: async (sql, ...values) => connection.prepare(sql).get(...values),
    all: async (sql, ...values) => connection.prepare(sql).all(...values),
    run: async (sql, ...values) => void connection.prepare(sql).run(...values),
    insert: async (sql, ...values) => {
      try {
        return Number(connection.prepare(sql).run(...values).lastInsertRowid)
      } catch (error) {
        if (error instanceof Error && 'errcode' in error && taken.includes(Number(error.errcode)))
          return undefined
        throw error
      }
    },
  }
}
