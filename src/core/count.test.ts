import { expect, it } from 'vitest'
import { counted, formatCount } from './count.ts'
import { text } from './lang.ts'

it.each([
  [0, '0'],
  [999, '999'],
  [1000, '1\u00a0000'],
  [48_211, '48\u00a0211'],
  [1_234_567, '1\u00a0234\u00a0567'],
])('shows %d', (count, shown) => {
  expect(formatCount(count)).toBe(shown)
})

it('takes the word that fits', () => {
  const [one, many] = [text('row', 'Zeile'), text('rows', 'Zeilen')]

  expect(counted(1, one, many)).toEqual(text('1 row', '1 Zeile'))
  expect(counted(2, one, many)).toEqual(text('2 rows', '2 Zeilen'))
})
