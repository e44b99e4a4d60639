// MariaDB as the database contract wants it: a role of the app that may read and lock, and an administrator.
import type { Access } from '../../src/databases/access.ts'
import { mysqlEngine } from '../../src/databases/mysql/index.ts'
import { freePort } from '../rigs/free-port.ts'
import { type Mariadb, startMariadb } from '../rigs/mariadb.ts'
import { type DatabaseUnderTest, standardSeed } from './database-contract.ts'

export interface MysqlUnderTest extends DatabaseUnderTest {
  readonly server: Mariadb
  readonly access: Extract<Access, { kind: 'postgres' | 'mysql' }>
}

export const live = 'shop-1'
const password = `pa ss:wörd\\'"$HOME\`\${X}#geheimnis`
const text = (value: string) => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`

export async function makeMysqlUnderTest(): Promise<MysqlUnderTest> {
  const server = await startMariadb()
  const access: MysqlUnderTest['access'] = {
    kind: 'mysql',
    address: '127.0.0.1',
    port: server.port,
    database: live,
    user: 'app',
    password: '${DB_PASSWORD}',
    admin: { user: 'boss', password: 'adm-${DB_PASSWORD}' },
    known: ['DB_PASSWORD'],
  }
  await server.sql(`CREATE USER app@'%' IDENTIFIED BY ${text(password)};
CREATE USER boss@'%' IDENTIFIED BY ${text(`adm-${password}`)};
GRANT ALL ON *.* TO boss@'%' WITH GRANT OPTION;
GRANT RELOAD ON *.* TO app@'%';
GRANT SELECT, INSERT, UPDATE, DELETE, SHOW VIEW, TRIGGER, EVENT, EXECUTE ON \`${live}\`.* TO app@'%';
GRANT SELECT ON mysql.proc TO app@'%';`)
  const seed = standardSeed({
    binary: 'blob',
    text: 'text',
    timestamp: 'timestamp',
    bytes: hex => `x'${hex}'`,
    string: text,
  }).join(';\n')
  const reset = async () => {
    const old = await server.sql(
      `SELECT CONCAT('DROP DATABASE \`', schema_name, '\`;') FROM information_schema.schemata WHERE schema_name LIKE 'stw%' OR schema_name = '${live}'`,
    )
    await server.sql(
      `${old}\nCREATE DATABASE \`${live}\` CHARACTER SET utf8mb4 COLLATE utf8mb4_german2_ci; USE \`${live}\`; ${seed};`,
    )
  }
  await reset()
  return {
    engine: mysqlEngine,
    formats: ['plain'],
    server,
    access,
    env: { DB_PASSWORD: password },
    password,
    unreachable: { ...access, port: await freePort() },
    wrongDatabase: { ...access, database: 'no-such' },
    dumpTool: 'mariadb-dump',
    target: label => `stw_${label}`,
    at: target => ({ ...access, ...access.admin, database: target }),
    sql: async (statement, target = live) => (await server.sql(statement, target)).split('\n')[0] ?? '',
    exists: async name =>
      (await server.sql(
        `SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = ${text(name)}`,
      )) === '1',
    reset,
    destroy: async () => {
      await server.sql(`DROP DATABASE \`${live}\``)
    },
    changes: {
      columnType: ['ALTER TABLE calls MODIFY seconds bigint DEFAULT 7'],
      columnDefault: ['ALTER TABLE calls ALTER COLUMN seconds SET DEFAULT 8'],
    },
    connect: (target = live) => server.connect(target),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
