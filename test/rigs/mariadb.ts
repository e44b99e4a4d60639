// A real MariaDB of its own: private data directory, free loopback port, ended by its pid.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { freePort } from './free-port.ts'

const execute = promisify(execFile)

export interface Mariadb extends AsyncDisposable {
  readonly directory: string
  readonly port: number
  readonly socket: string
  /** Runs statements as root; the values of a line are separated by tabs. */
  sql(statements: string, database?: string): Promise<string>
  /** A client of root that stays connected. */
  connect(database?: string): Promise<MariadbClient>
  close(): Promise<void>
}

export interface MariadbClient {
  /** The answer of one statement with one line; rejects when the connection or the statement is broken. */
  ask(statement: string): Promise<string>
  works(): Promise<boolean>
  close(): Promise<void>
}

/** Who the server runs as: it refuses to be root. */
async function owner(): Promise<{ readonly uid?: number; readonly gid?: number }> {
  if (process.getuid?.() !== 0) return {}
  const ask = async (flag: string) => Number((await execute('id', [flag, 'mysql'])).stdout)
  return { uid: await ask('-u'), gid: await ask('-g') }
}

async function listening(server: ChildProcess): Promise<boolean> {
  if (server.stderr === null) return false
  let ready = false
  const lines = createInterface({ input: server.stderr })
  await new Promise<void>(resolve => {
    lines.on('line', line => {
      if (!line.includes('ready for connections')) return
      ready = true
      resolve()
    })
    lines.once('close', () => resolve())
  })
  return ready
}

export async function startMariadb(options: readonly string[] = []): Promise<Mariadb> {
  const directory = await mkdtemp(join(tmpdir(), 'stw-mariadb-'))
  const who = await owner()
  if (who.uid !== undefined && who.gid !== undefined) await chown(directory, who.uid, who.gid)
  const data = join(directory, 'data')
  const socket = join(directory, 'socket')
  await execute(
    'mariadb-install-db',
    [
      '--no-defaults',
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      '--skip-name-resolve',
      `--datadir=${data}`,
      // Temporary tables of two servers that start together must not meet in /tmp.
      `--tmpdir=${directory}`,
    ],
    who,
  )
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    const server = spawn(
      'mariadbd',
      [
        '--no-defaults',
        `--datadir=${data}`,
        `--tmpdir=${directory}`,
        `--socket=${socket}`,
        `--pid-file=${join(directory, 'pid')}`,
        '--bind-address=127.0.0.1',
        `--port=${port}`,
        '--innodb-buffer-pool-size=128M',
        '--innodb-flush-log-at-trx-commit=0',
        ...options,
      ],
      { stdio: ['ignore', 'ignore', 'pipe'], ...who },
    )
    const ended = once(server, 'exit')
    if (!(await listening(server))) {
      await ended
      // Somebody may have taken the port in the meantime.
      if (attempt < 3) continue
      throw new Error('mariadbd does not start')
    }
    const close = async () => {
      server.kill('SIGTERM')
      await ended
      await rm(directory, { recursive: true, force: true })
    }
    const words = (database?: string) => [
      '--no-defaults',
      `--socket=${socket}`,
      '--user=root',
      '--batch',
      '--skip-column-names',
      '--raw',
      // Without it the client turns CR LF into LF.
      '--binary-mode',
      '--default-character-set=utf8mb4',
      ...(database === undefined ? [] : [database]),
    ]
    const sql = async (statements: string, database?: string) => {
      const client = execFile('mariadb', words(database), { maxBuffer: 64 << 20 })
      const output = { stdout: '', stderr: '' }
      client.stdout?.on('data', chunk => {
        output.stdout += chunk
      })
      client.stderr?.on('data', chunk => {
        output.stderr += chunk
      })
      client.stdin?.on('error', () => undefined).end(statements)
      const [code] = await once(client, 'close')
      if (code !== 0) throw new Error(`mariadb: ${output.stderr.trim()}`)
      return output.stdout.trimEnd()
    }
    const connect = async (database?: string): Promise<MariadbClient> => {
      const client = spawn('mariadb', [...words(database), '--unbuffered'], {
        stdio: ['pipe', 'pipe', 'ignore'],
      })
      const over = once(client, 'close')
      client.stdin.on('error', () => undefined)
      const lines = createInterface({ input: client.stdout })[Symbol.asyncIterator]()
      const ask = async (statement: string) => {
        client.stdin.write(`${statement};\n`)
        const line = await lines.next()
        if (line.done) throw new Error('the connection is closed')
        return line.value
      }
      await ask('SELECT 1')
      return {
        ask,
        works: () =>
          ask('SELECT 1').then(
            answer => answer === '1',
            () => false,
          ),
        close: async () => {
          client.stdin.end()
          await over
        },
      }
    }
    return { directory, port, socket, sql, connect, close, [Symbol.asyncDispose]: close }
  }
}
