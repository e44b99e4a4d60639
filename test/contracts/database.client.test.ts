// The client that a person gets: signed in by a private file, gone afterwards, and a query that may only read.
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { quote } from '../../src/core/shell.ts'
import type { Access } from '../../src/databases/access.ts'
import { prepareClient, withClient } from '../../src/databases/client.ts'
import { makeLocalHost } from '../../src/hosts/local.ts'
import { startMariadb } from '../rigs/mariadb.ts'
import { startPostgres } from '../rigs/postgres.ts'

const password = `p'a:s"s\\w $HOME`

async function stage() {
  const directory = await mkdtemp(join(tmpdir(), 'client-'))
  const host = makeLocalHost({ name: 'h', env: { ...process.env, TMPDIR: directory } })
  const run = async (script: string) => {
    const { ending, stdout, stderr } = await host.run(script, { timeout: 60_000 })
    return { code: ending.kind === 'exit' ? ending.code : ending.kind, stdout, stderr }
  }
  const prepare = async (access: Access, query: string) => {
    const secret = `PASS='${password.replaceAll("'", "'\\''")}'\n`
    const prepared = await run(`${secret}${prepareClient(access, query)}`)
    expect(prepared).toMatchObject({ code: 0, stderr: '' })
    return prepared.stdout.trim()
  }
  const ask = async (access: Access, query: string) => run(withClient(await prepare(access, query), 'ask'))
  return {
    ...{ directory, run, prepare, ask },
    left: () => readdir(directory),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  }
}

/** Those of all processes of the machine that were seen meanwhile. */
async function argumentListsUntil(end: Promise<unknown>): Promise<readonly string[]> {
  const seen = new Set<string>()
  let ended = false
  void end.finally(() => {
    ended = true
  })
  while (!ended) {
    for (const pid of await readdir('/proc'))
      if (/^\d+$/.test(pid)) seen.add(await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''))
    await sleep(5)
  }
  return [...seen]
}

async function promise(access: Access, write: string): Promise<void> {
  await using it = await stage()
  const answer = await it.ask(access, "select 1 as one, 'a b' as two")
  expect(answer).toMatchObject({ code: 0, stdout: 'one\ttwo\n1\ta b\n' })
  const refused = await it.ask(access, write)
  expect(refused.code).not.toBe(0)
  expect(refused.stderr.toLowerCase()).toMatch(/read.?only/)
  expect((await it.ask(access, 'select nothing from nowhere')).code).not.toBe(0)
  expect(await it.left()).toEqual([])

  const directory = await it.prepare(access, 'select 1')
  for (const path of [directory, ...(await readdir(directory)).map(name => join(directory, name))])
    expect((await stat(path)).mode & 0o077, path).toBe(0)
  // What a person does in it: the same files, ended by a signal.
  const script = withClient(directory, 'run').replace('sh "$sw_dir/run"', () => 'kill -TERM $$; sh')
  const ended = await it.run(`sh -c ${quote(script)}\n`)
  expect(ended.code).toBe('signal')
  expect(await it.left()).toEqual([])
}

async function showsNoPassword(access: Access, slow: string): Promise<void> {
  await using it = await stage()
  const lists = await argumentListsUntil(it.ask(access, slow))
  expect(lists.some(list => /\0(-X|--batch)\0/.test(list))).toBe(true)
  expect(lists.filter(list => list.includes(password))).toEqual([])
}

test('PostgreSQL', async () => {
  await using server = await startPostgres()
  await server.sql(
    `CREATE ROLE app LOGIN PASSWORD '${password.replaceAll("'", "''")}'; CREATE DATABASE shop OWNER app`,
  )
  const at = { address: '127.0.0.1', port: server.port, database: 'shop', user: 'app' }
  const access = { kind: 'postgres', ...at, password: '${PASS}', known: ['PASS'] } as const
  await promise(access, 'create table t (a int)')
  await showsNoPassword(access, 'select pg_sleep(1)')
})

test('MariaDB', async () => {
  await using server = await startMariadb()
  const word = password.replaceAll('\\', '\\\\').replaceAll("'", "''")
  await server.sql(
    `CREATE DATABASE shop; CREATE USER app@'127.0.0.1' IDENTIFIED BY '${word}'; GRANT ALL ON shop.* TO app@'127.0.0.1'; CREATE TABLE shop.t (a int)`,
  )
  const at = { address: '127.0.0.1', port: server.port, database: 'shop', user: 'app' }
  const access = { kind: 'mysql', ...at, password: '${PASS}', known: ['PASS'] } as const
  await promise(access, 'insert into t values (1)')
  await showsNoPassword(access, 'select sleep(1)')
})

test('what a killed command left goes with the next one, what somebody works in stays', async () => {
  await using it = await stage()
  const access = { kind: 'sqlite', file: join(it.directory, 'app.sqlite'), known: [] } as const
  new DatabaseSync(access.file).close()
  const [dead, used, fresh] = [
    await it.prepare(access, 'select 1'),
    await it.prepare(access, 'select 1'),
    await it.prepare(access, 'select 1'),
  ]
  await writeFile(join(used, 'pid'), `${process.pid}\n`)
  const long = new Date(Date.now() - 3_600_000)
  for (const directory of [dead, used]) await utimes(directory, long, long)

  await it.ask(access, 'select 1')

  const left = (await it.left()).map(name => join(it.directory, name))
  expect(left.filter(path => path.includes('stellwerk.db')).toSorted()).toEqual([used, fresh].toSorted())
})

test('SQLite', async () => {
  await using it = await stage()
  const file = join(it.directory, 'app.sqlite')
  new DatabaseSync(file).close()
  await promise({ kind: 'sqlite', file, known: [] }, 'create table t (a int)')
})
