// The contents of blobs as git keeps them, one after the other and never two in memory.
import { createHash } from 'node:crypto'
import { Readable, Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { quote } from '../core/shell.ts'
import type { Host } from '../engine/host.ts'

interface Reading {
  readonly directory: string
  readonly here: Host
  readonly timeout: number
  readonly signal: AbortSignal
  /** Bytes of a blob that are read. */
  readonly longest: number
}

/** Undefined: all were read. Otherwise the first that was not. */
export async function readBlobs(
  ids: readonly string[],
  { directory, here, timeout, signal, longest }: Reading,
  each: (id: string, content: Buffer) => Promise<void>,
): Promise<string | undefined> {
  if (ids.length === 0) return undefined
  let read = 0
  let parts: Buffer[] = []
  let size: number | undefined
  const broken = new AbortController()
  const take = async (chunk: Buffer): Promise<void> => {
    parts.push(chunk)
    while (!broken.signal.aborted) {
      if (size === undefined) {
        const all = Buffer.concat(parts)
        const end = all.indexOf(10)
        parts = [all]
        if (end < 0) return
        const [id, type, bytes] = all.toString('latin1', 0, end).split(' ')
        parts = [all.subarray(end + 1)]
        size = type === 'blob' && id === ids[read] ? Number(bytes) : Number.POSITIVE_INFINITY
        if (size > longest) return broken.abort()
      }
      // With the newline that stands behind it.
      if (parts.reduce((sum, part) => sum + part.length, 0) <= size) return
      const all = Buffer.concat(parts)
      await each(ids[read] ?? '', all.subarray(0, size))
      parts = [all.subarray(size + 1)]
      size = undefined
      read += 1
    }
  }
  const sink = new Writable({ write: (chunk, _, done) => void take(chunk).then(() => done(), done) })
  const { ending } = await here.run(`cd ${quote(directory)} && git cat-file --batch`, {
    timeout,
    signal: AbortSignal.any([signal, broken.signal]),
    stdin: Readable.from(ids.map(id => `${id}\n`)),
    sink,
  })
  // The script is at its end before all that it printed is looked at.
  sink.end()
  const isWhole = await finished(sink).then(
    () => true,
    () => false,
  )
  if (isWhole && ending.kind === 'exit' && ending.code === 0 && read === ids.length) return undefined
  return ids[read] ?? ids[0]
}

/** The id that git gives a blob of this content, for a repository whose ids are like that one. */
export function blobId(content: Buffer, like: string): string {
  const hash = createHash(like.length === 64 ? 'sha256' : 'sha1')
  return hash.update(`blob ${content.length}\0`).update(content).digest('hex')
}
