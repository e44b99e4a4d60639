// The stream that brings a release to a host: head, all directories, the added and changed files, all links last. Links
// come last so that no file can be unpacked through one; directories come whole so that hard links find their place.
import { createReadStream, type ReadStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Result } from '../../core/result.ts'
import { type Compression, compressor, inChunks, writeArchive } from './archive-file.ts'
import { fileMissing } from './archive-problems.ts'
import { asResult, refuse } from './boundary.ts'
import { type Bundle, directoryEntries, fileHeader, headEntries, linkEntries, mtimeOf } from './bundle.ts'
import type { Delta } from './delta.ts'
import { tarEnd, tarHeader, tarPadding, tarSize } from './tar-write.ts'
import { walkBundle } from './walk.ts'

export interface DeltaStream {
  /** Destroyed with a ProblemError that names the file when a file's content is not what the manifest says. */
  readonly stream: Readable
  /** Length of the tar before compression. */
  readonly tarBytes: number
}

/** Reads the bundle once and keeps nothing in memory. */
export function deltaTar(
  bundle: Bundle,
  delta: Delta,
  props: { readonly compress: Compression },
): DeltaStream {
  const stream = compressor(props.compress)
  const source = Readable.from(inChunks(tar(bundle, delta)), { objectMode: false })
  // The failure is seen by whoever reads `stream`; unheard, this promise would end the process as well.
  pipeline(source, stream).catch(() => undefined)
  return { stream, tarBytes: tarBytes(bundle, delta) }
}

export interface SpooledDelta {
  /** Bytes of the compressed stream: what will be on the wire. */
  readonly bytes: number
  readonly tarBytes: number
  /** A fresh stream; many hosts with the same base can be fed at the same time. */
  open(): ReadStream
  /** Removes the file. Safe to call twice. */
  remove(): Promise<void>
}

/** Writes the stream once into a new 0600 file below `directory`, so that it is packed once for all hosts with one base. */
export function spoolDelta(
  bundle: Bundle,
  delta: Delta,
  props: { readonly compress: Compression; readonly directory: string; readonly signal?: AbortSignal },
): Promise<Result<SpooledDelta>> {
  return asResult(async () => {
    const folder = await mkdtemp(join(props.directory, 'delta-'))
    const path = join(folder, 'delta.tar')
    const remove = () => rm(folder, { recursive: true, force: true })
    try {
      await writeArchive(path, inChunks(tar(bundle, delta)), props.compress, 0o600, props.signal)
      const { size } = await stat(path)
      return { bytes: size, tarBytes: tarBytes(bundle, delta), open: () => createReadStream(path), remove }
    } catch (error) {
      await remove()
      throw error
    }
  })
}

async function* tar(bundle: Bundle, delta: Delta): AsyncGenerator<Buffer, void, undefined> {
  const mtime = mtimeOf(bundle.manifest)
  for (const { header, content = '' } of headEntries(bundle.head, mtime)) {
    yield tarHeader(header)
    yield Buffer.from(content)
    yield tarPadding(header.size)
  }
  for (const { header } of directoryEntries(bundle.manifest)) yield tarHeader(header)
  yield* wantedFiles(bundle, delta, mtime)
  for (const { header } of linkEntries(bundle.manifest)) yield tarHeader(header)
  yield tarEnd()
}

/** Stops reading the archive after the last wanted file. */
async function* wantedFiles(
  bundle: Bundle,
  delta: Delta,
  mtime: number,
): AsyncGenerator<Buffer, void, undefined> {
  const wanted = new Set([...delta.added, ...delta.changed])
  if (wanted.size === 0) return
  for await (const { file, body } of walkBundle(bundle)) {
    if (!wanted.delete(file.path)) continue
    yield tarHeader(fileHeader(file, mtime))
    yield* body
    yield tarPadding(file.size)
    if (wanted.size === 0) return
  }
  // The delta was made for another bundle.
  const [first] = wanted
  if (first !== undefined) refuse(fileMissing(first))
}

function tarBytes(bundle: Bundle, delta: Delta): number {
  const mtime = mtimeOf(bundle.manifest)
  const wanted = new Set([...delta.added, ...delta.changed])
  const headers = [
    ...headEntries(bundle.head, mtime).map(entry => entry.header),
    ...directoryEntries(bundle.manifest).map(entry => entry.header),
    ...bundle.manifest.files.filter(file => wanted.has(file.path)).map(file => fileHeader(file, mtime)),
    ...linkEntries(bundle.manifest).map(entry => entry.header),
  ]
  return headers.reduce((sum, header) => sum + tarSize(header), tarEnd().length)
}
