// One pool of connections a process.
import postgres, { type Sql } from 'postgres'

export type Database = Sql

export const poolSize = 10

export function openDatabase(url: string): Database {
  return postgres(url, { max: poolSize, connect_timeout: 5, onnotice: () => undefined })
}
