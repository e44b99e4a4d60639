// The `.stw.tar.zst` file on this machine's disk, read and written as a stream.
import { createReadStream, createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { PassThrough, Readable, type Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createGzip, createZstdCompress, createZstdDecompress } from 'node:zlib'
import { text } from '../../core/lang.ts'
import { ProblemError } from '../../core/problem.ts'
import { archiveUnreadable } from './archive-problems.ts'
import { errno, refuse } from './boundary.ts'

export type Compression = 'zstd' | 'gzip' | 'none'

/** Bytes of the file. */
export async function archiveSize(path: string): Promise<number> {
  try {
    const found = await stat(path)
    if (!found.isFile())
      return refuse(archiveUnreadable(path, text('it is not a file', 'es ist keine Datei')))
    return found.size
  } catch (error) {
    return refuse(ProblemError.is(error) ? error.problem : archiveUnreadable(path, reason(error)))
  }
}

/** The tar stream inside the file. Ends with a ProblemError when the file is damaged, cut off, or longer than its
 *  compressed content. May be left early; then nothing is said about the rest. */
export async function* readArchive(path: string): AsyncGenerator<Buffer, void, undefined> {
  const size = await archiveSize(path)
  const unpack = createZstdDecompress({ chunkSize: 256 * 1024 })
  const done = pipeline(createReadStream(path, { highWaterMark: 256 * 1024 }), unpack)
  // A failure reaches the loop below through `unpack`; unheard, this promise would end the process as well.
  done.catch(() => undefined)
  try {
    for await (const chunk of unpack) yield chunk as Buffer
  } catch (error) {
    if (ProblemError.is(error)) throw error
    refuse(archiveUnreadable(path, reason(error)))
  }
  // Node stops at the end of the first frame and says nothing about what follows.
  if (unpack.bytesWritten !== size) {
    refuse(archiveUnreadable(path, text('it holds data after its end', 'es enthält Daten nach seinem Ende')))
  }
}

/** Writes a compressed stream to a new file; an existing file is never overwritten. The data is on disk when it returns. */
export async function writeArchive(
  path: string,
  source: AsyncIterable<Buffer>,
  compression: Compression,
  mode: number,
  signal?: AbortSignal,
): Promise<void> {
  const file = createWriteStream(path, { flags: 'wx', mode, flush: true })
  await pipeline(
    Readable.from(source, { objectMode: false }),
    compressor(compression),
    file,
    signal ? { signal } : {},
  )
}

export function compressor(compression: Compression): Transform {
  if (compression === 'gzip') return createGzip({ level: 6 })
  if (compression === 'none') return new PassThrough()
  return createZstdCompress({
    params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 },
  })
}

/** Chunks of one size: zstd's output depends on how its input is cut, and a bundle must not. */
export async function* inChunks(
  source: AsyncIterable<Buffer>,
  size = 256 * 1024,
): AsyncGenerator<Buffer, void, undefined> {
  let chunk = Buffer.allocUnsafe(size)
  let used = 0
  for await (const part of source) {
    for (let offset = 0; offset < part.length; ) {
      const copied = part.copy(chunk, used, offset)
      used += copied
      offset += copied
      if (used < size) continue
      yield chunk
      chunk = Buffer.allocUnsafe(size)
      used = 0
    }
  }
  if (used > 0) yield chunk.subarray(0, used)
}

function reason(error: unknown) {
  const code = errno(error)
  if (code === 'ENOENT') return text('there is no such file', 'diese Datei gibt es nicht')
  if (code === 'EACCES') return text('this user may not read it', 'dieser Benutzer darf es nicht lesen')
  if (code === 'Z_BUF_ERROR') return text('it is cut off', 'es ist abgeschnitten')
  if (code?.startsWith('ZSTD_'))
    return text('it is not zstd data, or it is damaged', 'es sind keine zstd-Daten, oder sie sind beschädigt')
  const message = error instanceof Error ? error.message : String(error)
  return text(message, message)
}
