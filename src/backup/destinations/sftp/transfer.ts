// Bytes to and from an open file with many requests under way, so that a distant server is not waited for at each of them.
import type { Connection } from './connection.ts'

/** What OpenSSH takes in one request; ssh2 divides it further where a server takes less. */
const requestBytes = 254 * 1024
/** Twice what an SSH channel holds: the server always finds the next request waiting. */
const windowBytes = 4 * 1024 * 1024

export interface Sending {
  readonly handle: Buffer
  readonly from: number
  readonly chunks: AsyncIterable<Buffer>
  /** Bytes that the server has written. */
  readonly onWritten?: ((done: number) => void) | undefined
}

/** Rejects with the first failure, of the source or of the server, without waiting for what is still under way. */
export async function send(
  connection: Connection,
  { handle, from, chunks, onWritten }: Sending,
): Promise<void> {
  let underway = 0
  let written = from
  let failure: { readonly error: unknown } | undefined
  let wake = () => {}
  const until = async (bytes: number) => {
    while (underway > bytes && !failure) await new Promise<void>(resolve => (wake = resolve))
    if (failure) throw failure.error
  }
  /** Buffers that no request needs any more: as garbage they would pile up faster than they are collected. */
  const spare: Buffer[] = []
  const write = async (piece: Buffer, length: number, position: number) => {
    underway += length
    try {
      await connection.ask(done => connection.sftp.write(handle, piece, 0, length, position, done))
      written += length
      spare.push(piece)
      onWritten?.(written)
    } catch (error) {
      failure ??= { error }
    }
    underway -= length
    wake()
  }
  let position = from
  // A pipe gives 64 KiB at a time; requests of full size cost the least on both sides.
  let piece: Buffer = Buffer.allocUnsafeSlow(requestBytes)
  let filled = 0
  const flush = async () => {
    await until(windowBytes - filled)
    void write(piece, filled, position)
    connection.passed(filled)
    position += filled
    piece = spare.pop() ?? Buffer.allocUnsafeSlow(requestBytes)
    filled = 0
  }
  for await (const chunk of chunks)
    for (let at = 0; at < chunk.length; ) {
      const copied = chunk.copy(piece, filled, at)
      filled += copied
      at += copied
      if (filled === requestBytes) await flush()
    }
  if (filled > 0) await flush()
  await until(0)
}

export interface Receiving {
  readonly handle: Buffer
  readonly from: number
  readonly to: number
  /** A chunk is only lent: the next one may lie in the same memory. */
  readonly lent?: boolean
}

/** All bytes from `from` to `to`, or an error. */
export async function* receive(
  connection: Connection,
  { handle, from, to, lent = false }: Receiving,
): AsyncGenerator<Buffer> {
  const underway: Promise<Buffer>[] = []
  const spare: Buffer[] = []
  let asked = from
  while (asked < to || underway.length > 0) {
    while (asked < to && underway.length * requestBytes < windowBytes) {
      const length = Math.min(requestBytes, to - asked)
      const memory = spare.pop() ?? Buffer.allocUnsafeSlow(requestBytes)
      const answer = readFully(connection, handle, asked, memory.subarray(0, length))
      // The one before it may fail first, and nobody will ask for this one.
      answer.catch(() => {})
      underway.push(answer)
      asked += length
    }
    const next = await underway.shift()
    if (!next) continue
    yield next
    connection.passed(next.length)
    if (lent) spare.push(Buffer.from(next.buffer))
  }
}

/** A server may give less than it was asked for, but never nothing. */
async function readFully(
  connection: Connection,
  handle: Buffer,
  position: number,
  buffer: Buffer,
): Promise<Buffer> {
  const { length } = buffer
  for (let done = 0; done < length; ) {
    const got = await connection.ask<number>(answer =>
      connection.sftp.read(handle, buffer, done, length - done, position + done, answer),
    )
    if (got === 0) throw new ShorterError()
    done += got
  }
  return buffer
}

/** The file has become shorter while it was read. */
export class ShorterError extends Error {}
