import { expect, it } from 'vitest'
import { aSet } from '../../test/helpers/a-set.ts'
import { guardDestructive, newestHolding } from './guard.ts'

const now = new Date('2026-11-21T12:00:00Z')
const fresh = { id: '20261121T115000Z-0000', createdAt: new Date('2026-11-21T11:50:00Z') }
const operation = { target: 'main', typed: 'main', newestVerified: fresh, maxAge: 1_800_000, now }

it.each([
  ['the exact name and a fresh set', {}, undefined],
  ['a set of the allowed age to the millisecond', { maxAge: 600_000 }, undefined],
  ['a set that is a millisecond too old', { maxAge: 599_999 }, 'STW-B503'],
  ['a set from the future', { now: new Date('2026-11-21T11:40:00Z') }, 'STW-B503'],
  ['a set of no time', { newestVerified: { id: 'x', createdAt: new Date(Number.NaN) } }, 'STW-B503'],
  ['no set', { newestVerified: undefined }, 'STW-B502'],
  ['another name', { typed: 'Main' }, 'STW-B501'],
  ['a name with a space behind it', { typed: 'main ' }, 'STW-B501'],
  ['yes', { typed: 'yes' }, 'STW-B501'],
  ['nobody', { typed: undefined }, 'STW-B500'],
  ['an empty line', { typed: '' }, 'STW-B500'],
  [
    'no set and no name: what a name cannot mend comes first',
    { newestVerified: undefined, typed: '' },
    'STW-B502',
  ],
])('%s', (_, change, code) => {
  expect(guardDestructive({ ...operation, ...change })?.code).toBe(code)
})

it('counts only sets that were proven and hold the store', () => {
  const sets = [
    aSet('2026-11-21T11:59:00Z', { state: 'stored' }),
    aSet('2026-11-21T11:58:00Z', { state: 'suspect' }),
    aSet('2026-11-21T11:40:00Z', { state: 'verified' }),
    aSet('2026-11-21T11:50:00Z', { state: 'drilled' }),
    aSet('2026-12-21T11:50:00Z', { state: 'verified' }),
  ]
  const now = new Date('2026-11-21T12:00:00Z')

  expect(newestHolding(sets, 'main', now)?.id).toBe('20261121T115000Z-0000')
  expect(newestHolding(sets, undefined, now)?.id).toBe('20261121T115000Z-0000')
  expect(newestHolding(sets, 'another', now)).toBeUndefined()
  expect(newestHolding(sets.slice(0, 2), 'main', now)).toBeUndefined()
})
