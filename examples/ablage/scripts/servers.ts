// The servers that this app talks to, private and for a while: PostgreSQL and Redis on free ports in directories of their own,
// ended by pid. Tests and stories use it; `node scripts/servers.ts` starts them, prints the settings and ends them with Ctrl-C.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const execute = promisify(execFile)

export interface Servers extends AsyncDisposable {
  /** Ends with the name of an empty database. */
  readonly databaseUrl: string
  readonly redisUrl: string
  readonly postgres: { readonly port: number; readonly socket: string; readonly password: string }
  readonly redisPort: number
  /** A further empty database on the same server. */
  newDatabase(name: string): Promise<string>
  /** The settings with which the app starts here. */
  readonly variables: Readonly<Record<string, string>>
}

export async function startServers(): Promise<Servers> {
  const ending = new AsyncDisposableStack()
  try {
    const postgres = await startPostgres(ending)
    const redisPort = await startRedis(ending)
    const newDatabase = async (name: string) => {
      await postgres.sql(`CREATE DATABASE ${name} OWNER ablage`)
      return `postgres://ablage:${postgres.password}@127.0.0.1:${postgres.port}/${name}`
    }
    const databaseUrl = await newDatabase('ablage')
    const redisUrl = `redis://127.0.0.1:${redisPort}/0`
    return {
      databaseUrl,
      redisUrl,
      postgres,
      redisPort,
      newDatabase,
      variables: settings(databaseUrl, redisUrl),
      [Symbol.asyncDispose]: () => ending.disposeAsync(),
    }
  } catch (error) {
    await ending.disposeAsync()
    throw error
  }
}

function settings(databaseUrl: string, redisUrl: string): Readonly<Record<string, string>> {
  const secret = () => randomBytes(32).toString('hex')
  return {
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    SECRET_KEY: secret(),
    JWT_SECRET_KEY: secret(),
    ABLAGE_ADMIN_TOKEN: secret(),
    ABLAGE_USER_TOKEN: secret(),
    ABLAGE_MAINTENANCE_PASS: secret(),
    ABLAGE_ADMIN_EMAIL: 'admin@ablage.example',
    ABLAGE_ADMIN_PASSWORD: secret(),
    ABLAGE_USER_EMAIL: 'probe@ablage.example',
    ABLAGE_USER_PASSWORD: secret(),
    CORS_ORIGINS: 'https://ablage.example',
    GPU_MEMORY_LIMIT_GB: '13.6',
  }
}

async function startPostgres(ending: AsyncDisposableStack) {
  const directory = privateDirectory('ablage-postgres-', ending)
  const root = '/usr/lib/postgresql'
  const version = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a))[0] : undefined
  if (version === undefined) throw new Error('PostgreSQL is missing: apt-get install postgresql')
  const bin = join(root, version, 'bin')
  // It refuses to run as root.
  const owner = userInfo().uid === 0 ? await idOf('postgres') : undefined
  if (owner) chownSync(directory, owner.uid, owner.gid)
  const data = join(directory, 'data')
  const options = { ...owner, cwd: directory }
  const shape = ['-U', 'postgres', '-N', '-E', 'UTF8', '--locale=C.UTF-8', '--auth-local=trust']
  await execute(join(bin, 'initdb'), ['-D', data, ...shape, '--auth-host=scram-sha-256'], options)
  const port = await listening(async candidate => {
    const args = ['-D', data, '-p', String(candidate), '-k', directory, '-c', 'listen_addresses=127.0.0.1']
    return spawn(join(bin, 'postgres'), [...args, '-c', 'fsync=off'], { ...options, stdio: 'ignore' })
  }, ending)
  const password = randomBytes(16).toString('hex')
  const sql = async (statement: string) => {
    const words = ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-h', directory, '-p', String(port)]
    for (let tries = 100; ; tries -= 1) {
      try {
        await execute('psql', [...words, '-U', 'postgres', '-d', 'postgres', '-c', statement])
        return
      } catch (error) {
        // It listens a moment before it lets anybody in.
        if (tries === 0 || !String(error).includes('starting up')) throw error
      }
    }
  }
  await sql(`CREATE ROLE ablage LOGIN CREATEDB PASSWORD '${password}'`)
  return { port, socket: directory, password, sql }
}

function startRedis(ending: AsyncDisposableStack): Promise<number> {
  const directory = privateDirectory('ablage-redis-', ending)
  return listening(async candidate => {
    const words = ['--port', String(candidate), '--bind', '127.0.0.1', '--dir', directory, '--save', '']
    return spawn('redis-server', words, { stdio: 'ignore' })
  }, ending)
}

function privateDirectory(prefix: string, ending: AsyncDisposableStack): string {
  const directory = mkdtempSync(join(tmpdir(), prefix))
  ending.defer(() => rmSync(directory, { recursive: true, force: true, maxRetries: 3 }))
  return directory
}

/** Starts a server on a free port until one listens; it ends with the stack. Somebody may take the port before it is bound. */
async function listening(
  start: (port: number) => Promise<ChildProcess>,
  ending: AsyncDisposableStack,
): Promise<number> {
  for (let tries = 5; tries > 0; tries -= 1) {
    const port = await freePort()
    const child = await start(port)
    const failed = once(child, 'error').then(([error]) => Promise.reject(error))
    const gone = once(child, 'exit')
    if (await Promise.race([failed, gone.then(() => false), accepts(port, child)])) {
      ending.defer(async () => {
        child.kill('SIGINT')
        await gone
      })
      return port
    }
  }
  throw new Error('no server came up on a free port')
}

async function accepts(port: number, child: ChildProcess): Promise<boolean> {
  while (child.exitCode === null) {
    const socket = connect(port, '127.0.0.1')
    const open = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (open) return true
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  return false
}

/** Below the range that the system gives to outgoing connections. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 20_000)
    const server = createServer().listen(port, '127.0.0.1')
    const free = await once(server, 'listening').then(
      () => true,
      () => false,
    )
    if (!free) continue
    server.close()
    await once(server, 'close')
    return port
  }
}

async function idOf(user: string): Promise<{ uid: number; gid: number }> {
  const id = async (what: string) => Number((await execute('id', [what, user])).stdout)
  return { uid: await id('-u'), gid: await id('-g') }
}

if (import.meta.main) {
  const servers = await startServers()
  for (const [name, value] of Object.entries(servers.variables)) console.log(`${name}=${value}`)
  const hold = setInterval(() => undefined, 60_000)
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, () => {
      clearInterval(hold)
      void servers[Symbol.asyncDispose]()
    })
}
