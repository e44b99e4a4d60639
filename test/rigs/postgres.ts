// A real PostgreSQL of its own: private directory, free port, ended by its pid.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { freePort } from './free-port.ts'
import { isAlive } from './processes.ts'

const execute = promisify(execFile)

export interface Postgres extends AsyncDisposable {
  readonly port: number
  /** Directory of its socket, where everybody is let in; over TCP a password is asked for. */
  readonly socket: string
  /** Runs statements as the superuser `postgres`, or as `role`; what they answer, columns apart by tabs. */
  sql(statements: string, database?: string, role?: string): Promise<string>
  /** A session that stays. */
  connect(database: string): Promise<PostgresSession>
}

export interface PostgresSession {
  works(): Promise<boolean>
  close(): Promise<void>
}

export async function startPostgres(): Promise<Postgres> {
  const directory = await mkdtemp(join(tmpdir(), 'postgres-'))
  const bin = await programs()
  const owner = userInfo().uid === 0 ? await idOf('postgres') : undefined
  if (owner) await chown(directory, owner.uid, owner.gid)
  const run = (program: string, ...args: string[]) =>
    execute(join(bin, program), args, { ...owner, cwd: directory })
  const data = join(directory, 'data')
  await run('initdb', '-D', data, '-U', 'postgres', '-N', '-E', 'UTF8', '--locale=C.UTF-8', '-A', 'trust')
  await execute('sed', ['-i', '/^host/s/trust$/scram-sha-256/', join(data, 'pg_hba.conf')])
  const port = await start()

  // Somebody may take the port before it is bound.
  async function start(tries = 3): Promise<number> {
    const candidate = await freePort()
    const options = `-p ${candidate} -k ${directory} -c listen_addresses=127.0.0.1 -c fsync=off`
    try {
      await run('pg_ctl', '-D', data, '-l', join(directory, 'log'), '-o', options, '-w', 'start')
      return candidate
    } catch (error) {
      if (tries > 1) return await start(tries - 1)
      throw new Error(await readFile(join(directory, 'log'), 'utf8'), { cause: error })
    }
  }
  const pid = Number((await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n')[0])
  const psql = (database: string, role: string) => [
    ...['-X', '-q', '-A', '-t', '-w', '-F', '\t', '-v', 'ON_ERROR_STOP=1'],
    ...['-h', directory, '-p', String(port), '-U', role, '-d', database],
  ]
  return {
    port,
    socket: directory,
    sql: async (statements, database = 'postgres', role = 'postgres') => {
      const running = execute('psql', psql(database, role), { maxBuffer: 1 << 28 })
      running.child.stdin?.end(statements)
      return (await running).stdout.trimEnd()
    },
    connect: database => session(psql(database, 'postgres')),
    [Symbol.asyncDispose]: async () => {
      process.kill(pid, 'SIGQUIT')
      while (await isAlive(pid)) await new Promise(resolve => setTimeout(resolve, 10))
      await rm(directory, { recursive: true, force: true })
    },
  }
}

async function session(args: readonly string[]): Promise<PostgresSession> {
  const child = spawn('psql', args, { stdio: ['pipe', 'pipe', 'ignore'] })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const ended = once(child, 'close')
  child.stdin.on('error', () => undefined)
  const works = async () => {
    child.stdin.write("SELECT 'here';\n")
    return (await lines.next()).value === 'here'
  }
  if (!(await works())) throw new Error('psql got no connection')
  return {
    works,
    close: async () => {
      child.stdin.end()
      await ended
    },
  }
}

/** Debian keeps the server's programs out of the PATH, one directory a version. */
async function programs(): Promise<string> {
  const root = '/usr/lib/postgresql'
  const versions = (await readdir(root)).toSorted((a, b) => Number(b) - Number(a))
  return join(root, versions[0] ?? '', 'bin')
}

async function idOf(user: string): Promise<{ uid: number; gid: number }> {
  const id = async (what: string) => Number((await execute('id', [what, user])).stdout)
  return { uid: await id('-u'), gid: await id('-g') }
}
