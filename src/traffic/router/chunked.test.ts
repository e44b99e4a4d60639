import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ChunkScanner } from './chunked.ts'

/** Feeds the text in pieces; returns the payload and what followed the message. */
function scan(
  text: string,
  cuts: readonly number[] = [],
): { payload: string; rest: string; done: boolean; bad: boolean } {
  const bytes = Buffer.from(text, 'latin1')
  let piece: Buffer = bytes
  let payload = ''
  const scanner = new ChunkScanner((start, end) => {
    payload += piece.toString('latin1', start, end)
  })
  const edges = [...cuts.map(cut => cut % (bytes.length + 1)), 0, bytes.length].sort((a, b) => a - b)
  for (let index = 1; index < edges.length; index++) {
    const [from, to] = [edges[index - 1] ?? 0, edges[index] ?? 0]
    piece = bytes.subarray(from, to)
    const used = scanner.scan(piece, 0)
    if (used === -1) return { payload, rest: '', done: false, bad: true }
    if (scanner.done) return { payload, rest: bytes.toString('latin1', from + used), done: true, bad: false }
  }
  return { payload, rest: '', done: scanner.done, bad: false }
}

describe('the chunked coding', () => {
  it('ends exactly where it ends, however it arrives', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 40 })),
        fc.array(fc.nat()),
        fc.boolean(),
        (parts, cuts, trailer) => {
          const body = parts
            .map(part => `${part.length.toString(16)}${trailer ? ';q="1"' : ''}\r\n${part}\r\n`)
            .join('')
          const text = `${body}0\r\n${trailer ? 'X-Sum: 1\r\n' : ''}\r\nGET / HTTP/1.1`

          expect(scan(text, cuts)).toEqual({
            payload: parts.join(''),
            rest: 'GET / HTTP/1.1',
            done: true,
            bad: false,
          })
        },
      ),
    )
  })

  it.each([
    '\r\n',
    '-1\r\n',
    '+1\r\na\r\n0\r\n\r\n',
    '0x1\r\na\r\n0\r\n\r\n',
    ' 1\r\na\r\n0\r\n\r\n',
    '1 \r\na\r\n0\r\n\r\n',
    '1\na\r\n0\r\n\r\n',
    '1\r\nab\r\n0\r\n\r\n',
    '1\r\na\n0\r\n\r\n',
    '1;a\nb\r\na\r\n0\r\n\r\n',
    `1;${'a'.repeat(300)}\r\n`,
    '1234567890abc\r\n',
    '0\r\nContent-Length: 4\r\n\r\n',
    '0\r\nTRANSFER-ENCODING: chunked\r\n\r\n',
    '0\r\nX : 1\r\n\r\n',
    '0\r\n: 1\r\n\r\n',
    '0\r\nX: a\0\r\n\r\n',
    '0\r\nX: a\nY: b\r\n\r\n',
    `0\r\n${'X: a\r\n'.repeat(2000)}\r\n`,
  ])('refuses %j', text => {
    expect(scan(text).bad).toBe(true)
  })
})
