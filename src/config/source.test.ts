import { describe, expect, it } from 'vitest'
import { readSource, spanAt, treeAt } from './source.ts'

const read = (text: string) => readSource('f', text)
const marked = (text: string, path: (string | number)[], on: 'key' | 'value'): string => {
  const { start, end } = spanAt(read(text).tree, path, on)
  return text.slice(start, end)
}

describe('readSource', () => {
  it('resolves anchors, aliases and merge keys', () => {
    const text = 'a: &a { k: 1, l: 2 }\nb: { <<: *a, k: 3 }\nc: *a\nd: { <<: [*a, { m: 4 }] }\n'

    expect(read(text).tree.value).toEqual({
      a: { k: 1, l: 2 },
      b: { k: 3, l: 2 },
      c: { k: 1, l: 2 },
      d: { k: 1, l: 2, m: 4 },
    })
  })

  it('points into the shared part for what is written there, and at the alias for the whole', () => {
    const text = 'a: &a { k: one }\nb: { <<: *a }\nc: *a\n'

    expect(marked(text, ['b', 'k'], 'value')).toBe('one')
    expect(marked(text, ['c'], 'value')).toBe('*a')
    expect(marked(text, ['c', 'k'], 'value')).toBe('one')
  })

  it('points at the key of a value that fills lines, at the parent of a missing key, at the first key of the root', () => {
    const text = 'a:\n  b:\n    - 1\n  c: [2]\nd:\n'

    expect(marked(text, ['a', 'b'], 'value')).toBe('b')
    expect(marked(text, ['a', 'c'], 'value')).toBe('[2]')
    expect(marked(text, ['a', 'b', 0], 'value')).toBe('1')
    expect(marked(text, ['a', 'nothing', 'below'], 'key')).toBe('a')
    expect(marked(text, ['d'], 'value')).toBe('d')
    expect(marked(text, [], 'value')).toBe('a')
  })

  it('reads own names only', () => {
    expect(treeAt(read('a: 1\n').tree, ['constructor'])).toBeUndefined()
    expect(read('constructor: 1\n').tree.value).toEqual({ constructor: 1 })
  })

  it.each([
    ['a part that holds itself', 'a: &a [*a]\n', 'STW-C006'],
    [
      'a bomb of aliases',
      `a: &a [${'x,'.repeat(50)}]\nb: &b [${'*a,'.repeat(50)}]\nc: &c [${'*b,'.repeat(50)}]\nd: [*c]\n`,
      'STW-C007',
    ],
    ['a text of many megabytes', 'a'.repeat(1_000_001), 'STW-C007'],
    ['brackets without end', '['.repeat(20_000), 'STW-C001'],
    ['a key that would change the prototype', '__proto__: { a: 1 }\n', 'STW-C005'],
    ['a number as tag', 'a: !!binary aGk=\n', 'STW-C003'],
  ])('refuses %s', (_, text, code) => {
    const source = read(text)

    expect(source.findings.map(finding => finding.fault.code)).toContain(code)
    expect(source.findings.length).toBeLessThan(60)
  })
})
