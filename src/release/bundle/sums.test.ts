import { describe, expect, it } from 'vitest'
import { digestOf, formatSums, parseSums, sha256Of, sumsLine } from './sums.ts'

const hash = sha256Of('x')

function file(path: string) {
  return { path, size: 1, sha256: hash, mode: '0444' as const }
}

describe('SHA256SUMS', () => {
  it('lists files and the manifest in byte order', () => {
    const text = formatSums({ files: [file('-a'), file('b c')] }, '{}')

    expect(text).toBe(`${hash}  -a\n${sha256Of('{}')}  .stellwerk-bundle.json\n${hash}  b c\n`)
  })

  it('escapes a backslash and reads it back', () => {
    const line = sumsLine('a\\b\\\\c', hash)

    expect(line).toBe(`\\${hash}  a\\\\b\\\\\\\\c\n`)
    expect(parseSums(line)).toEqual(new Map([['a\\b\\\\c', hash]]))
  })

  it.each([
    ['no newline at the end', `${hash}  ab`],
    ['an empty line', `${hash}  a\n\n`],
    ['a short hash', 'abc  a\n'],
    ['the same name twice', `${hash}  a\n${hash}  a\n`],
    ['half an escape', `\\${hash}  a\\b\n`],
    ['nothing', ''],
  ])('is refused with %s', (_, text) => {
    expect(parseSums(text)).toBeUndefined()
  })

  it('has a digest that changes with the manifest alone', () => {
    const one = formatSums({ files: [file('a')] }, '{"mode":"0444"}')
    const two = formatSums({ files: [file('a')] }, '{"mode":"0555"}')

    expect(digestOf(one)).toMatch(/^[0-9a-f]{64}$/)
    expect(digestOf(one)).not.toBe(digestOf(two))
  })
})
