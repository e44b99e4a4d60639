// Sources that break, lie and count, for the contract of destinations; and what of them is still in memory.
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Source } from '../../src/backup/destination.ts'

export interface Trick {
  /** Fails once it has given this many bytes of the file. */
  readonly failAt?: number
  /** Pretends to be this much longer or shorter than it is. */
  readonly lie?: number
  /** Called before each piece, with the position of the piece in the file. */
  readonly onPiece?: (position: number) => void | Promise<void>
}

export interface Watched extends Source {
  /** From where it was opened, attempt by attempt. */
  readonly opened: number[]
  /** Bytes it has given, in all attempts. */
  given(): number
}

/** Gives pieces of uneven size, as they come from a network. */
export function sourceOf(
  content: Buffer,
  { failAt = Number.POSITIVE_INFINITY, lie = 0, onPiece }: Trick = {},
): Watched {
  const opened: number[] = []
  let given = 0
  return {
    bytes: content.length + lie,
    sha256: sha256(content),
    opened,
    given: () => given,
    async open(from) {
      opened.push(from)
      return Readable.from(
        (async function* () {
          for (let at = from, size = 61_001; at < content.length; at += size) {
            await onPiece?.(at)
            if (at >= failAt) throw new Error('the source has broken')
            const piece = Buffer.from(content.subarray(at, at + size))
            given += piece.length
            yield piece
          }
        })(),
        { objectMode: false },
      )
    },
  }
}

export function sha256(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex')
}

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')
/** Bytes of buffers that somebody holds. */
export function memory(): number {
  // The first round frees what holds others.
  collectGarbage()
  collectGarbage()
  return process.memoryUsage().arrayBuffers
}
