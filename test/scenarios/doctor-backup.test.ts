// What a backup would trip over at night is told by day, all at once: doctor asks hosts, databases, destinations, the drill's server
// and the key, and leaves nothing behind.
import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { withoutTools } from '../contracts/database-bench.ts'
import type { Ended } from '../rigs/command-line.ts'
import { type Nas, startNas } from '../rigs/nas.ts'
import { type Postgres, startPostgres } from '../rigs/postgres.ts'
import { type Document, fingerprint, openShop, type Shop } from '../rigs/shop.ts'

const execute = promisify(execFile)
const secret = `pa'ss "of" \\the$ role`

let directory: string
let shop: Shop
let nas: Nas
let production: Postgres
let scratch: Postgres
let identity: string
let recipient: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stw-doctor-'))
  // The tools of the host are those of a directory, so that one of them can be taken away.
  await giveTools()
  const loginShell = join(directory, 'shell')
  await writeFile(loginShell, `#!/bin/sh\nPATH=${directory}/tools; export PATH\nexec sh "$@"\n`, {
    mode: 0o755,
  })
  await chmod(directory, 0o755)
  ;[shop, nas, production, scratch] = await Promise.all([
    openShop({ loginShell }),
    startNas(),
    startPostgres(),
    startPostgres(),
  ])
  identity = (await execute('age-keygen', [])).stdout
  recipient = /age1\w+/.exec(identity)?.[0] ?? ''
  const word = secret.replaceAll("'", "''")
  await production.sql(`CREATE ROLE app LOGIN PASSWORD '${word}'; CREATE DATABASE app OWNER app`)
  await production.sql('CREATE TABLE calls (id integer)', 'app', 'app')
  await scratch.sql(`CREATE ROLE drill LOGIN CREATEDB PASSWORD '${word}'`)
  await mkdir(join(shop.root, 'shared/storage'), { recursive: true })
  await mkdir(join(shop.root, 'shared/data'), { recursive: true })
  await writeFile(join(shop.root, 'shared/storage/a.txt'), 'a')
  using database = new DatabaseSync(join(shop.root, 'shared/data/notes.sqlite'))
  database.exec('CREATE TABLE notes (id INTEGER PRIMARY KEY)')
}, 120_000)
afterAll(async () => {
  for (const each of [shop, nas, production, scratch]) await each?.[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

/** What a test broke, whole again, also when it failed. */
const mends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const mend of mends.splice(0).toReversed()) await mend()
})

async function giveTools(...without: readonly string[]): Promise<void> {
  await rm(join(directory, 'tools'), { force: true })
  await symlink(await withoutTools(directory, without), join(directory, 'tools'))
}

interface Given {
  readonly database?: Document
  readonly backup?: Document
  readonly server?: Document
}

async function configure({ database = {}, backup = {}, server = {} }: Given = {}): Promise<void> {
  const { kind, address, port, path, hostKey, identityFile } = nas.config
  await shop.configure({
    secrets: { DB_PASSWORD: { env: 'DB_PASSWORD' }, AGE_IDENTITY: { env: 'AGE_IDENTITY' } },
    release: { shared: { directories: ['data'] } },
    databases: {
      main: {
        kind: 'postgres',
        database: 'app',
        port: production.port,
        user: 'app',
        password: '${DB_PASSWORD}',
        ...database,
      },
      notes: { kind: 'sqlite', file: 'data/notes.sqlite' },
    },
    backup: {
      destinations: { nas: { kind, address, port, path, hostKey, identityFile } },
      files: { storage: { paths: ['shared/storage'] } },
      reserve: '1MB',
      encrypt: { recipients: [recipient], identity: '${AGE_IDENTITY}' },
      drill: {
        directory: join(shop.directory, 'drill'),
        servers: { main: { port: scratch.port, user: 'drill', password: '${DB_PASSWORD}', ...server } },
      },
      ...backup,
    },
  })
}

const doctor = (env: Readonly<Record<string, string>> = {}, ...words: readonly string[]) =>
  shop.start(['doctor', 'test', ...words], { env: { DB_PASSWORD: secret, AGE_IDENTITY: identity, ...env } })
    .ended

const codes = (ended: Ended) => ended.problems.map(({ code }) => code).toSorted()

test('where nothing is missing nothing is found, and looking leaves nothing behind', async () => {
  await configure()
  const before = await fingerprint(shop.root)

  const ended = await doctor()

  expect(ended.code, ended.said).toBe(0)
  expect(ended.out).toContain('ready')
  expect(await fingerprint(shop.root)).toEqual(before)
  expect(await readdir(join(nas.files, 'backup')).catch(() => [])).toEqual([])
})

test('all that is wrong is told at once, each with what mends it', async () => {
  await giveTools('zstd', 'age')
  mends.push(() => giveTools())
  await symlink('nowhere', join(shop.root, 'shared/link'))
  const backups = join(shop.root, 'backups')
  await mkdir(backups, { mode: 0o755 })
  await chmod(backups, 0o755)
  mends.push(() => rm(backups, { recursive: true }))
  await nas.stop()
  mends.push(() => nas.start())
  await configure({
    database: { user: 'app', password: 'another' },
    backup: {
      files: { storage: { paths: ['shared/storage', 'shared/gone', 'shared/link'] } },
      reserve: '900000GB',
    },
    server: { user: 'nobody' },
  })
  const before = await fingerprint(shop.root)
  const other = (await execute('age-keygen', [])).stdout

  const json = await doctor({ AGE_IDENTITY: other }, '--json')
  const german = await doctor({ AGE_IDENTITY: other }, '--lang', 'de')

  // zstd, age, the password; open, no room; two files; the NAS; the drill's role; the key.
  expect(codes(json)).toEqual(
    [
      ...['STW-B100', 'STW-B100', 'STW-B101', 'STW-B591', 'STW-B592'],
      ...['STW-B290', 'STW-B290', 'STW-B227', 'STW-B600', 'STW-B604'],
    ].toSorted(),
  )
  expect(json.code, json.said).toBe(5)
  for (const problem of json.problems) expect(problem.next?.length, problem.what.en).toBeGreaterThan(0)
  for (const said of [json.said, german.said]) {
    expect(said).not.toContain(secret)
    expect(said).not.toContain('AGE-SECRET-KEY')
  }
  expect(german.code).toBe(5)
  expect(german.out).toContain('10 Befunde')
  expect(await fingerprint(shop.root)).toEqual(before)
})

test('a role that may not read a table, and one that may create no database, are found', async () => {
  await production.sql('CREATE TABLE payroll (id integer); REVOKE ALL ON payroll FROM app', 'app')
  mends.push(() => production.sql('DROP TABLE payroll', 'app'))
  await scratch.sql('ALTER ROLE drill NOCREATEDB')
  mends.push(() => scratch.sql('ALTER ROLE drill CREATEDB'))
  await configure()

  const ended = await doctor({}, '--json')

  expect(codes(ended)).toEqual(['STW-B118', 'STW-B601'])
  expect(ended.said).toContain('payroll')
})

test('a drill that would work on the server of production is found, unless that is wanted', async () => {
  await production.sql('ALTER ROLE app CREATEDB')
  mends.push(() => production.sql('ALTER ROLE app NOCREATEDB'))
  const server = { port: production.port, user: 'app' }
  await configure({ server })
  const refused = await doctor({}, '--json')
  const drill = { sameServer: true, servers: { main: { ...server, password: '${DB_PASSWORD}' } } }
  await configure({ backup: { drill } })
  const wanted = await doctor({}, '--json')

  expect(codes(refused)).toEqual(['STW-B602'])
  expect(codes(wanted)).toEqual([])
})
