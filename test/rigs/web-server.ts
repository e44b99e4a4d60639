// A real nginx or Caddy that serves a given site: private directory, ended by its pid.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from './router.ts'

export interface WebServer extends AsyncDisposable {
  /** What it wrote to its standard error. */
  readonly said: () => string
}

export async function startWebServer(
  server: 'nginx' | 'caddy',
  config: string,
  port: number,
): Promise<WebServer> {
  const directory = await mkdtemp(join(tmpdir(), `${server}-`))
  const file = join(directory, 'site')
  await writeFile(file, config)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  await writeFile(
    join(directory, 'nginx.conf'),
    `daemon off; master_process off; pid ${directory}/pid; error_log stderr notice; events { }
http { ${temporary.map(one => `${one}_temp_path ${directory}/${one};`).join(' ')} include ${file}; }\n`,
  )
  const words =
    server === 'nginx'
      ? ['-c', join(directory, 'nginx.conf'), '-p', directory]
      : ['run', '--adapter', 'caddyfile', '--config', file]
  const env = {
    ...process.env,
    HOME: directory,
    XDG_DATA_HOME: directory,
    XDG_CONFIG_HOME: directory,
    CADDY_ADMIN: 'off',
  }
  const child = spawn(server, words, { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  await until(`${server} to listen; it said ${said}`, async () => {
    if (child.exitCode !== null) throw new Error(`${server} ended: ${said}`)
    return listens(port)
  })
  return {
    said: () => said,
    [Symbol.asyncDispose]: async () => {
      await end(child)
      await rm(directory, { recursive: true, force: true })
    },
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  await gone
}

function listens(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = createConnection({ host: '127.0.0.1', port })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** Once the server has written it. */
export async function logLines(file: string, wanted: number): Promise<readonly string[]> {
  let lines: readonly string[] = []
  await until(`${wanted} lines in ${file}`, async () => {
    lines = (await readFile(file, 'utf8').catch(() => '')).split('\n').filter(line => line !== '')
    return lines.length >= wanted
  })
  return lines
}
