// A small document as a source, so that it goes the same safe way as a file.
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { Source } from '../destination.ts'

export function documentSource(content: string): Source {
  const bytes = Buffer.from(content)
  return {
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    open: async from => Readable.from([bytes.subarray(from)], { objectMode: false }),
  }
}
