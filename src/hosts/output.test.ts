import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeOutput } from './output.ts'

describe('output', () => {
  it('gives the same lines in every division of the bytes', () => {
    const text = 'grün\n\n中文 🚦\r\nlast'
    const bytes = Buffer.from(text)

    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: bytes.length - 1 })), cuts => {
        const lines: string[] = []
        const output = makeOutput(line => lines.push(line))
        const at = [0, ...cuts.toSorted((a, b) => a - b), bytes.length]
        for (const [i, end] of at.slice(1).entries()) output.push(bytes.subarray(at[i], end))
        output.end()

        expect(lines).toEqual(text.split('\n'))
        expect(output.tail()).toBe(text)
      }),
    )
  })

  it('gives a line when its newline is there, and the last one at the end', () => {
    const lines: string[] = []
    const output = makeOutput(line => lines.push(line))

    output.push(Buffer.from('one\ntw'))
    expect(lines).toEqual(['one'])
    output.push(Buffer.from('o'))
    output.end()
    output.end()

    expect(lines).toEqual(['one', 'two'])
  })

  it('keeps the last MiB and never half a character', () => {
    const output = makeOutput()

    for (let i = 0; i < 100; i++) output.push(Buffer.from('€'.repeat(10_000)))

    const tail = output.tail()
    expect(Buffer.byteLength(tail)).toBeGreaterThan(1024 * 1024 - 3)
    expect(Buffer.byteLength(tail)).toBeLessThanOrEqual(1024 * 1024)
    expect(tail.replaceAll('€', '')).toBe('')
  })

  it('gives a line without end in pieces', () => {
    const pieces: string[] = []
    const output = makeOutput(line => pieces.push(line))

    for (let i = 0; i < 40; i++) output.push(Buffer.alloc(65_536, 'x'))
    output.end()

    expect(pieces.join('')).toHaveLength(40 * 65_536)
    expect(Math.max(...pieces.map(piece => piece.length))).toBeLessThan(400_000)
  })
})
