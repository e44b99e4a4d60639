import { expect, test } from 'vitest'
import { cellOf } from './markdown.ts'

test.each([
  ['a | b\nc', 'a \\| b c'],
  ['<img src=x>', '&lt;img src=x>'],
  ['![x](http://tracker.example.org/a.png)', '![x]\\(http://tracker.example.org/a.png)'],
  ['\u001b]0;pwn\u0007', ']0;pwn'],
])('%j', (typed, cell) => {
  expect(cellOf(typed)).toBe(cell)
})
