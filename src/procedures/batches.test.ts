import fc from 'fast-check'
import { expect, test } from 'vitest'
import { batchesOf } from './batches.ts'

test('a canary, half of the fleet, and the rest', () => {
  const hosts = ['a', 'b', 'c', 'd', 'e', 'f']

  expect(batchesOf(hosts, [1, '50%'])).toEqual([['a'], ['b', 'c', 'd'], ['e', 'f']])
  expect(batchesOf(hosts, [])).toEqual([hosts])
  expect(batchesOf(['a'], [1, '50%'])).toEqual([['a']])
})

test('every host is in exactly one group, whatever the sizes', () => {
  const size = fc.oneof(
    fc.integer({ min: 1, max: 9 }),
    fc.integer({ min: 1, max: 100 }).map(n => `${n}%`),
  )

  fc.assert(
    fc.property(fc.uniqueArray(fc.string()), fc.array(size), (hosts, sizes) => {
      expect(batchesOf(hosts, sizes).flat()).toEqual(hosts)
    }),
  )
})
