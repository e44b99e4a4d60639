// What doctor asks a MariaDB: may the role dump all of it, and may the role of drills make its databases?
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Config } from '../../src/config/config.ts'
import { mysqlEngine } from '../../src/databases/mysql/index.ts'
import { probeScript } from '../../src/engine/host-probes.ts'
import { makeLocalHost } from '../../src/hosts/local.ts'
import { drillFindings, drillProbes } from '../../src/procedures/doctor-drill.ts'
import { runFragment } from '../rigs/fragment.ts'
import { type Mariadb, startMariadb } from '../rigs/mariadb.ts'

let server: Mariadb
beforeAll(async () => {
  server = await startMariadb()
  await server.sql(`CREATE DATABASE app; CREATE TABLE app.calls (id INT); CREATE VIEW app.some AS SELECT id FROM app.calls;
CREATE USER app@'%' IDENTIFIED BY 'secret'; CREATE USER drill@'%' IDENTIFIED BY 'secret'`)
})
afterAll(() => server?.[Symbol.asyncDispose]())

const known: readonly string[] = []
const access = (user = 'app', password = 'secret') => ({
  kind: 'mysql' as const,
  address: '127.0.0.1',
  port: server.port,
  database: 'app',
  user,
  password,
  known,
})
const ready = (...words: Parameters<typeof access>) => runFragment(mysqlEngine.ready(access(...words)))

it('is ready for a dump with the rights of one', async () => {
  await server.sql(`GRANT SELECT, SHOW VIEW, TRIGGER, EVENT, LOCK TABLES ON app.* TO app@'%'`)

  expect(await ready()).toMatchObject({ code: 0, report: [] })
})

it('names what the role may not read', async () => {
  await server.sql(`REVOKE ALL ON app.* FROM app@'%'; GRANT SELECT ON app.* TO app@'%'`)

  const { code, report } = await ready()
  expect([code, report[0]]).toEqual([1, 'rights'])
  expect(report[1]).toContain('some')
})

it('cannot sign in with another password', async () => {
  expect(await ready('app', 'wrong')).toMatchObject({
    code: 1,
    report: ['connect', expect.stringContaining('denied')],
  })
})

it.each([
  ['no right at all', '', ['STW-B601']],
  ['the right for other names', "GRANT ALL ON other.* TO drill@'%'", ['STW-B601']],
  ['the right to names of drills', "GRANT ALL ON `stw\\_drill\\_%`.* TO drill@'%'", []],
  ['every right', "GRANT ALL ON *.* TO drill@'%'", []],
])('asks whether the role of drills has %s', async (_, grant, codes) => {
  await server.sql(`DROP USER drill@'%'; CREATE USER drill@'%' IDENTIFIED BY 'secret'; ${grant}`)
  const { address, port, database, user, password } = access()
  const config = {
    hosts: [{ name: 'web1', roles: [] }],
    secrets: new Map(),
    secretCommands: new Map(),
    secretFiles: new Map(),
    databases: { main: { kind: 'mariadb', address, port, database, user, password } },
    backup: {
      files: {},
      compression: 'zstd',
      schedule: {},
      drill: { sameServer: true, servers: { main: { address, port, user: 'drill', password } } },
    },
  } as unknown as Config
  const { stdout } = await makeLocalHost({ name: 'here' }).run(probeScript(drillProbes(config), {}), {
    timeout: 60_000,
  })

  expect(drillFindings(config, stdout, new Map()).map(({ code }) => code)).toEqual(codes)
})
