// Writes the bundle file from a directory and its manifest.
import { ProblemError } from '../../core/problem.ts'
import { inChunks, writeArchive } from './archive-file.ts'
import { refuse } from './boundary.ts'
import { changedWhileRead } from './build-problems.ts'
import { type BundleHead, bodyEntries, headEntries, mtimeOf } from './bundle.ts'
import type { Manifest } from './manifest.ts'
import { readFileOf } from './output-directory.ts'
import { tarEnd, tarHeader, tarPadding } from './tar-write.ts'
import { checked } from './walk.ts'

export interface PackProps {
  readonly root: string
  readonly manifest: Manifest
  readonly head: BundleHead
  /** Must not exist. */
  readonly path: string
  readonly signal: AbortSignal
}

/** Each file is hashed again while it is packed: what is signed is what is in the archive. */
export async function packBundle(props: PackProps): Promise<void> {
  await writeArchive(props.path, inChunks(tar(props)), 'zstd', 0o644, props.signal)
}

async function* tar({ root, manifest, head }: PackProps): AsyncGenerator<Buffer, void, undefined> {
  for (const { header, content, file } of [
    ...headEntries(head, mtimeOf(manifest)),
    ...bodyEntries(manifest),
  ]) {
    yield tarHeader(header)
    if (content !== undefined) yield Buffer.from(content)
    if (file) {
      try {
        yield* checked(readFileOf(root, file.path, file.size), file)
      } catch (error) {
        if (ProblemError.is(error)) refuse(changedWhileRead(file.path))
        throw error
      }
    }
    yield tarPadding(header.size)
  }
  yield tarEnd()
}
