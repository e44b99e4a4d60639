import { extract } from 'tar-stream'
import { expect, it } from 'vitest'
import { readTar } from './tar-read.ts'
import { type TarHeader, tarEnd, tarHeader, tarPadding, tarSize } from './tar-write.ts'

const headers: readonly TarHeader[] = [
  { type: 'file', path: 'short', size: 3, mode: 0o444, mtime: 1 },
  { type: 'file', path: `${'ü'.repeat(60)}/${'x'.repeat(90)}`, size: 512, mode: 0o555, mtime: 2 },
  { type: 'directory', path: 'd'.repeat(100), size: 0, mode: 0o755, mtime: 3 },
  { type: 'link', path: 'l'.repeat(150), target: `../${'t'.repeat(200)}`, size: 0, mode: 0o777, mtime: 4 },
]

function aTar(): Buffer {
  return Buffer.concat([
    ...headers.flatMap(header => [
      tarHeader(header),
      Buffer.alloc(header.size, 'x'),
      tarPadding(header.size),
    ]),
    tarEnd(),
  ])
}

it('writes what an independent reader reads', async () => {
  const reader = extract()
  reader.end(aTar())
  const seen: unknown[] = []
  for await (const entry of reader) {
    const { header } = entry
    seen.push([
      header.type,
      header.name.replace(/\/$/, ''),
      header.linkname,
      header.mode,
      header.mtime?.getTime(),
    ])
    entry.resume()
  }

  expect(seen).toEqual(
    headers.map(each => [
      each.type === 'link' ? 'symlink' : each.type,
      each.path,
      each.target ?? null,
      each.mode,
      each.mtime * 1000,
    ]),
  )
})

it.each([1, 100, 512, 100_000])('is read back in pieces of %d bytes', async size => {
  const bytes = aTar()
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }

  const seen: unknown[] = []
  for await (const { body: _, ...entry } of readTar(pieces())) seen.push(entry)

  expect(seen).toEqual(headers.map(({ mtime: _, ...entry }) => entry))
})

it('knows its size before it is written', () => {
  expect(headers.reduce((sum, header) => sum + tarSize(header), tarEnd().length)).toBe(aTar().length)
})

it('names a size beyond 8 GiB', async () => {
  const size = 2 ** 33 + 7
  async function* start() {
    yield tarHeader({ type: 'file', path: 'model.bin', size, mode: 0o444, mtime: 0 })
  }

  const first = await readTar(start()).next()

  expect(first.value).toMatchObject({ path: 'model.bin', size })
})
