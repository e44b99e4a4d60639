// The database that web, worker and both overlapping releases share: a SQLite file, or a MariaDB or MySQL server. What differs
// between them lives behind this interface; statements elsewhere are written so that both understand them.
export type Value = string | number | null
export type Row = Readonly<Record<string, unknown>>

export interface Statements {
  /** The first row. */
  get(sql: string, ...values: readonly Value[]): Promise<Row | undefined>
  all(sql: string, ...values: readonly Value[]): Promise<readonly Row[]>
  run(sql: string, ...values: readonly Value[]): Promise<void>
  /** Id of the new row; undefined when a value that must be unique is there already. */
  insert(sql: string, ...values: readonly Value[]): Promise<number | undefined>
}

export interface Database extends Statements {
  readonly kind: 'sqlite' | 'mysql'
  /** All or nothing. What the work awaits must be its own statements: others wait until it is over. */
  transaction<T>(work: (statements: Statements) => Promise<T>): Promise<T>
  /** Texts of several statements each. SQLite runs all of them or none; MariaDB keeps what ran before one that fails. */
  script(...texts: readonly string[]): Promise<void>
  /** One process at a time does this, where half of it could be seen. */
  alone<T>(work: () => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** `url`: `mysql://user:password@host:port/name`, or absent for the file. */
export async function openDatabase(place: { readonly file: string; readonly url?: string | undefined }) {
  const { file, url } = place
  // The driver is loaded by those who use it.
  if (url !== undefined) return (await import('./database-mysql.ts')).openMysql(url)
  return (await import('./database-sqlite.ts')).openSqlite(file)
}
