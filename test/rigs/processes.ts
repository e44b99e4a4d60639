// Finds and ends processes of a rig by what they are, never by name.
import { readdir, readFile, readlink } from 'node:fs/promises'

async function all(): Promise<number[]> {
  const names = await readdir('/proc')
  return names.filter(name => /^\d+$/.test(name)).map(Number)
}

/** Processes whose environment holds `NAME=value`, this one left out. */
export async function withEnvironment(entry: string): Promise<number[]> {
  const found = await Promise.all(
    (await all()).map(async pid => {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
      return pid !== process.pid && environment.split('\0').includes(entry) ? [pid] : []
    }),
  )
  return found.flat()
}

export interface Descendant {
  readonly pid: number
  readonly command: string
}

/** Children of `root`, their children and so on. */
export async function descendants(root: number): Promise<Descendant[]> {
  const parents = new Map<number, Descendant[]>()
  await Promise.all(
    (await all()).map(async pid => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
      const match = /^\d+ \((.*)\) \S+ (\d+)/s.exec(stat)
      if (!match) return
      const parent = Number(match[2])
      parents.set(parent, [...(parents.get(parent) ?? []), { pid, command: match[1] ?? '' }])
    }),
  )
  const found: Descendant[] = []
  const queue = [root]
  for (let pid = queue.shift(); pid !== undefined; pid = queue.shift()) {
    for (const child of parents.get(pid) ?? []) {
      found.push(child)
      queue.push(child.pid)
    }
  }
  return found
}

export function killAll(pids: Iterable<number>): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // Already gone.
    }
  }
}

/** Whether a process exists and is more than an entry that its parent has not read yet. */
export async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return stat !== '' && !/\) [ZX] /.test(stat)
}

/** Processes that work in one of the directories or name a path below it, this one left out. */
export async function workingIn(directories: readonly string[]): Promise<number[]> {
  const found = await Promise.all(
    (await all()).map(async pid => {
      const place = await readlink(`/proc/${pid}/cwd`).catch(() => '')
      const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0')
      const inside = (path: string) =>
        directories.some(directory => path === directory || path.startsWith(`${directory}/`))
      return pid !== process.pid && [place, ...words].some(inside) && (await isAlive(pid)) ? [pid] : []
    }),
  )
  return found.flat()
}
