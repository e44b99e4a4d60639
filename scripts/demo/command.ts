// The stellwerk command as a person would start it, read through its --json events.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Text } from '../../src/core/lang.ts'
import type { Problem } from '../../src/core/problem.ts'
import type { Event } from '../../src/engine/events.ts'

const program = join(import.meta.dirname, '../../bin/stellwerk.js')

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null
  readonly ms: number
  /** Before the plan began: building, testing, looking at the hosts. Milliseconds. */
  readonly prepared: number
  readonly built: boolean
  readonly phases: readonly { readonly title: Text; readonly ms: number }[]
  readonly problem: Problem | undefined
  readonly events: readonly Event[]
  /** The result, as `--json` gives it. */
  readonly document: Readonly<Record<string, unknown>> | undefined
  /** What a program on the host printed: of logs, exec and db. */
  readonly lines: readonly string[]
  /** All it said, long lines cut: for a failure that nobody expected. */
  readonly output: string
}

export interface Watch {
  /** Called for each event; true kills the command with signal 9. */
  readonly kill?: (event: Event) => boolean
  /** The command knows no --yes. */
  readonly unasked?: boolean
  /** Beside the environment of this process. */
  readonly env?: Readonly<Record<string, string>>
  readonly onPhase?: (title: Text) => void
  /** Ends the command as Ctrl-C does, at the first line of a program on the host. */
  readonly once?: boolean
}

/** Runs `stellwerk ...words --json --yes` in `directory` and never rejects for how it ends. */
export async function stellwerk(
  directory: string,
  words: readonly string[],
  watch: Watch = {},
): Promise<Ended> {
  const begin = performance.now()
  // What follows "--" is not for this program.
  const at = words.includes('--') ? words.indexOf('--') : words.length
  const flags = ['--json', ...(watch.unasked ? [] : ['--yes'])]
  const child = start(directory, [...words.slice(0, at), ...flags, ...words.slice(at)], watch.env)
  const titles = new Map<string, Text>()
  const phases: { title: Text; ms: number }[] = []
  const lines: string[] = []
  const events: Event[] = []
  const printed: string[] = []
  let prepared = 0
  let built = false
  let problem: Problem | undefined
  let document: Ended['document']
  const read = (line: string) => {
    lines.push(line)
    const event = parse(line)
    if (event === undefined) {
      if (line.startsWith('{')) document = JSON.parse(line)
      if (typeof document?.['line'] === 'string') printed.push(document['line'])
      if (watch.once && printed.length > 0) child.kill('SIGINT')
      return
    }
    events.push(event)
    if (watch.kill?.(event)) child.kill('SIGKILL')
    if (event.type === 'step.begin' && event.step.startsWith('build/')) built = true
    if (event.type === 'run.begin') prepared = performance.now() - begin
    if (event.type === 'phase.begin') {
      titles.set(event.phase, event.title)
      watch.onPhase?.(event.title)
    }
    if (event.type === 'phase.end')
      phases.push({ title: titles.get(event.phase) ?? { en: event.phase, de: event.phase }, ms: event.ms })
    if (event.type === 'undo.begin') problem = event.why
    if (event.type === 'run.end') problem ??= event.problem
  }
  createInterface(child.stdout).on('line', read)
  createInterface(child.stderr).on('line', line => {
    lines.push(line)
    if (line.startsWith('{"schema":"stellwerk.problem/1"')) problem ??= JSON.parse(line)
  })
  const [code] = await once(child, 'close')
  return {
    code,
    ms: performance.now() - begin,
    prepared,
    built,
    phases,
    problem,
    events,
    document,
    lines: printed,
    output: lines.map(line => line.slice(0, 300)).join('\n'),
  }
}

/** The same for a person's eyes: what it prints. */
export async function stellwerkText(
  directory: string,
  words: readonly string[],
): Promise<{ code: number | null; text: string }> {
  const child = start(directory, words)
  let text = ''
  child.stdout.on('data', chunk => {
    text += chunk
  })
  child.stderr.resume()
  const [code] = await once(child, 'close')
  return { code, text }
}

function start(directory: string, words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  // npm puts the Node of this repository first in PATH; the builds of the demo need the same one.
  const PATH = `${join(process.execPath, '..')}:${process.env['PATH']}`
  return spawn(process.execPath, [program, ...words], {
    cwd: directory,
    env: { ...process.env, ...env, PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

function parse(line: string): Event | undefined {
  if (!line.startsWith('{')) return undefined
  const value = JSON.parse(line)
  return typeof value.type === 'string' ? value : undefined
}
