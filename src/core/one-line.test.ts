import { expect, test } from 'vitest'
import { oneLine } from './one-line.ts'

test.each([
  ['a\r\nBcc: b', 'a Bcc: b'],
  ['red\u001b[31m \u009b2Jgone\u0007', 'red [31m 2Jgone'],
  ['An\u200bna\u00ad \u202etxt.exe', 'Anna txt.exe'],
  ['  Anna   Groß ', 'Anna Groß'],
  ['👍 Łukasz', '👍 Łukasz'],
])('%j', (typed, shown) => {
  expect(oneLine(typed)).toBe(shown)
})
