import { expect, test } from 'vitest'
import { check } from '../config/schema/check.ts'
import { longestRun, longestSeries } from './run.ts'

const http = check.parse({ kind: 'http', url: '/', timeout: '2s', retries: 3, every: '1s' })
const command = check.parse({ kind: 'command', command: 'true', timeout: '5s', retries: 1, every: '2s' })
const disk = check.parse({ kind: 'disk', minFree: '1GB', timeout: '1s' })

test('a request takes its attempts, its pauses and one look at the host', () => {
  expect(longestRun([http])).toBe(4 * 2000 + 3 * 1000 + 6000)
  expect(longestSeries(http)).toBe(longestRun([http]))
})

test('scripts of one step share a session each round, and requests run beside them', () => {
  const session = 10_000 + (5 + 5) * 1000 + (1 + 5) * 1000

  expect(longestRun([command, disk])).toBe(2 * (session + 2000))
  expect(longestRun([command, disk, http])).toBe(longestRun([command, disk]))
  expect(longestRun([])).toBe(0)
})
