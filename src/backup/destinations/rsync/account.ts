// An account that may run rsync and nothing else. Rsync alone can list, fetch, send and remove; it writes under a name of its own
// and renames at the end. It cannot hash for others, rename or tell how much room is left.
import { createReadStream } from 'node:fs'
import { mkdir, rename, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { text as textOf } from 'node:stream/consumers'
import { systemClock } from '../../../core/clock.ts'
import { ProblemError } from '../../../core/problem.ts'
import { makeLimit } from '../../../hosts/ssh/limit.ts'
import type { Destination, Entry, Source, WriteOptions } from '../../destination.ts'
import { documentSource } from '../document.ts'
import { checkedDirectory, checkedPath, isPartial, parentOf, partialPath } from '../path.ts'
import { aborted, incomplete, missing } from '../problems.ts'
import { listed, only, rsync } from './command.ts'
import { fetchSource, keep, makeWork, sha256Of, sweepSpool, type Work } from './spool.ts'
import { alias } from './ssh-config.ts'

export interface RsyncAccountOptions {
  readonly name: string
  /** As the account sees it: below its restricted directory, or from its home on when it does not begin with "/". */
  readonly path: string
  readonly sshConfig: string
  readonly spoolDirectory: string
}

/** Less than this is sent again from its first byte. */
const worthResuming = 8_000_000
/** rrsync lets one in at a time; whoever comes meanwhile is sent away. */
const atOnce = 1
const busy = /Another instance of rrsync/
const wait = 500
const longestWait = 10 * 60_000

export function makeRsyncAccount(options: RsyncAccountOptions): Destination {
  const { name, sshConfig, spoolDirectory: spool } = options
  // Never "alias::", which would be a daemon, and never "~".
  const absolute = options.path.startsWith('/')
  const below = options.path.split('/').filter(segment => segment !== '' && segment !== '.')
  const top = `${absolute ? '/' : './'}${below.map(segment => `${segment}/`).join('')}`
  // rrsync takes relative names from where the account begins, rsync from where the files go: with this, both are the same place.
  const inner = absolute ? '' : top.slice(2)
  const limit = makeLimit(atOnce)
  const works = new Set<Work>()

  async function run(
    about: string,
    args: readonly string[],
    more: Partial<Parameters<typeof rsync>[0]> = {},
  ): Promise<string> {
    const leave = await limit.enter(more.signal)
    if (!leave) throw new ProblemError(aborted(name, about))
    try {
      for (let waited = 0; ; waited += wait) {
        try {
          return await rsync({ name, path: about, sshConfig, args, ...more })
        } catch (error) {
          const evidence = ProblemError.is(error) ? JSON.stringify(error.problem) : ''
          if (!busy.test(evidence) || waited >= longestWait) throw error
          await systemClock.sleep(wait, more.signal)
        }
      }
    } finally {
      leave()
    }
  }

  async function listBelow(about: string, rules: readonly string[]): Promise<readonly Entry[]> {
    const args = ['--list-only', '--recursive', '--no-human-readable', '--8-bit-output', ...rules]
    return listed(await run(about, [...args, `${alias}:${top}`], { tolerate: noSuchFile }))
  }

  async function list(directory: string): Promise<readonly Entry[]> {
    const prefix = checkedDirectory(name, directory) === '' ? '' : `${directory}/`
    const entries = await listBelow(directory, only(directory, '/*'))
    return entries
      .filter(entry => entry.name.startsWith(prefix))
      .map(entry => ({ ...entry, name: entry.name.slice(prefix.length) }))
      .filter(entry => entry.name !== '' && !entry.name.includes('/') && !isTemporary(entry.name))
  }

  /** Brings a file here; the work is disposed of by whoever asked. */
  async function fetch(path: string, work: Work, signal?: AbortSignal): Promise<string> {
    const args = ['--recursive', '--ignore-times', ...only(checkedPath(name, path), '')]
    await run(path, [...args, `${alias}:${top}`, `${work.directory}/`], { signal, tolerate: noSuchFile })
    const file = join(work.directory, path)
    const found = await stat(file).catch(() => undefined)
    if (!found?.isFile()) throw new ProblemError(missing(name, path))
    return file
  }

  async function work(): Promise<Work> {
    const made = await makeWork(spool)
    works.add(made)
    return {
      directory: made.directory,
      [Symbol.asyncDispose]: async () => {
        works.delete(made)
        await made[Symbol.asyncDispose]()
      },
    }
  }

  async function read(
    path: string,
    { from = 0, signal }: { from?: number; signal?: AbortSignal } = {},
  ): Promise<Readable> {
    const place = await work()
    try {
      const file = await fetch(path, place, signal)
      const stream = createReadStream(file, { start: from, ...(signal && { signal }) })
      stream.once('close', () => void place[Symbol.asyncDispose]())
      return stream
    } catch (error) {
      await place[Symbol.asyncDispose]()
      throw error
    }
  }

  async function write(path: string, source: Source, options: WriteOptions = {}): Promise<void> {
    checkedPath(name, path)
    const over = new AbortController()
    const signal = options.signal ? AbortSignal.any([options.signal, over.signal]) : over.signal
    const spooling = { name, path, spool, source, signal }
    await using place = await work()
    const file = join(place.directory, inner, path)
    let from: number
    try {
      from = await fetchSource(spooling, file)
      await send(place, path, source, {
        ...options,
        onProgress: done => options.onProgress?.(Math.max(from, done)),
      })
    } catch (error) {
      await keep(spooling, file)
      throw error
    } finally {
      over.abort()
    }
    options.onProgress?.(source.bytes)
  }

  /** A small file in one go, under a name of rsync's own until it is whole: rsync throws away what it has of it when the connection breaks. */
  async function send(place: Work, path: string, source: Source, options: WriteOptions): Promise<void> {
    const local = `${place.directory}/./${inner}${path}`
    if (source.bytes < worthResuming) await transfer(path, ['--ignore-times', local], source, options)
    else await sendBig(place, path, source, options)
  }

  /** Into a directory for what is on its way, where the next attempt goes on; then once more under its name, for which rsync finds
   *  the same file there and links it. (`--partial-dir` would do in one, but under rrsync it breaks off under the final name.) */
  async function sendBig(place: Work, path: string, source: Source, options: WriteOptions): Promise<void> {
    const onTheWay = partialPath(path.slice(path.lastIndexOf('/') + 1), source.sha256)
    const file = join(place.directory, inner, path)
    const first = join(place.directory, inner, onTheWay, inner, path)
    await mkdir(dirname(first), { recursive: true })
    await rename(file, first)
    try {
      const local = `${place.directory}/./${inner}${onTheWay}/${inner}${path}`
      await transfer(path, ['--times', '--partial', '--append-verify', local], source, options)
    } finally {
      await rename(first, file)
    }
    const arrived = await listBelow(path, only(`${onTheWay}/${inner}${path}`, ''))
    if (arrived.find(({ kind }) => kind === 'file')?.bytes !== source.bytes)
      throw new ProblemError(incomplete(name, path))
    const there = inner === '' ? `${top}${onTheWay}` : `${inner}${onTheWay}`
    const local = `${place.directory}/./${inner}${path}`
    await transfer(path, ['--times', `--link-dest=${there}`, local], source, {
      ...options,
      onProgress: () => {},
    })
    await removeBelow(onTheWay)
  }

  async function transfer(
    path: string,
    args: readonly string[],
    source: Source,
    { signal, onProgress }: WriteOptions,
  ): Promise<void> {
    const common = ['--relative', '--no-implied-dirs', '--perms', '--chmod=F600', '--outbuf=L']
    const progress = ['--info=progress2', '--no-human-readable']
    const onOutput = (chunk: string) => {
      const done = [...chunk.matchAll(/(\d+) +\d+%/g)].at(-1)?.[1]
      if (done !== undefined) onProgress?.(Math.min(Number(done), source.bytes))
    }
    await run(path, [...common, ...progress, ...args, `${alias}:${inner === '' ? top : './'}`], {
      onOutput,
      signal,
    })
  }

  /** An empty directory is sent over what is there, and everything but `path` is kept out of it. */
  async function removeBelow(path: string): Promise<void> {
    await using place = await work()
    await mkdir(join(place.directory, parentOf(path)), { recursive: true })
    const rules = only(path, '', '/**')
    // Existing: a directory on the way that is not there is not made.
    const args = ['--recursive', '--delete', '--force', '--existing', '--ignore-existing', ...rules]
    await run(path, [...args, `${place.directory}/`, `${alias}:${top}`], { tolerate: noSuchFile })
  }

  async function sweep(olderThanMs: number): Promise<number> {
    const before = systemClock.now().getTime() - olderThanMs
    const rules = ['--include=*/', '--include=.part-*/**', '--include=.*', '--exclude=*']
    const left = stale(await listBelow('', rules), before)
    for (const path of left) await removeBelow(path)
    return left.length + (await sweepSpool(spool, before))
  }

  return {
    name,
    title: `${name}:${top}`,
    list,
    read,
    write,
    async readText(path) {
      try {
        return await textOf(await read(path))
      } catch (error) {
        if (ProblemError.is(error) && error.problem.code === missing(name, path).code) return undefined
        throw error
      }
    },
    writeText: (path, content) => write(path, documentSource(content)),
    async hash(path, { signal } = {}) {
      await using place = await work()
      const file = await fetch(path, place, signal)
      return { sha256: await sha256Of(file), bytes: (await stat(file)).size, how: 'read-back' }
    },
    async remove(path) {
      await removeBelow(checkedPath(name, path))
    },
    /** For documents: it comes here and goes back. */
    async rename(from, to) {
      checkedPath(name, to)
      await using place = await work()
      await using outgoing = await work()
      const file = await fetch(from, place)
      const next = join(outgoing.directory, inner, to)
      await mkdir(dirname(next), { recursive: true })
      await rename(file, next)
      const source = {
        bytes: (await stat(next)).size,
        sha256: await sha256Of(next),
        open: async () => createReadStream(next),
      }
      await send(outgoing, to, source, {})
      await removeBelow(from)
    },
    free: async () => undefined,
    sweep,
    async close() {
      await Promise.all([...works].map(made => made[Symbol.asyncDispose]()))
    },
  }
}

/** Names that rsync gives to what it is writing: `.name.Ab3dEf`. A capital letter tells them from an ending such as sha256. */
function isTemporary(name: string): boolean {
  return isPartial(name) || /^\..+\.(?=[^.]*[A-Z])[A-Za-z0-9]{6}$/.test(name)
}

/** The top is not there yet: whatever is below it is not either. */
function noSuchFile(stderr: string): boolean {
  return /(change_dir|link_stat|open failed).*No such file/.test(stderr)
}

/** Paths of what was left over, but not what lies in it: a directory is as old as the newest file in it. */
function stale(entries: readonly Entry[], before: number): readonly string[] {
  const left = entries.filter(({ name }) => {
    const [last = '', ...parents] = name.split('/').reverse()
    return isTemporary(last) && !parents.some(isTemporary)
  })
  return left
    .filter(({ name, kind, changedAt }) => {
      const inside = entries.filter(entry => entry.kind === 'file' && entry.name.startsWith(`${name}/`))
      const touched =
        kind === 'directory' && inside.length > 0 ? inside.map(entry => entry.changedAt) : [changedAt]
      return Math.max(...touched) <= before
    })
    .map(({ name }) => name)
}
