// Everything that a story about the document store needs on this machine: its servers, a root with its settings, a Git repository whose
// environment `local` is that root.
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { makeRepository, type Setting } from '../../variants.ts'
import { freePort, type Servers, startServers } from '../scripts/servers.ts'
import { ablage } from './variants.ts'

export interface AblageStory extends AsyncDisposable {
  readonly repository: string
  /** Of the app, on this machine; `shared/.env` is there. */
  readonly root: string
  readonly url: string
  readonly servers: Servers
  /** For the command: the secrets that stellwerk.yaml takes from the environment, and Node 24 first in the PATH. */
  readonly env: Readonly<Record<string, string>>
}

/** `directory` must exist; what a deploy starts below it is for the caller to end. The tests of the app are left out of the build: a
 *  story has no time for them. */
export async function openAblage(directory: string, settings: readonly Setting[] = []): Promise<AblageStory> {
  const servers = await startServers()
  try {
    const [root, repository] = [join(directory, 'server'), join(directory, 'repository')]
    mkdirSync(join(root, 'shared/storage/documents'), { recursive: true })
    const rest = servers.variables
    const lines = Object.entries({ ...rest, ENVIRONMENT: 'production' })
    const file = lines.map(([name, value]) => `${name}=${value}\n`).join('')
    writeFileSync(join(root, 'shared/.env'), file, { mode: 0o600 })
    // Of an installation that is there already: its backup before the first deploy must hold its tables.
    const migrate = [join(ablage.directory, 'src/migrate.ts'), 'up']
    execFileSync(process.execPath, migrate, { env: { ...rest }, stdio: 'ignore' })
    const [front, first, second] = [await freePort(), await freePort(), await freePort()]
    const local = ['environments', 'local']
    makeRepository(ablage, repository, [
      { path: [...local, 'root'], value: root },
      { path: ['router', 'listen'], value: `127.0.0.1:${front}` },
      { path: ['router', 'node'], value: process.execPath },
      { path: ['services', 'backend', 'ports'], value: [first, second] },
      { path: ['build', 'test'], value: [] },
      { path: ['databases', 'main', 'port'], value: servers.postgres.port },
      {
        path: [...local, 'override', 'backup', 'destinations', 'local', 'path'],
        value: join(directory, 'backups'),
      },
      // A busy machine is no server: what it measures says nothing about 50 ms.
      { path: ['checks', 'latency', 'expect', 'maxTime'], value: '500ms' },
      ...settings,
    ])
    return {
      repository,
      root,
      servers,
      url: `http://127.0.0.1:${front}`,
      env: {
        DB_PASSWORD: servers.postgres.password,
        ABLAGE_ADMIN_TOKEN: String(rest['ABLAGE_ADMIN_TOKEN']),
        ABLAGE_MAINTENANCE_PASS: String(rest['ABLAGE_MAINTENANCE_PASS']),
        ABLAGE_USER_PASSWORD: String(rest['ABLAGE_USER_PASSWORD']),
        PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
      },
      [Symbol.asyncDispose]: () => servers[Symbol.asyncDispose](),
    }
  } catch (error) {
    await servers[Symbol.asyncDispose]()
    throw error
  }
}
