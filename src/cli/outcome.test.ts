import { expect, test } from 'vitest'
import { exitForAll } from './outcome.ts'

const problem = (code: string) => ({ code, what: { en: '', de: '' } })

test('of several hosts one that was not reached decides, else the first', () => {
  const [failed, away, locked] = [problem('STW-D501'), problem('STW-H001'), problem('STW-E110')]

  expect([failed, away, locked].map(one => exitForAll([one]))).toEqual([1, 7, 6])
  for (const all of [
    [failed, away, locked],
    [away, locked, failed],
    [locked, failed, away],
  ])
    expect(exitForAll(all)).toBe(7)
  expect(exitForAll([locked, failed])).toBe(6)
  expect(exitForAll([])).toBe(0)
})
