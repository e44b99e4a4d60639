// PostgreSQL as the database contract wants it: a role of the app without any rights of an administrator, and one with.
import type { Access } from '../../src/databases/access.ts'
import { postgresEngine } from '../../src/databases/postgres/index.ts'
import { freePort } from '../rigs/free-port.ts'
import { type Postgres, startPostgres } from '../rigs/postgres.ts'
import { type DatabaseUnderTest, standardSeed } from './database-contract.ts'

export interface PostgresUnderTest extends DatabaseUnderTest {
  readonly server: Postgres
  readonly access: Extract<Access, { kind: 'postgres' | 'mysql' }>
}

const live = 'shop-1'
const password = `pa ss:wörd\\'"$HOME\`\${X}#geheimnis`
const text = (value: string) => `'${value.replaceAll("'", "''")}'`

export async function makePostgresUnderTest(): Promise<PostgresUnderTest> {
  const server = await startPostgres()
  const access: PostgresUnderTest['access'] = {
    kind: 'postgres',
    address: '127.0.0.1',
    port: server.port,
    database: live,
    user: 'app',
    password: '${DB_PASSWORD}',
    admin: { user: 'boss', password: 'adm-${DB_PASSWORD}' },
    known: ['DB_PASSWORD'],
  }
  await server.sql(`CREATE ROLE app LOGIN PASSWORD ${text(password)};
CREATE ROLE boss LOGIN SUPERUSER PASSWORD ${text(`adm-${password}`)};
CREATE ROLE reader;
CREATE DATABASE seed OWNER app;`)
  const seed = standardSeed({
    binary: 'bytea',
    text: 'text',
    timestamp: 'timestamptz',
    bytes: hex => `'\\x${hex}'`,
    string: text,
  })
  await server.sql(
    `SET standard_conforming_strings = on;${seed.join(';\n')};\nGRANT SELECT ON people TO reader;`,
    'seed',
    'app',
  )
  const exists = async (name: string) =>
    (await server.sql(`SELECT 1 FROM pg_database WHERE datname = ${text(name)}`)) === '1'
  return {
    engine: postgresEngine,
    formats: ['custom', 'plain'],
    server,
    access,
    env: { DB_PASSWORD: password },
    password,
    unreachable: { ...access, port: await freePort() },
    wrongDatabase: { ...access, database: 'no-such' },
    dumpTool: 'pg_dump',
    target: label => `stw_${label}`,
    // As the administrator: what a drill restored without owners is the administrator's.
    at: target => ({ ...access, ...access.admin, database: target }),
    sql: (statement, target = live) => server.sql(statement, target),
    exists,
    reset: async () => {
      const old = await server.sql(
        "SELECT quote_ident(datname) FROM pg_database WHERE datname LIKE 'stw%' OR datname = 'shop-1'",
      )
      for (const name of old.split('\n').filter(Boolean))
        await server.sql(`DROP DATABASE ${name} WITH (FORCE)`)
      await server.sql(`CREATE DATABASE "${live}" TEMPLATE seed OWNER app`)
    },
    destroy: async () => {
      await server.sql(`DROP DATABASE "${live}" WITH (FORCE)`)
    },
    changes: {
      columnType: ['DROP VIEW long_calls', 'ALTER TABLE calls ALTER COLUMN seconds TYPE bigint'],
      columnDefault: ['ALTER TABLE calls ALTER COLUMN seconds SET DEFAULT 8'],
    },
    connect: (target = live) => server.connect(target),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
