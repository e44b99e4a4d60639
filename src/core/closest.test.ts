import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { closest, editDistance } from './closest.ts'

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['a', '', 1],
    ['kitten', 'sitting', 3],
    ['helath', 'health', 1],
    ['port', 'ports', 1],
  ])('counts the edits from %j to %j as %i', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance)
  })

  it('is zero only for equal words, the same both ways, and at most the longer length', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
        const distance = editDistance(a, b)
        expect(distance).toBe(editDistance(b, a))
        expect(distance === 0).toBe(a === b)
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length))
      }),
    )
  })
})

describe('closest', () => {
  it('finds a typing mistake', () => {
    expect(closest('helath', ['smoke', 'health', 'disk'])).toBe('health')
    expect(closest('comand', ['command', 'ports'])).toBe('command')
    expect(closest('Kind', ['kind'])).toBe('kind')
  })

  it('says nothing when nothing is near', () => {
    expect(closest('database', ['smoke', 'health'])).toBeUndefined()
    expect(closest('x', ['abc'])).toBeUndefined()
    expect(closest('x', [])).toBeUndefined()
  })
})
