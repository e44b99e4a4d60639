// Databases as a config names them, asked on a host: a real PostgreSQL, a real MariaDB, a real SQLite file.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCheck } from '../../src/checks/index.ts'
import { makeLocalHost } from '../../src/hosts/local.ts'
import { checksOf } from '../../src/procedures/given.ts'
import { document, load } from '../helpers/config-file.ts'
import { freePort } from '../rigs/free-port.ts'
import { type Mariadb, startMariadb } from '../rigs/mariadb.ts'
import { type Postgres, startPostgres } from '../rigs/postgres.ts'
import { aContext, Rig } from './checks.rig.ts'

const rig = new Rig()
const started = new AsyncDisposableStack()
const root = rig.directory()
const password = `sentinel 'pa"ss $word`
let postgres: Postgres
let mariadb: Mariadb
let closed: number
beforeAll(async () => {
  ;[postgres, mariadb, closed] = await Promise.all([startPostgres(), startMariadb(), freePort()])
  started.use(postgres)
  started.use(mariadb)
  const quoted = `'${password.replaceAll("'", "''")}'`
  await postgres.sql(
    `CREATE ROLE app LOGIN PASSWORD ${quoted}; CREATE DATABASE shop OWNER app; CREATE DATABASE bare OWNER app`,
  )
  await postgres.sql(
    'CREATE TABLE users (id int PRIMARY KEY, name text); INSERT INTO users SELECT n, n::text FROM generate_series(1, 5000) n; CREATE EXTENSION amcheck; GRANT SELECT ON users TO app; GRANT EXECUTE ON FUNCTION bt_index_check(regclass) TO app',
    'shop',
  )
  await mariadb.sql(
    `CREATE DATABASE shop; CREATE USER app@'%' IDENTIFIED BY ${quoted}; GRANT SELECT ON shop.* TO app@'%'`,
  )
  mkdirSync(join(root, 'releases/r1'), { recursive: true })
  mkdirSync(join(root, 'shared/storage'), { recursive: true })
  symlinkSync('releases/r1', join(root, 'current'))
  using file = new DatabaseSync(join(root, 'shared/storage/app.sqlite'))
  file.exec('CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)')
  for (let n = 0; n < 500; n += 1) file.prepare('INSERT INTO users (name) VALUES (?)').run('x'.repeat(200))
  file.exec('CREATE INDEX names ON users (name)')
})
afterAll(async () => {
  await started.disposeAsync()
  await rig.close()
})

const access = (port: number) => `address: 127.0.0.1, port: ${port}, user: app, password: '\${DB_PASSWORD}'`

function theConfig(check: string) {
  const loaded = load(
    document({
      more: `databases:
  pg: { kind: postgres, database: shop, ${access(postgres.port)}, migrate: { command: 'true', pending: 'echo $DB_PASSWORD $MODE; exit "$(cat "$STELLWERK_ROOT/pending")"', env: { MODE: '\${DB_PASSWORD}' } } }
  bare: { kind: postgres, database: bare, ${access(postgres.port)} }
  my: { kind: mariadb, database: shop, ${access(mariadb.port)} }
  lite: { kind: sqlite, file: storage/app.sqlite }
  torn: { kind: sqlite, file: storage/torn.sqlite }
  gone: { kind: sqlite, file: storage/gone.sqlite }
  down: { kind: postgres, database: shop, ${access(closed)} }
  downmy: { kind: mariadb, database: shop, ${access(closed)} }
  stranger: { kind: postgres, database: shop, address: 127.0.0.1, port: ${postgres.port}, user: nobody, password: '\${DB_PASSWORD}' }
secrets: { DB_PASSWORD: { env: DB_PASSWORD } }`,
      checks: `checks:\n  db: { kind: database, timeout: 60s, ${check} }\n  health: { kind: tcp, port: 1 }\n  disk: { kind: disk, minFree: 1B }`,
      environments: `environments:\n  production:\n    root: ${root}\n    hosts: { web1: local, web2: { address: web2.example.org } }`,
    }),
    { env: { DB_PASSWORD: password } },
  )
  if (!loaded.ok) throw new Error(loaded.error.map(({ code, what }) => `${code} ${what.en}`).join('\n'))
  return loaded.value.config
}

async function run(check: string, path = process.env['PATH']) {
  const config = theConfig(check)
  const [host, other] = config.hosts
  if (host === undefined || other === undefined) throw new Error('no host')
  // It is asked where its tools are, and nowhere else.
  expect(checksOf(config, other, ['db'])).toEqual([])
  const [named] = checksOf(config, host, ['db'])
  if (named === undefined) throw new Error('no check')
  // The step is data that others may see.
  expect(JSON.stringify(named)).not.toContain('sentinel')
  const result = await runCheck(
    'db',
    named.check,
    aContext({
      host: makeLocalHost({ name: 'web1', env: { PATH: path } }),
      root,
      secret: name => config.secrets.get(name)?.reveal(),
    }),
  )
  expect(JSON.stringify(result)).not.toContain('sentinel')
  return [result.verdict, result.observed.en.replaceAll(/\d+ ms|\d\.\d s/g, 'T')] as const
}

