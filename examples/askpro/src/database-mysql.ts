// MariaDB or MySQL, through a pool.
import {
  createPool,
  type Pool,
  type PoolConnection,
  type ResultSetHeader,
  type RowDataPacket,
} from 'mysql2/promise'
import type { Database, Statements } from './database.ts'

const duplicate = 1062

export function openMysql(url: string): Database {
  const pool = createPool({
    uri: url,
    charset: 'utf8mb4_unicode_ci',
    connectionLimit: 8,
    // Migrations are files with several statements; values never become text of a statement.
    multipleStatements: true,
  })
  const direct = statementsOf(pool)
  return {
    kind: 'mysql',
    ...direct,
    transaction: work =>
      withConnection(pool, async connection => {
        await connection.beginTransaction()
        try {
          const result = await work(statementsOf(connection))
          await connection.commit()
          return result
        } catch (error) {
          await connection.rollback()
          throw error
        }
      }),
    script: async (...texts) => {
      for (const text of texts) await pool.query(text)
    },
    alone: work =>
      withConnection(pool, async connection => {
        // A lock of the connection: the server frees it when the process dies.
        const [rows] = await connection.query<RowDataPacket[]>("SELECT GET_LOCK('askpro', 60) AS mine")
        if (rows[0]?.['mine'] !== 1) throw new Error('another process migrates this database')
        try {
          return await work()
        } finally {
          await connection.query("SELECT RELEASE_LOCK('askpro')")
        }
      }),
    close: () => pool.end(),
  }
}

async function withConnection<T>(pool: Pool, work: (connection: PoolConnection) => Promise<T>): Promise<T> {
  const connection = await pool.getConnection()
  try {
    return await work(connection)
  } finally {
    connection.release()
  }
}

function statementsOf(client: Pool | PoolConnection): Statements {
  const all: Statements['all'] = async (sql, ...values) => {
    const [rows] = await client.execute<RowDataPacket[]>(sql, [...values])
    return rows
  }
  const change = async (sql: string, values: readonly (string | number | null)[]) =>
    (await client.execute<ResultSetHeader>(sql, [...values]))[0]
  return {
    all,
    get: async (sql, ...values) => (await all(sql, ...values))[0],
    run: async (sql, ...values) => void (await change(sql, values)),
    insert: async (sql, ...values) => {
      try {
        return (await change(sql, values)).insertId
      } catch (error) {
        if (error instanceof Error && 'errno' in error && error.errno === duplicate) return undefined
        throw error
      }
    },
  }
}
