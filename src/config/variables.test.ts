import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { expand, hasReference, references, replaceReferences } from './variables.ts'
import { written } from './written.ts'

const replace = (input: string) =>
  replaceReferences(input, {
    reference: (name, fallback) => `<${name}${fallback === undefined ? '' : `|${fallback}`}>`,
    malformed: found => `!${found}!`,
  })

describe('replaceReferences', () => {
  it.each([
    ['plain $HOME text', 'plain $HOME text'],
    ['${A}-${B_1}', '<A>-<B_1>'],
    ['${A:-}${A:-x y}', '<A|><A|x y>'],
    ['$${A} $$${A}', '${A} $${A}'],
    ['${', '!${!'],
    ['${a b} ${1}', '!${a b}! !${1}!'],
  ])('%j becomes %j', (input, output) => {
    expect(replace(input)).toBe(output)
  })

  it('leaves text without references alone', () => {
    fc.assert(fc.property(fc.string(), input => input.includes('${') || replace(input) === input))
  })
})

describe('expand', () => {
  it('puts known names in, once, and leaves the rest', () => {
    const values: Record<string, string> = { A: '${B}', B: 'b' }

    expect(expand('${A} ${B} ${C}', name => values[name])).toBe('${B} b ${C}')
    expect(references('${A} ${B} ${A}')).toEqual(['A', 'B'])
    expect([hasReference('x${A}'), hasReference('$${A}')]).toEqual([true, false])
  })
})

describe('written', () => {
  it('is read by YAML as the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), value => {
        // JSON has no negative zero.
        const plain: unknown = JSON.parse(JSON.stringify(value))
        expect(parse(written(plain))).toEqual(plain)
      }),
    )
    for (const word of [
      'yes',
      'null',
      '~',
      '.5',
      '1e3',
      'a: b',
      '- a',
      '',
      ' a ',
      '0x1',
      '*a',
      'a #b',
      '${A}',
      '@a',
      'x'.repeat(2000),
    ]) {
      expect(parse(`k: ${written(word)}`)).toEqual({ k: word })
    }
  })
})
