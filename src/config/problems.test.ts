import { describe, expect, it } from 'vitest'
import { text } from '../core/lang.ts'
import { faults } from './problems.ts'

describe('the table of faults', () => {
  const words = text('is wrong', 'ist falsch')
  const made = Object.values(faults).map(make =>
    (make as (...args: unknown[]) => ReturnType<typeof faults.emptyFile>)(...arguments_(make)),
  )

  /** The same arguments for each: words where words are wanted matters to none of the codes. */
  function arguments_(make: { length: number }): unknown[] {
    const source = String(make)
    return Array.from({ length: make.length }, (_, index) =>
      /must|got|what|why|about|hint/.test(parameters(source)[index] ?? '')
        ? words
        : /known|allowed|circle|options/.test(parameters(source)[index] ?? '')
          ? ['a', 'b']
          : 'a',
    )
  }
  function parameters(source: string): string[] {
    return source.slice(source.indexOf('(') + 1, source.indexOf('=>')).split(',')
  }

  it('has a code of its own for each', () => {
    const codes = made.map(fault => fault.code)

    expect(new Set(codes).size).toBe(codes.length)
    expect(codes.every(code => /^STW-C\d{3}$/.test(code))).toBe(true)
  })

  it('speaks both languages everywhere', () => {
    for (const { what, why, next = [] } of made) {
      for (const words of [what, ...(why ? [why] : []), ...next]) {
        expect(words.en).not.toMatch(/undefined|^$/)
        expect(words.de).not.toMatch(/undefined|^$/)
      }
      expect(what.de).not.toBe(what.en)
    }
  })
})
