// A gateway for one test: real files, real HTTP, a real database: SQLite in a temporary directory, or one of its own on the MariaDB
// server that ASKPRO_TEST_DATABASE_URL names (its account must be able to create databases).
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { buildAssets } from '../scripts/build.ts'
import { createApp } from '../src/app.ts'
import { type Database, openDatabase } from '../src/database.ts'
import { migrate, readMigrations } from '../src/migrations.ts'
import { loadSettings, type Settings } from '../src/settings.ts'

export const root = join(import.meta.dirname, '..')
const server = process.env['ASKPRO_TEST_DATABASE_URL']
export const kind: Database['kind'] = server ? 'mysql' : 'sqlite'
export const migrations = readMigrations(join(root, 'migrations'), kind)

export interface Gateway {
  readonly url: string
  readonly settings: Settings
  readonly database: Database
}

/** Variables for a process or loadSettings; the directory goes when the test ends. */
export async function makeEnvironment(context: TestContext): Promise<Record<string, string>> {
  const directory = mkdtempSync(join(tmpdir(), 'askpro-test-'))
  context.after(() => rmSync(directory, { recursive: true, force: true }))
  buildAssets(join(root, 'web'), join(directory, 'build'))
  return {
    ASKPRO_BUILD: join(directory, 'build'),
    ASKPRO_STORAGE: join(directory, 'storage'),
    ASKPRO_UPLOADS: join(directory, 'uploads'),
    ASKPRO_DATABASE_URL: server ? await databaseOf(context, server) : '',
    ASKPRO_TRANSCRIPTION_MS: '0',
    STELLWERK_RELEASE: '20260101_000000-test123',
    PORT: '0',
  }
}

export async function startGateway(
  context: TestContext,
  extra: Record<string, string> = {},
): Promise<Gateway> {
  const settings = loadSettings(root, { ...(await makeEnvironment(context)), ...extra })
  const database = await openDatabase(settings.database)
  context.after(() => database.close())
  await migrate(database, migrations, new Date())
  const server = createServer(
    createApp({ database, migrations, settings, log: () => {}, ending: () => false }),
  )
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  context.after(async () => {
    server.closeAllConnections()
    await new Promise(closed => server.close(closed))
  })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  return { url: `http://127.0.0.1:${address.port}`, settings, database }
}

/** URL of a new database on the server; it goes when the test ends. */
async function databaseOf(context: TestContext, url: string): Promise<string> {
  const name = `askpro_test_${randomBytes(6).toString('hex')}`
  const once = async (statement: string) => {
    const database = await openDatabase({ file: '', url })
    await database.script(statement).finally(() => database.close())
  }
  await once(`CREATE DATABASE ${name}`)
  context.after(() => once(`DROP DATABASE ${name}`))
  const own = new URL(url)
  own.pathname = `/${name}`
  return own.href
}

/** A database without tables. */
export async function emptyDatabase(context: TestContext): Promise<Database> {
  const { database: place } = loadSettings(root, await makeEnvironment(context))
  const database = await openDatabase(place)
  context.after(() => database.close())
  return database
}

/** The body, of the shape that the test expects of it. */
export async function json<T>(response: Response): Promise<T> {
  return (await response.json()) as T
}

export function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
}
