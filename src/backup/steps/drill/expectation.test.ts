import { expect, test } from 'vitest'
import { fits, parseExpectation } from './expectation.ts'

function judged(written: string, answer: string): boolean | undefined {
  const expectation = parseExpectation(written)
  return expectation && fits(expectation, answer)
}

test.each([
  ['42', '42'],
  ['yes', 'yes'],
  ['>= 1', '1'],
  ['>=1', '12'],
  ['> 0', '0.5'],
  ['< 5', '-3'],
  ['<= 1e3', '1000'],
  ['!= x', 'y'],
  ['!= 5', '6'],
  ['> 9007199254740992', '9007199254740993'],
  ['>= 1', ' 7 '],
])('"%s" takes %s', (written, answer) => {
  expect(judged(written, answer)).toBe(true)
})

test.each([
  ['42', '43'],
  ['42', '42 '],
  ['>= 1', '0'],
  ['> 0', '0'],
  ['< 5', '5'],
  ['!= x', 'x'],
  ['!= 5', '5.0'],
  ['> 9007199254740992', '9007199254740992'],
  // What is no number is not large, small or different: nothing is known.
  ['>= 1', 'many'],
  ['>= 0', ''],
  ['!= 0', ''],
  ['!= 0', 'NaN'],
  ['NaN', 'NaN'],
  ['< 5', '-Infinity'],
])('"%s" refuses %s', (written, answer) => {
  expect(judged(written, answer)).toBe(false)
})

test.each(['', '>=', '> many', '< '])('"%s" is no expectation', written => {
  expect(parseExpectation(written)).toBeUndefined()
})
