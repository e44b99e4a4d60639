// The router's files on disk: read whole, written by temporary name + fsync + rename.
import { readFileSync, watch } from 'node:fs'
import { mkdir, open, readFile, rename, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'

const pollMs = 250

export class StateDirectory {
  readonly #path: string
  #sequence = 0
  #writing: Promise<void> = Promise.resolve()

  constructor(path: string) {
    this.#path = path
  }

  async prepare(): Promise<void> {
    await mkdir(this.#path, { recursive: true, mode: 0o700 })
  }

  path(name: string): string {
    return join(this.#path, name)
  }

  /** Text of a file; undefined: there is none; null: there is one, and it cannot be read. */
  async look(name: string): Promise<string | undefined | null> {
    try {
      return await readFile(this.path(name), 'utf8')
    } catch (error) {
      return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? undefined : null
    }
  }

  /** Text of a file, or undefined when it cannot be read. */
  async read(name: string): Promise<string | undefined> {
    try {
      return await readFile(this.path(name), 'utf8')
    } catch {
      return undefined
    }
  }

  /** Writes one after the other, in the order of the calls. */
  write(name: string, content: string): Promise<void> {
    const next = this.#writing.then(() => this.#replace(name, content))
    this.#writing = next.catch(() => {})
    return next
  }

  /** Resolves when everything asked for so far is written. */
  settled(): Promise<void> {
    return this.#writing
  }

  async remove(name: string): Promise<void> {
    await unlink(this.path(name)).catch(() => {})
  }

  /** Calls `changed` when the file may have changed: by fs.watch where that works, and by looking 4 times a second,
   *  because watching is silent on some file systems. Returns a function that looks now. */
  follow(name: string, changed: () => void): { readonly look: () => void; readonly stop: () => void } {
    let seen = ''
    let stopped = false
    const look = (): void => {
      stat(this.path(name)).then(
        info => {
          const now = `${info.ino} ${info.mtimeMs} ${info.size}`
          if (stopped || now === seen) return
          seen = now
          changed()
        },
        () => {
          seen = ''
        },
      )
    }
    const timer = setInterval(look, pollMs)
    const watcher = this.#watch(look)
    look()
    return {
      look: () => {
        seen = ''
        look()
      },
      stop: () => {
        stopped = true
        clearInterval(timer)
        watcher?.close()
      },
    }
  }

  #watch(look: () => void): { close(): void } | undefined {
    try {
      const watcher = watch(this.#path, look)
      watcher.on('error', () => {})
      return watcher
    } catch {
      return undefined
    }
  }

  async #replace(name: string, content: string): Promise<void> {
    const temporary = this.path(`.${name}.${process.pid}.${++this.#sequence}`)
    const file = await open(temporary, 'w', 0o600)
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, this.path(name))
  }
}

/** `<pid> <start time in clock ticks>`: with the start time a number that was given to another process is noticed. Where
 *  /proc is missing the start time is 0. */
export function processIdentity(pid: number): string {
  return `${pid} ${startTime(pid) ?? 0}`
}

/** Start time of a live process that is not a zombie. */
function startTime(pid: number): string | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? undefined : fields[19]
  } catch {
    return undefined
  }
}

/** The process of a pid file, when it still runs. */
export function runningProcess(identity: string | undefined): number | undefined {
  const [pid, started] = (identity ?? '').trim().split(' ').map(Number)
  if (pid === undefined || !(pid > 1)) return undefined
  return processIdentity(pid) === `${pid} ${started}` && started !== 0 ? pid : undefined
}
