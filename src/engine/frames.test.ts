import { expect, test } from 'vitest'
import { parseFrame, splitFrame } from './frames.ts'

test('frames are read, and only those with the nonce of this script', () => {
  expect(parseFrame('\u0001n1 begin 3', 'n1')).toEqual({ type: 'begin', index: 3 })
  expect(parseFrame('\u0001n1 data 3 port 80 81', 'n1')).toEqual({
    type: 'data',
    index: 3,
    key: 'port',
    value: '80 81',
  })
  expect(parseFrame('\u0001n1 end 0 127', 'n1')).toEqual({ type: 'end', index: 0, code: 127 })
  expect(parseFrame('\u0001n2 end 0 0', 'n1')).toBeUndefined()
  expect(parseFrame('end 0 0', 'n1')).toBeUndefined()
  expect(parseFrame('\u0001n1 dance 0 0', 'n1')).toBeUndefined()
})

test("a program's last words without a newline stay its own", () => {
  expect(splitFrame('no newline\u0001n1 end 0 0', 'n1')).toEqual(['no newline', '\u0001n1 end 0 0'])
  expect(splitFrame('\u0001n1 end 0 0', 'n1')).toEqual(['', '\u0001n1 end 0 0'])
  expect(splitFrame('plain', 'n1')).toEqual(['', 'plain'])
})
