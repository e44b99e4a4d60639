// The bytes of a source, held to its promise: exactly as many as it said, or an error, so that half a dump never ends as a whole one.
import { addAbortSignal, type Readable } from 'node:stream'
import { ProblemError } from '../../core/problem.ts'
import type { Source } from '../destination.ts'
import { aborted, promiseBroken, sourceBroke } from './problems.ts'

export interface Promised {
  readonly destination: string
  readonly path: string
  readonly source: Source
  readonly from: number
  /** Ends a source that is waited for. */
  readonly signal: AbortSignal
}

/** Throws ProblemError for everything that goes wrong with the source. */
export async function* promisedBytes({
  destination,
  path,
  source,
  from,
  signal,
}: Promised): AsyncGenerator<Buffer> {
  const broke = (error: unknown) =>
    new ProblemError(
      signal.aborted ? aborted(destination, path) : sourceBroke(destination, path, messageOf(error)),
    )
  const wrong = (came: 'more' | 'fewer') =>
    new ProblemError(promiseBroken(destination, path, source.bytes, came))
  let done = from
  let stream: Readable
  try {
    stream = addAbortSignal(signal, await source.open(from))
  } catch (error) {
    throw broke(error)
  }
  // It may fail once more after it was let go of.
  stream.on('error', () => {})
  const chunks: AsyncIterator<Buffer> = stream[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await chunks.next().catch((error: unknown) => {
        throw broke(error)
      })
      if (next.done) break
      done += next.value.length
      if (done > source.bytes) throw wrong('more')
      yield next.value
    }
  } finally {
    stream.destroy()
  }
  if (done < source.bytes) throw wrong('fewer')
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
