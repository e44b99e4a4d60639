// One run of one tool: how long, how many sessions and bytes, when the hosts switched, and, in a run of its own, memory.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fleet } from './fleet.ts'
import type { Command } from './tool.ts'

export interface Sample {
  /** Milliseconds from the start of the command to its end. */
  readonly wall: number
  /** Milliseconds from the start of the command until the last host had the release. */
  readonly live: number
  /** Milliseconds between the first host's switch and the last one's. */
  readonly spread: number
  /** Over all hosts. */
  readonly sessions: number
  readonly connections: number
  readonly bytes: number
}

const limit = 300_000

/** Runs the command and proves that each host ended with `expected`. Rejects with what the tool said otherwise. */
export async function sample(
  fleet: Fleet,
  tool: string,
  command: Command,
  expected: string,
): Promise<Sample> {
  const before = await fleet.counters()
  const start = Date.now()
  const begin = performance.now()
  await finish(command)
  const wall = performance.now() - begin
  const after = await fleet.counters()
  const live = fleet.live(tool)
  const wrong = live.find(({ release }) => release !== expected)
  if (wrong)
    throw new Error(`after a run without an error a host has ${wrong.release} instead of ${expected}`)
  const since = live.map(host => host.since)
  return {
    wall,
    live: Math.max(...since) - start,
    spread: Math.max(...since) - Math.min(...since),
    sessions: after.sessions - before.sessions,
    connections: after.connections - before.connections,
    bytes: after.bytes - before.bytes,
  }
}

/** Highest memory of the command and its descendants together, in bytes: pages that several of them share count once. */
export async function peakMemory(command: Command): Promise<number> {
  let peak = 0
  let over = false
  const running = finish(command, async pid => {
    while (!over) {
      const sizes = await Promise.all((await tree(pid)).map(proportionalSize))
      peak = Math.max(
        peak,
        sizes.reduce((a, b) => a + b, 0),
      )
      await sleep(30)
    }
  })
  await running.finally(() => {
    over = true
  })
  return peak
}

async function finish(command: Command, onStart?: (pid: number) => Promise<void>): Promise<void> {
  const child = spawn(command.file, command.words, {
    cwd: command.directory,
    env: { ...process.env, ...command.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const output: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => output.push(String(chunk)))
  const timer = setTimeout(() => child.pid !== undefined && process.kill(-child.pid, 'SIGKILL'), limit)
  const watching = child.pid === undefined ? undefined : onStart?.(child.pid)
  // `exit`, not `close`: a connection kept in the background holds the streams.
  const [code] = await once(child, 'exit').finally(() => clearTimeout(timer))
  if (code === 0) return
  await sleep(50)
  void watching
  throw new Error(`it ended with ${code}: ${output.join('').trim().split('\n').slice(-6).join(' | ')}`)
}

async function tree(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  const below = await Promise.all(
    children
      .split(' ')
      .filter(Boolean)
      .map(child => tree(Number(child))),
  )
  return [pid, ...below.flat()]
}

async function proportionalSize(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')
  return Number(/^Pss: +(\d+) kB$/m.exec(rollup)?.[1] ?? 0) * 1024
}
