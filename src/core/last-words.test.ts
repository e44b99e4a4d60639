import { expect, test } from 'vitest'
import { lastWords } from './last-words.ts'

test.each<[string, readonly string[], string | undefined]>([
  ['nothing', ['', ' '], undefined],
  ['one line', ['no database', ''], 'no database'],
  [
    'Node',
    ['app.mjs:3', '  throw', 'Error: KEY is not set', '    at main (app.mjs:3:7)', '', 'Node.js v24.21.0'],
    'Error: KEY is not set',
  ],
  [
    'Node, with a code',
    ["Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'x'", '    at y', "  code: 'ERR'", '}'],
    "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'x'",
  ],
  [
    'Python',
    ['Traceback (most recent call last):', 'sqlite3.OperationalError: no such column: x'],
    'sqlite3.OperationalError: no such column: x',
  ],
])('%s', (_, lines, words) => {
  expect(lastWords(lines)).toBe(words)
})
