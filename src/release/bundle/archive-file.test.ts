import { expect, it } from 'vitest'
import { inChunks } from './archive-file.ts'

async function* cut(bytes: Buffer, size: number): AsyncGenerator<Buffer, void, undefined> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function all(source: AsyncIterable<Buffer>): Promise<Buffer[]> {
  const chunks: Buffer[] = []
  for await (const chunk of source) chunks.push(chunk)
  return chunks
}

// zstd writes other bytes when its input is cut in another way: the same commit would not give the same bundle.
it.each([1, 7, 64, 100, 1000])('gives chunks of one size from pieces of %d bytes', async size => {
  const bytes = Buffer.from(Array.from({ length: 250 }, (_, index) => index))

  const chunks = await all(inChunks(cut(bytes, size), 64))

  expect(chunks.map(chunk => chunk.length)).toEqual([64, 64, 64, 58])
  expect(Buffer.concat(chunks).equals(bytes)).toBe(true)
})

it('gives nothing from nothing', async () => {
  expect(await all(inChunks(cut(Buffer.alloc(0), 1), 64))).toEqual([])
})
