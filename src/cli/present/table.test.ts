import { expect, test } from 'vitest'
import { table } from './table.ts'

test('columns line up, and only the colours of the palette reach the terminal', () => {
  const rows = [
    ['v1', '\u001b[31mred\u001b[39m', 'notes'],
    ['v22', '', 'a\u001b]0;pwn\u0007\n\u001b[8mhidden\u202e\r'],
  ]

  const gap = ' '.repeat(17)
  expect(table(rows)).toBe(`v1   \u001b[31mred\u001b[39m  notes\nv22${gap}a ]0;pwn [8mhidden\n`)
})
