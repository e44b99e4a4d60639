// One run of a shell script and what it cost: wall time, processor time of everything it started, and memory.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { basename, join } from 'node:path'

export interface Usage {
  readonly wallMs: number
  /** User and system, of the script and its descendants; not of servers that it talks to. */
  readonly cpuSeconds: number
  /** Highest resident size by program, in bytes. */
  readonly memory: ReadonlyMap<string, number>
  /** Of the machine, in the last minute. */
  readonly load: number
}

export interface RunOptions {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  /** Rejects otherwise. */
  readonly code?: number
}

const limit = 900_000

/** `script`: bash with pipefail, so that no peer is blamed for a shell that forgets exit codes. */
export async function measure(script: string, { cwd, env, code: wanted = 0 }: RunOptions): Promise<Usage> {
  const directory = mkdtempSync(join(tmpdir(), 'swusage-'))
  const file = join(directory, 'script')
  writeFileSync(file, `set -euo pipefail\n${script}\n`)
  const begin = performance.now()
  const child = spawn(
    'bash',
    ['-c', 'bash "$0"; rc=$?; times >"$1"; exit "$rc"', file, join(directory, 'times')],
    {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    },
  )
  const said: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => said.push(String(chunk)))
  const memory = new Map<string, number>()
  const watching = setInterval(() => look(child.pid ?? 0, memory), 100)
  const timer = setTimeout(() => child.pid !== undefined && process.kill(-child.pid, 'SIGKILL'), limit)
  try {
    const [code] = await once(child, 'close')
    const wallMs = performance.now() - begin
    if (code !== wanted)
      throw new Error(`it ended with ${code}: ${said.join('').trim().split('\n').slice(-6).join(' | ')}`)
    const cpuSeconds = secondsOf(readFileSync(join(directory, 'times'), 'utf8'))
    return { wallMs, cpuSeconds, memory, load: loadavg()[0] ?? Number.NaN }
  } finally {
    clearInterval(watching)
    clearTimeout(timer)
    rmSync(directory, { recursive: true, force: true })
  }
}

/** The kernel keeps each process's own peak, so that few looks are enough. */
function look(pid: number, memory: Map<string, number>): void {
  try {
    const program = basename(readlinkSync(`/proc/${pid}/exe`))
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    memory.set(program, Math.max(memory.get(program) ?? 0, Number(peak ?? 0) * 1024))
    for (const below of readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' '))
      if (below !== '') look(Number(below), memory)
  } catch {
    // It has ended meanwhile.
  }
}

/** What `times` of a shell prints for itself and for its children: `0m1.234s 0m0.567s`, two lines. */
function secondsOf(times: string): number {
  const all = [...times.matchAll(/(\d+)m([\d.]+)s/g)]
  return all.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0)
}
