// The program as a person or a pipeline starts it: a process of its own, its exit code, its two streams.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Problem } from '../../src/core/problem.ts'
import { quote } from '../../src/core/shell.ts'
import type { Event } from '../../src/engine/events.ts'

const program = join(import.meta.dirname, '../../bin/stellwerk.js')

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null
  readonly out: string
  readonly err: string
  /** Both streams, for messages of a test that fails. */
  readonly said: string
  /** With --json: the events, the problems and the final document. */
  readonly events: readonly Event[]
  readonly problems: readonly Problem[]
  readonly document: Readonly<Record<string, unknown>> | undefined
}

export interface StartOptions {
  readonly cwd: string
  readonly env?: NodeJS.ProcessEnv
  /** Called with each line of either stream as it arrives. */
  readonly onLine?: (line: string) => void
  /** A person sits at a terminal and types this once a shell asks for it; both streams are one then. */
  readonly typed?: string
}

export interface Started {
  readonly pid: number
  readonly ended: Promise<Ended>
  kill(signal: NodeJS.Signals): void
}

export function startStellwerk(words: readonly string[], options: StartOptions): Started {
  const { typed } = options
  const line = [process.execPath, program, ...words]
  const [command = '', ...args] =
    typed === undefined ? line : ['script', '-qec', line.map(quote).join(' '), '/dev/null']
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, NO_COLOR: '1', LANG: 'C', STELLWERK_USER: 'tester', ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  if (typed === undefined) child.stdin.end()
  const text = { out: '', err: '', said: '' }
  const collect = (stream: 'out' | 'err') => {
    let rest = ''
    return (chunk: string) => {
      text[stream] += chunk
      text.said += chunk
      if (typed !== undefined && child.stdin.writable && /[#$] $/.test(text.said)) child.stdin.end(typed)
      const lines = `${rest}${chunk}`.split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) options.onLine?.(line)
    }
  }
  child.stdout.setEncoding('utf8').on('data', collect('out'))
  child.stderr.setEncoding('utf8').on('data', collect('err'))
  const ended = once(child, 'close').then(([code]): Ended => ({ code, ...text, ...read(text.said) }))
  return { pid: child.pid ?? -1, ended, kill: signal => void child.kill(signal) }
}

export function stellwerk(words: readonly string[], options: StartOptions): Promise<Ended> {
  return startStellwerk(words, options).ended
}

function read(said: string): Pick<Ended, 'events' | 'problems' | 'document'> {
  const objects = said.split('\n').flatMap(line => {
    try {
      return line.startsWith('{') ? [JSON.parse(line)] : []
    } catch {
      return []
    }
  })
  return {
    events: objects.filter(object => typeof object.type === 'string'),
    problems: objects.filter(object => object.schema === 'stellwerk.problem/1'),
    document: objects.findLast(object => object.schema && object.schema !== 'stellwerk.problem/1'),
  }
}
