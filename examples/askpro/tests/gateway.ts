// A gateway for one test: real files, real SQLite, real HTTP, in a temporary directory.
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { TestContext } from 'node:test'
import { buildAssets } from '../scripts/build.ts'
import { createApp } from '../src/app.ts'
import { openDatabase } from '../src/database.ts'
import { migrate, readMigrations } from '../src/migrations.ts'
import { loadSettings, type Settings } from '../src/settings.ts'

export const root = join(import.meta.dirname, '..')
export const migrations = readMigrations(join(root, 'migrations'))

export interface Gateway {
  readonly url: string
  readonly settings: Settings
  readonly database: DatabaseSync
}

/** Variables for a process or loadSettings; the directory goes when the test ends. */
export function makeEnvironment(context: TestContext): Record<string, string> {
  const directory = mkdtempSync(join(tmpdir(), 'askpro-test-'))
  context.after(() => rmSync(directory, { recursive: true, force: true }))
  buildAssets(join(root, 'web'), join(directory, 'build'))
  return {
    ASKPRO_BUILD: join(directory, 'build'),
    ASKPRO_STORAGE: join(directory, 'storage'),
    ASKPRO_UPLOADS: join(directory, 'uploads'),
    ASKPRO_TRANSCRIPTION_MS: '0',
    STELLWERK_RELEASE: '20260101_000000-test123',
    PORT: '0',
  }
}

export async function startGateway(
  context: TestContext,
  extra: Record<string, string> = {},
): Promise<Gateway> {
  const settings = loadSettings(root, { ...makeEnvironment(context), ...extra })
  const database = openDatabase(settings.database)
  migrate(database, migrations, new Date())
  const server = createServer(
    createApp({ database, migrations, settings, log: () => {}, ending: () => false }),
  )
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  context.after(async () => {
    server.closeAllConnections()
    await new Promise(closed => server.close(closed))
    database.close()
  })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  return { url: `http://127.0.0.1:${address.port}`, settings, database }
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