test.each(['pg', 'my', 'lite'])('%s answers, and what it answers is judged', async name => {
  const green = await run(`database: ${name}, expect: { maxTime: 30s }`)
  const value = await run(`database: ${name}, query: 'SELECT 41 + 1', expect: { value: { min: 42 } }`)
  const red = await run(`database: ${name}, query: SELECT 0, expect: { value: { min: 1 } }`)
  const wrong = await run(`database: ${name}, query: SELECT no_such_column`)
  const writes = await run(`database: ${name}, query: CREATE TABLE x (y int)`)

  expect([green, value]).toEqual([
    ['pass', 'answers (T)'],
    ['pass', 'answers (T)'],
  ])
  expect(red).toEqual(['fail', 'the value is "0", expected at least 1'])
  expect([wrong[0], writes[0]]).toEqual(['fail', 'fail'])
  expect(wrong[1]).toMatch(/^the query failed: .*no_such_column/)
})

test('a server that refuses is a fail, a tool that is missing is unknown', async () => {
  const [down, downmy, stranger, gone] = [
    await run('database: down'),
    await run('database: downmy'),
    await run('database: stranger'),
    await run('database: gone'),
  ]
  expect(down).toEqual(['fail', expect.stringMatching(/^no connection: .*refused/)])
  expect(downmy[0]).toBe('fail')
  expect(stranger).toEqual(['fail', expect.stringMatching(/^no connection: .*authentication failed/)])
  expect(gone[0]).toBe('fail')

  const bin = rig.directory()
  const applets = execFileSync('busybox', ['--list'], { encoding: 'utf8' }).trim().split('\n')
  for (const applet of applets) symlinkSync('/bin/busybox', join(bin, applet))
  expect(await run('database: pg', bin)).toEqual(['unknown', 'the host has no psql'])
  expect((await run('database: lite', bin))[0]).toBe('unknown')
})

test('connections in use, as a share of those allowed', async () => {
  expect(await run('database: pg, expect: { pool: 90 }')).toEqual([
    'pass',
    expect.stringMatching(/^answers \(T\); \d+ of 100 connections \(\d+(\.\d)? %\)$/),
  ])
  const open = await Promise.all(Array.from({ length: 8 }, () => postgres.connect('bare')))
  const full = await run('database: bare, expect: { pool: 5 }')
  for (const session of open) await session.close()
  expect(full).toEqual([
    'fail',
    expect.stringMatching(/^\d+ of 100 connections \(\d+ %\), expected at most 5 %$/),
  ])
  expect(await run('database: my, expect: { pool: 90 }')).toEqual([
    'pass',
    expect.stringMatching(/^answers \(T\); \d+ of \d+ connections \([\d.]+ %\)$/),
  ])
})

test('pending migrations, by the command that tells', async () => {
  const pending = (exit: string) => {
    writeFileSync(join(root, 'pending'), exit)
    return run('database: pg, expect: { pending: none }')
  }
  expect(await pending('3')).toEqual(['pass', 'answers (T); no migration is pending'])
  expect(await pending('0')).toEqual(['fail', 'migrations are pending, expected none'])
  expect(await pending('1')).toEqual([
    'unknown',
    'migrate.pending ended with 1, neither 0 (pending) nor 3 (none)',
  ])
})

describe('integrity', () => {
  const sound = (name: string) => run(`database: ${name}, expect: { integrity: ok }`)
  test('SQLite, sound and torn', async () => {
    const bytes = readFileSync(join(root, 'shared/storage/app.sqlite'))
    bytes.fill(0x55, 4096 * 6, 4096 * 9)
    writeFileSync(join(root, 'shared/storage/torn.sqlite'), bytes)
    expect(await sound('lite')).toEqual(['pass', 'answers (T); its data is sound'])
    expect(await sound('torn')).toEqual(['fail', expect.stringMatching(/^its data is damaged: /)])
  })

  test('PostgreSQL by amcheck, without it unknown; MariaDB unknown', async () => {
    expect(await sound('pg')).toEqual(['pass', 'answers (T); its data is sound'])
    expect(await sound('bare')).toEqual(['unknown', expect.stringMatching(/CREATE EXTENSION amcheck/)])
    expect((await sound('my'))[0]).toBe('unknown')
  })

  test('PostgreSQL with an index whose order is not that of its values', async () => {
    const order = (sign: string) =>
      `CREATE OR REPLACE FUNCTION compared(a int, b int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT ${sign} (CASE WHEN a = b THEN 0 WHEN a > b THEN 1 ELSE -1 END)';`
    await postgres.sql(
      `${order('+')} CREATE OPERATOR CLASS turned FOR TYPE int USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 compared(int, int);
CREATE INDEX turned ON users (id turned); ${order('-')}`,
      'shop',
    )
    const damaged = await sound('pg')
    await postgres.sql('DROP INDEX turned', 'shop')

    expect(damaged).toEqual([
      'fail',
      expect.stringMatching(/^its data is damaged: item order invariant violated for index .turned./),
    ])
    expect((await sound('pg'))[0]).toBe('pass')
  })
})

test('what a database cannot tell is refused before anything runs', () => {
  expect(() => theConfig('database: lite, expect: { pool: 90 }')).toThrow(
    'STW-C110 checks.db.expect.pool asks for the connections of lite, a SQLite file',
  )
  expect(() => theConfig('database: bare, expect: { pending: none }')).toThrow('STW-C111')
  expect(() => theConfig('database: mian')).toThrow('STW-C020')
})
