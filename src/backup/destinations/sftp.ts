// A server that speaks SFTP and perhaps nothing else, such as a NAS. What was written is proven by reading it back.
import { createHash, type Hash, randomBytes } from 'node:crypto'
import { addAbortSignal, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { DestinationConfig } from '../../config/schema/destination.ts'
import { systemClock } from '../../core/clock.ts'
import { text } from '../../core/lang.ts'
import { type Problem, ProblemError } from '../../core/problem.ts'
import type { Destination, Entry, Source, WriteOptions } from '../destination.ts'
import { documentSource } from './document.ts'
import { checkedDirectory, checkedPath, isPartial, parentOf, partialPath } from './path.ts'
import { aborted, connectionLost, differs, diskFull, incomplete, missing, refused } from './problems.ts'
import { promisedBytes } from './promised.ts'
import { type Connection, openConnection, whyLost } from './sftp/connection.ts'
import {
  closeFile,
  entriesOf,
  freeAt,
  makeDirectory,
  openFile,
  removeAll,
  renameFile,
  sizeOf,
  statOf,
  status,
  statusOf,
  syncFile,
} from './sftp/files.ts'
import { receive, ShorterError, send } from './sftp/transfer.ts'

export interface SftpOptions {
  readonly name: string
  readonly config: Extract<DestinationConfig, { kind: 'sftp' }>
  /** Of the account; asked for when it connects. */
  readonly password?: () => string | undefined
  /** What `~/` of identityFile stands for. */
  readonly home: string
  /** Milliseconds; see ConnectionOptions. */
  readonly keepalive?: number
}

/** Less than this is a full disk: what a server refuses then is a request of a quarter of a MiB. */
const noRoom = 512 * 1024

/** Connects with the first call. A connection that broke fails the calls under way; the next call makes a new one. */
export function makeSftpDestination(options: SftpOptions): Destination {
  const { name, config } = options
  const top = config.path.replace(/\/+$/, '')
  const at = (relative: string) => (relative === '' ? top || '/' : `${top}/${relative}`)
  let current: Promise<Connection> | undefined

  function connected(): Promise<Connection> {
    if (current) return current
    const opening = openConnection({
      server: { name, address: config.address, port: config.port },
      hostKey: config.hostKey,
      identityFile: config.identityFile,
      password: options.password?.(),
      home: options.home,
      keepalive: options.keepalive ?? 30_000,
    }).then(connection => {
      connection.lost.addEventListener('abort', forget)
      return connection
    })
    const forget = () => {
      if (current === opening) current = undefined
    }
    opening.catch(forget)
    current = opening
    return opening
  }

  /** Does something about `path`; every failure becomes a ProblemError. */
  async function act<T>(
    path: string,
    action: (connection: Connection) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    if (signal?.aborted) throw new ProblemError(aborted(name, path))
    const connection = await connected()
    try {
      return await action(connection)
    } catch (error) {
      throw new ProblemError(await problemOf(connection, path, error, signal))
    }
  }

  async function problemOf(
    connection: Connection,
    path: string,
    error: unknown,
    signal?: AbortSignal,
  ): Promise<Problem> {
    if (signal?.aborted) return aborted(name, path)
    const { lost } = connection
    if (lost.aborted) {
      return connectionLost(name, path, whyLost(lost))
    }
    if (ProblemError.is(error)) return error.problem
    if (error instanceof ShorterError) return incomplete(name, path)
    if (statusOf(error) === status.missing) return missing(name, path)
    // A server has one word for every failure of its disk.
    if (statusOf(error) === status.failure) {
      const free = await freeAt(connection, at('')).catch(() => undefined)
      if (free !== undefined && free < noRoom) return diskFull(name, path)
    }
    if (statusOf(error) === undefined) throw error
    return refused(name, path, (error as Error).message)
  }

  async function list(directory: string): Promise<readonly Entry[]> {
    const path = at(checkedDirectory(name, directory))
    const entries = await act(directory, connection => entriesOf(connection, path))
    return (entries ?? []).flatMap(({ filename, attrs }) => {
      const kind = attrs.isFile() ? 'file' : attrs.isDirectory() ? 'directory' : 'other'
      if (isPartial(filename)) return []
      return [{ name: filename, kind, bytes: attrs.size, changedAt: attrs.mtime * 1000 }]
    })
  }

  /** Opens a file and gives its bytes from `from` on, up to what it has now. */
  async function bytesOf(
    connection: Connection,
    path: string,
    from: number,
    { most = Number.POSITIVE_INFINITY, lent = false }: { most?: number | undefined; lent?: boolean } = {},
  ): Promise<{ bytes: AsyncGenerator<Buffer>; close: () => void }> {
    const handle = await openFile(connection, path, 'r')
    // Not waited for: the server may be gone, and the answer would change nothing.
    const close = () => void closeFile(connection, handle).catch(() => {})
    try {
      const to = Math.min(await sizeOf(connection, handle), most)
      return { bytes: receive(connection, { handle, from, to, lent }), close }
    } catch (error) {
      close()
      throw error
    }
  }

  async function read(
    path: string,
    { from = 0, signal }: { from?: number; signal?: AbortSignal } = {},
  ): Promise<Readable> {
    const file = at(checkedPath(name, path))
    return act(
      path,
      async connection => {
        const { bytes, close } = await bytesOf(connection, file, from)
        async function* explained() {
          try {
            yield* bytes
          } catch (error) {
            throw new ProblemError(await problemOf(connection, path, error, signal))
          }
        }
        const stream = Readable.from(explained(), { objectMode: false })
        stream.once('close', close)
        return signal ? addAbortSignal(signal, stream) : stream
      },
      signal,
    )
  }

  async function write(path: string, source: Source, options: WriteOptions = {}): Promise<void> {
    const file = checkedPath(name, path)
    await act(
      path,
      async connection => {
        if (await bring(connection, file, source, options)) return
        // What lay there was not the beginning of this file. It is gone, and the second attempt begins with nothing.
        if (await bring(connection, file, source, options)) return
        throw new ProblemError(differs(name, path))
      },
      options.signal,
    )
  }

  /** False when what arrived has another hash; then nothing is left of it. */
  async function bring(
    connection: Connection,
    file: string,
    source: Source,
    { signal, onProgress }: WriteOptions,
  ): Promise<boolean> {
    const partial = at(partialPath(file, source.sha256))
    const hash = createHash('sha256')
    const lying = await lyingAt(connection, partial, source)
    if (lying > 0) await readInto(connection, partial, hash, { signal, most: lying })
    const handle = await openFile(connection, partial, 'w').catch(async (error: unknown) => {
      if (statusOf(error) !== status.missing) throw error
      await makeDirectory(connection, at(parentOf(file)))
      return openFile(connection, partial, 'w')
    })
    const over = new AbortController()
    try {
      const signals = [over.signal, connection.lost, ...(signal ? [signal] : [])]
      const promised = promisedBytes({
        destination: name,
        path: file,
        source,
        from: lying,
        signal: AbortSignal.any(signals),
      })
      await send(connection, { handle, from: lying, chunks: hashed(promised, hash), onWritten: onProgress })
      await syncFile(connection, handle)
    } finally {
      over.abort()
      closeFile(connection, handle).catch(() => {})
    }
    if (hash.digest('hex') !== source.sha256) {
      await removeAll(connection, partial)
      return false
    }
    return settle(connection, partial, file, source)
  }

  /** How much of a source lies there; a partial that is too long is none. */
  async function lyingAt(connection: Connection, partial: string, source: Source): Promise<number> {
    const bytes = (await statOf(connection, partial))?.size ?? 0
    if (bytes <= source.bytes) return bytes
    await removeAll(connection, partial)
    return 0
  }

  async function settle(
    connection: Connection,
    partial: string,
    file: string,
    source: Source,
  ): Promise<boolean> {
    const [found, old] = await Promise.all([statOf(connection, partial), statOf(connection, at(file))])
    if (found && found.size !== source.bytes) throw new ProblemError(incomplete(name, file))
    if (old?.isDirectory())
      throw new ProblemError(
        refused(name, file, text('a directory has this name', 'ein Verzeichnis heißt so')),
      )
    try {
      await renameFile(connection, partial, at(file))
    } catch (error) {
      if (statusOf(error) !== status.missing) throw error
      // Somebody else brought the same file, byte for byte to the same places, and was a moment faster.
      const hash = createHash('sha256')
      await readInto(connection, at(file), hash)
      if (hash.digest('hex') !== source.sha256) throw error
    }
    return true
  }

  /** Returns how many bytes there were. */
  async function readInto(
    connection: Connection,
    path: string,
    hash: Hash,
    { signal, most }: { signal?: AbortSignal | undefined; most?: number } = {},
  ): Promise<number> {
    let total = 0
    const { bytes, close } = await bytesOf(connection, path, 0, { most, lent: true })
    try {
      for await (const chunk of bytes) {
        if (signal?.aborted) throw signal.reason
        total += chunk.length
        hash.update(chunk)
      }
    } finally {
      close()
    }
    return total
  }

  /** Removes old partial files below a directory. */
  async function sweepBelow(connection: Connection, directory: string, before: number): Promise<number> {
    let gone = 0
    for (const { filename, attrs } of (await entriesOf(connection, directory)) ?? []) {
      const path = `${directory}/${filename}`
      if (attrs.isDirectory()) gone += await sweepBelow(connection, path, before)
      else if (attrs.isFile() && isPartial(filename) && attrs.mtime * 1000 <= before) {
        await removeAll(connection, path)
        gone += 1
      }
    }
    return gone
  }

  /** By the server's clock, which may be years off. A server too full to tell is asked nothing else. */
  async function timeThere(connection: Connection): Promise<number> {
    const mark = `${top}/.part-${randomBytes(6).toString('hex')}-clock`
    try {
      await closeFile(connection, await openFile(connection, mark, 'w'))
      const seconds = (await statOf(connection, mark))?.mtime
      return seconds === undefined ? systemClock.now().getTime() : seconds * 1000
    } catch {
      return systemClock.now().getTime()
    } finally {
      await removeAll(connection, mark).catch(() => {})
    }
  }

  return {
    name,
    title: `sftp://${config.address}:${config.port}${top.startsWith('/') ? '' : '/'}${top}`,
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
      const file = at(checkedPath(name, path))
      const hash = createHash('sha256')
      const bytes = await act(path, connection => readInto(connection, file, hash, { signal }), signal)
      return { sha256: hash.digest('hex'), bytes, how: 'read-back' }
    },
    async remove(path) {
      const there = at(checkedPath(name, path))
      await act(path, connection => removeAll(connection, there))
    },
    async rename(from, to) {
      const [old, young] = [at(checkedPath(name, from)), at(checkedPath(name, to))]
      await act(from, connection => renameFile(connection, old, young))
    },
    free: () => act('', connection => freeAt(connection, at('')).catch(whereMissing)),
    sweep: olderThanMs =>
      act('', async connection => {
        if (!(await statOf(connection, at('')))) return 0
        return sweepBelow(connection, top, (await timeThere(connection)) - olderThanMs)
      }),
    async close() {
      const closing = current
      current = undefined
      await closing?.then(
        connection => connection.end(),
        () => {},
      )
    },
  }
}

/** Before the first write there is no directory whose disk could be asked. */
function whereMissing(error: unknown): undefined {
  if (statusOf(error) !== status.missing) throw error
}

async function* hashed(chunks: AsyncIterable<Buffer>, hash: Hash): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    hash.update(chunk)
    yield chunk
  }
}
