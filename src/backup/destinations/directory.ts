// A directory of a host: local, over ssh, or a mounted share. Everything there is done by sh, so it hashes where the data lies.

import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { type Text, text } from '../../core/lang.ts'
import { ProblemError } from '../../core/problem.ts'
import type { Execution, Host, ScriptOptions } from '../../engine/host.ts'
import type { Destination, Entry, Source, WriteOptions } from '../destination.ts'
import {
  code,
  freeScript,
  hashScript,
  listScript,
  mountedText,
  partialScript,
  readScript,
  removeScript,
  renameScript,
  sweepScript,
  writeScript,
} from './directory-scripts.ts'
import { documentSource } from './document.ts'
import { checkedDirectory, checkedPath, isPartial, parentOf, partialPath } from './path.ts'
import {
  aborted,
  connectionLost,
  differs,
  diskFull,
  incomplete,
  missing,
  notAbsolute,
  refused,
  tookTooLong,
  unmounted,
} from './problems.ts'
import { promisedBytes } from './promised.ts'

export interface DirectoryOptions {
  readonly name: string
  /** Absolute path on the host. */
  readonly path: string
  readonly host: Host
  /** Nothing is read or written there unless it is on another file system than `/`. */
  readonly mounted?: boolean
}

/** For what moves no file, on a slow share as well. */
const shortTime = 10 * 60_000
/** For a file of any size: the caller's signal is the real limit. */
const longTime = 7 * 24 * 3_600_000

