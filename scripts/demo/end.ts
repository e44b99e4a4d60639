// Ends everything that a demo started: the processes that run in its directory or name it, and nothing else.
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** The root of a demo holds this file, so that nothing else is ever removed by mistake. */
export const markFile = 'this-is-a-stellwerk-demo'

/** Asks with TERM for three seconds, then KILL. Throws when something survives that. */
export async function endDemo(directory: string): Promise<void> {
  if (!existsSync(join(directory, markFile))) throw new Error(`${directory} is not the directory of a demo`)
  for (let attempt = 0; attempt < 100; attempt++) {
    const living = processesOf(directory)
    if (living.length === 0) {
      rmSync(directory, { recursive: true, force: true })
      return
    }
    for (const pid of living) signal(pid, attempt < 30 ? 'SIGTERM' : 'SIGKILL')
    await pause(100)
  }
  throw new Error(`still running: ${processesOf(directory).join(', ')}`)
}

function processesOf(directory: string): readonly number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter(pid => pid > 0 && pid !== process.pid && belongs(pid, directory))
}

function belongs(pid: number, directory: string): boolean {
  try {
    const place = readlinkSync(`/proc/${pid}/cwd`)
    if (place === directory || place.startsWith(`${directory}/`)) return true
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`${directory}/`)
  } catch {
    // It ended meanwhile, or belongs to somebody else.
    return false
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It ended meanwhile.
  }
}
