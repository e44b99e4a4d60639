// The app as it runs on a server: its processes, nginx in front, a mail server.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export const root = join(import.meta.dirname, '..')
export const release = '20260101_000000-test123'
export const probeToken = 'p'.repeat(40)

export interface Program {
  readonly child: ChildProcess
  /** The log entry of this event, as soon as it is written; fails when the process ends without it. */
  readonly said: (event: string) => Promise<Readonly<Record<string, unknown>>>
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>
}

export interface Place extends AsyncDisposable {
  readonly directory: string
  readonly variables: Readonly<Record<string, string>>
  start(file: string, words?: readonly string[], more?: Readonly<Record<string, string>>): Program
  api(more?: Readonly<Record<string, string>>): Promise<{ readonly program: Program; readonly port: number }>
}

export function makePlace(): Place {
  const directory = mkdtempSync(join(tmpdir(), 'serviceheft-test-'))
  const coverage = process.env['NODE_V8_COVERAGE']
  const variables = {
    ...(coverage === undefined ? {} : { NODE_V8_COVERAGE: coverage }),
    PATH: process.env['PATH'] ?? '',
    PORT: '0',
    STELLWERK_RELEASE: release,
    LTC_ENV: 'prod',
    LTC_SECRET_KEY: 's'.repeat(64),
    LTC_DB_PATH: join(directory, 'data/app.db'),
    LTC_DOCUMENTS_DB_PATH: join(directory, 'data/documents.sqlite'),
    LTC_STORAGE: join(directory, 'storage'),
    LTC_ADMIN_EMAILS: 'chefin@serviceheft.example, probe-admin@serviceheft.example',
    LTC_PROBE_EMAILS: 'probe@serviceheft.example,probe-admin@serviceheft.example',
    LTC_PROBE_TOKEN: probeToken,
  }
  const running: Program[] = []
  const start: Place['start'] = (file, words = [], more = {}) => {
    const child = spawn(process.execPath, [join(root, 'src', file), ...words], {
      env: { ...variables, ...more },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const program = follow(file, child)
    running.push(program)
    return program
  }
  return {
    directory,
    variables,
    start,
    api: async more => {
      const program = start('server.ts', [], more)
      return { program, port: Number((await program.said('listening'))['port']) }
    },
    [Symbol.asyncDispose]: async () => {
      for (const { child } of running) child.kill('SIGTERM')
      await Promise.all(running.map(({ ended }) => ended))
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

function follow(file: string, child: ChildProcess): Program {
  if (!child.stdout || !child.stderr) throw new Error('no output')
  const entries: Record<string, unknown>[] = []
  const waiting = new Set<() => void>()
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    createInterface(stream).on('line', line => {
      output += `${line}\n`
      if (line.startsWith('{"at"')) entries.push(JSON.parse(line))
      for (const look of waiting) look()
    })
  const ended = once(child, 'close').then(() => ({ code: child.exitCode, output }))
  const said: Program['said'] = event =>
    new Promise((resolve, reject) => {
      const look = () => {
        const entry = entries.find(candidate => candidate['event'] === event)
        if (entry) resolve(entry)
      }
      waiting.add(look)
      void ended.then(() => reject(new Error(`${file} ended without "${event}":\n${output}`)))
      look()
    })
  return { child, said, ended }
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
}

export async function ask(url: string, options: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, { redirect: 'manual', ...options })
  const text = await response.text()
  const json = response.headers.get('content-type')?.startsWith('application/json')
  return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : { text } }
}

export function post(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return ask(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
}
