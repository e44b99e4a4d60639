import { expect, test } from 'vitest'
import { findPattern, siftLines } from './pattern.ts'

const evil = '(a+)+$'
const food = `${'a'.repeat(60)}!`

test('finds, with what the groups took', () => {
  expect(findPattern('code: (\\d+)(x)?', 'your code: 1234')).toEqual({
    kind: 'match',
    groups: ['code: 1234', '1234', ''],
  })
  expect(findPattern('code: (\\d+)', 'nothing')).toEqual({ kind: 'none' })
})

test('ends also where the expression would not', () => {
  expect(findPattern(evil, food)).toEqual({ kind: 'endless' })
  expect(siftLines(['fine', food], evil, [])).toBeUndefined()
})

test('sifts lines', () => {
  expect(siftLines(['ERROR a', 'ok', 'ERROR favicon'], 'ERROR', ['favicon'])).toEqual([0])
  expect(siftLines(['ok'], 'ERROR', [])).toEqual([])
})
