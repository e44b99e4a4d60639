// The app as it runs on a server: its processes, real servers behind them.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Servers } from '../scripts/servers.ts'

export const root = join(import.meta.dirname, '..')
/** Where Git has filled in the commit, another one would be another code. */
const commit = readFileSync(join(root, 'build-id'), 'utf8')
export const release = `20260101_000000-${commit.startsWith('$') ? 'test123' : commit.slice(0, 7)}`
export const scan = readFileSync(join(root, 'fixtures/rechnung.png'))
export const letter = readFileSync(join(root, 'fixtures/rechnung.pdf'))

export interface Program {
  readonly child: ChildProcess
  /** The log entry of this event, as soon as it is written; fails when the process ends without it. */
  readonly said: (event: string) => Promise<Readonly<Record<string, unknown>>>
  /** Exit code and what was printed. */
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>
}

export interface Place extends AsyncDisposable {
  readonly directory: string
  readonly variables: Readonly<Record<string, string>>
  start(file: string, words?: readonly string[], more?: Readonly<Record<string, string>>): Program
  /** The backend with a worker's work still to be done by others. */
  backend(
    more?: Readonly<Record<string, string>>,
  ): Promise<{ readonly program: Program; readonly url: string }>
}

export function makePlace(servers: Servers): Place {
  const directory = mkdtempSync(join(tmpdir(), 'ablage-test-'))
  const coverage = process.env['NODE_V8_COVERAGE']
  const variables = {
    ...servers.variables,
    ...(coverage === undefined ? {} : { NODE_V8_COVERAGE: coverage }),
    PATH: process.env['PATH'] ?? '',
    PORT: '0',
    STELLWERK_RELEASE: release,
    ABLAGE_STORAGE: join(directory, 'storage'),
    BACKUP_DIR: join(directory, 'backups'),
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
    backend: async more => {
      const program = start('backend.ts', [], more)
      const { port } = await program.said('listening')
      return { program, url: `http://127.0.0.1:${String(port)}` }
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
  // What an address answers is for each test to say.
  readonly body: Readonly<Record<string, unknown>>
}

export async function ask(url: string, options: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, options)
  const text = await response.text()
  const json = response.headers.get('content-type')?.startsWith('application/json')
  return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : { text } }
}

export function bearer(token: string | undefined): { readonly headers: Record<string, string> } {
  return { headers: { Authorization: `Bearer ${token}` } }
}

export function form(content: Buffer, name: string, title: string): FormData {
  const data = new FormData()
  data.set('file', new File([new Uint8Array(content)], name))
  data.set('title', title)
  return data
}

/** A program that prints this, in the role of a tool of the machine. */
export function standIn(directory: string, name: string, script: string): string {
  const path = join(directory, name)
  writeFileSync(path, `#!/bin/sh\n${script}\n`)
  chmodSync(path, 0o755)
  return path
}