/** Throws ProblemError when the path is not absolute. */
export function makeDirectoryDestination({
  name,
  path,
  host,
  mounted = false,
}: DirectoryOptions): Destination {
  const top = path.replace(/\/+$/, '')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  if (!path.startsWith('/') || /(^|\/)\.{1,2}(\/|$)|[\0-\x1f\x7f]/.test(top))
    throw new ProblemError(notAbsolute(name, path))

  const at = (relative: string) => (relative === '' ? top || '/' : `${top}/${relative}`)

  /** Runs a script about `about`; throws unless it ended with 0 or one of `codes`. */
  async function run(
    about: string,
    script: string,
    options: Partial<ScriptOptions> = {},
    codes: readonly number[] = [],
  ): Promise<Execution & { readonly code: number }> {
    // Every time: a share can go between two files, and it costs no round trip.
    const guarded = mounted ? mountedText(top || '/') + script : script
    const execution = await host.run(guarded, { timeout: shortTime, plain: true, ...options })
    const { ending } = execution
    if (ending.kind === 'exit' && (ending.code === 0 || codes.includes(ending.code)))
      return { ...execution, code: ending.code }
    throw new ProblemError(problemOf(about, execution))
  }

  function problemOf(about: string, { ending, stderr }: Execution) {
    switch (ending.kind) {
      case 'aborted':
        return aborted(name, about)
      case 'timeout':
        return tookTooLong(name, about)
      case 'unreachable':
        return ending.problem ?? connectionLost(name, about, text(ending.why, ending.why))
      case 'lost':
        return connectionLost(name, about, text(ending.why, ending.why))
      case 'signal': {
        const why = `the shell there was ended by ${ending.signal}`
        return connectionLost(name, about, text(why, `die Shell dort wurde durch ${ending.signal} beendet`))
      }
      case 'exit':
        if (ending.code === code.unmounted) return unmounted(name, host.name, at(''))
        if (ending.code === code.missing) return missing(name, about)
        if (ending.code === code.incomplete) return incomplete(name, about)
        if (ending.code === code.differs) return differs(name, about)
        if (/No space left on device|Disk quota exceeded/.test(stderr)) return diskFull(name, about, stderr)
        return refused(name, about, lastWords(stderr, `exit code ${ending.code}`), stderr)
    }
  }

  async function list(directory: string): Promise<readonly Entry[]> {
    const entries: Entry[] = []
    const script = listScript(at(checkedDirectory(name, directory)))
    const onLine = (line: string, stream: string) => {
      const entry = stream === 'stdout' ? entryOf(line) : undefined
      if (entry && !isPartial(entry.name)) entries.push(entry)
    }
    const { code: ended, stderr } = await run(directory, script, { onLine }, [1, code.missing])
    if (ended === 1 && !onlyVanished(stderr))
      throw new ProblemError(refused(name, directory, lastWords(stderr, 'find'), stderr))
    return ended === code.missing ? [] : entries
  }

  function read(
    path: string,
    { from = 0, signal }: { from?: number; signal?: AbortSignal } = {},
  ): Promise<Readable> {
    const script = readScript(at(checkedPath(name, path)), from)
    const over = new AbortController()
    const stream = new PassThrough()
    stream.once('close', () => over.abort())
    const ending = run(path, script, {
      timeout: longTime,
      sink: stream,
      signal: signal ? AbortSignal.any([signal, over.signal]) : over.signal,
    })
    return new Promise((resolve, reject) => {
      // A file that is missing is known before the first byte, or instead of it.
      stream.once('readable', () => resolve(stream))
      ending.then(
        () => stream.end(() => resolve(stream)),
        (error: Error) => {
          reject(error)
          // Whoever has the stream hears of it there.
          if (stream.listenerCount('error') === 0) stream.on('error', () => {})
          stream.destroy(error)
        },
      )
    })
  }

  async function write(path: string, source: Source, options: WriteOptions = {}): Promise<void> {
    const file = checkedPath(name, path)
    for (let again = false; ; again = true) {
      const from = await lying(file, source, options.signal)
      const ended = await bring(file, source, from, options)
      if (ended === 0) return
      // What lay there was not the beginning of this file. It is gone; from its first byte on it can be told whose fault it is.
      if (from === 0 || again) throw new ProblemError(differs(name, path))
    }
  }

  async function lying(file: string, source: Source, signal?: AbortSignal): Promise<number> {
    const partial = at(partialPath(file, source.sha256))
    const script = partialScript(partial, at(parentOf(file)), source.bytes)
    return wholeNumber(file, (await run(file, script, signal && { signal })).stdout)
  }

  async function bring(
    file: string,
    source: Source,
    from: number,
    { signal, onProgress }: WriteOptions,
  ): Promise<number> {
    const over = new AbortController()
    const ends = signal ? AbortSignal.any([signal, over.signal]) : over.signal
    let failure: unknown
    async function* bytes() {
      try {
        let done = from
        for await (const chunk of promisedBytes({
          destination: name,
          path: file,
          source,
          from,
          signal: ends,
        })) {
          yield chunk
          done += chunk.length
          onProgress?.(done)
        }
      } catch (error) {
        failure = error
        throw error
      }
    }
    const script = writeScript({
      partial: at(partialPath(file, source.sha256)),
      file: at(file),
      directory: at(parentOf(file)),
      from,
      bytes: source.bytes,
      sha256: source.sha256,
    })
    try {
      const stdin = Readable.from(bytes(), { objectMode: false })
      const options = { timeout: longTime, plain: true, stdin, ...(signal && { signal }) }
      return (await run(file, script, options, [code.differs])).code
    } catch (error) {
      // What the host says of a source that failed is only that the data broke off.
      throw failure === undefined || signal?.aborted ? error : failure
    } finally {
      over.abort()
    }
  }

  function wholeNumber(about: string, output: string): number {
    const found = /^\s*(\d+)\s*$/.exec(output)?.[1]
    if (found === undefined) throw new ProblemError(refused(name, about, oddAnswer, output))
    return Number(found)
  }

  return {
    name,
    title: `${host.name}:${at('')}`,
    list,
    read,
    write,
    async readText(path) {
      try {
        return (await buffer(await read(path))).toString('utf8')
      } catch (error) {
        if (ProblemError.is(error) && error.problem.code === missing(name, path).code) return undefined
        throw error
      }
    },
    writeText: (path, content) => write(path, documentSource(content)),
    async hash(path, { signal } = {}) {
      const script = hashScript(at(checkedPath(name, path)))
      const { stdout } = await run(path, script, { timeout: longTime, ...(signal && { signal }) })
      const [, sha256, bytes] = /^([0-9a-f]{64})\n\s*(\d+)\s*$/.exec(stdout) ?? []
      if (sha256 === undefined || bytes === undefined)
        throw new ProblemError(refused(name, path, oddAnswer, stdout))
      return { sha256, bytes: Number(bytes), how: 'hashed-there' }
    },
    async remove(path) {
      await run(path, removeScript(at(checkedPath(name, path))))
    },
    async rename(from, to) {
      await run(from, renameScript(at(checkedPath(name, from)), at(checkedPath(name, to))))
    },
    async free() {
      const { code: ended, stdout } = await run('', freeScript(at('')), {}, [1])
      // Names of file systems and mount points may hold blanks; the numbers between them do not.
      const kilobytes = /\s\d+\s+-?\d+\s+(-?\d+)\s+(?:\d+%|-)\s/.exec(stdout)?.[1]
      return ended === 0 && kilobytes !== undefined ? Math.max(0, Number(kilobytes) * 1024) : undefined
    },
    async sweep(olderThanMs) {
      const script = sweepScript(top, Math.floor(olderThanMs / 60_000))
      const { code: ended, stdout, stderr } = await run('', script, {}, [1, code.missing])
      if (ended === 1 && !onlyVanished(stderr))
        throw new ProblemError(refused(name, '', lastWords(stderr, 'find'), stderr))
      return stdout.split('\n').filter(line => line === 'gone').length
    },
    // The host belongs to whoever made it.
    close: async () => {},
  }
}

function entryOf(line: string): Entry | undefined {
  const [, mode, bytes, seconds, name] = /^([0-9a-f]+) (\d+) (-?\d+) \.\/(.*)$/s.exec(line) ?? []
  const type = Number.parseInt(mode ?? '0', 16) & 0xf000
  const kind = type === 0x8000 ? 'file' : type === 0x4000 ? 'directory' : 'other'
  if (name === undefined) return undefined
  return { name, kind, bytes: Number(bytes), changedAt: Number(seconds) * 1000 }
}

/** Whether find only met names that somebody renamed or removed meanwhile. */
function onlyVanished(stderr: string): boolean {
  const lines = stderr.split('\n').filter(line => line !== '')
  return lines.length > 0 && lines.every(line => line.endsWith(': No such file or directory'))
}

const oddAnswer = text(
  'its shell gave another answer than was expected',
  'die Shell dort gab eine andere Antwort als erwartet',
)

function lastWords(output: string, otherwise: string): Text {
  const line = output.trim().split('\n').at(-1) || otherwise
  return text(line, line)
}
