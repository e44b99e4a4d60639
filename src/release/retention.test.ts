import fc from 'fast-check'
import { expect, test } from 'vitest'
import { releaseState } from './record.ts'
import { selectExpired } from './retention.ts'

const rule = { keep: 2, keepFailed: 1 }
const r = (id: string, state: 'proven' | 'failed' | 'undone' | 'staged' = 'proven') => ({ id, state })

test('the newest proven stay and older ones go, oldest first', () => {
  expect(selectExpired([r('4'), r('1'), r('3'), r('2')], rule, { current: '4', pinned: [] })).toEqual([
    '1',
    '2',
  ])
})

test('many failed deploys never push out the proven releases (S8)', () => {
  const releases = [r('1'), r('2'), r('3', 'failed'), r('4', 'failed'), r('5', 'failed'), r('6', 'failed')]

  expect(selectExpired(releases, rule, { current: '2', pinned: [] })).toEqual(['3', '4', '5'])
})

test('after a rollback the current release stays although two newer proven ones exist', () => {
  expect(selectExpired([r('1'), r('2'), r('3'), r('4')], rule, { current: '1', pinned: [] })).toEqual(['2'])
})

test('a pinned release stays', () => {
  expect(selectExpired([r('1'), r('2'), r('3'), r('4')], rule, { current: '4', pinned: ['1'] })).toEqual([
    '2',
  ])
})

test('current, the last proven and the pinned ones survive every history', () => {
  const release = fc.record({
    id: fc.string({ minLength: 1 }),
    state: fc.constantFrom(...releaseState.options),
  })
  const releases = fc.uniqueArray(release, { selector: ({ id }) => id })

  fc.assert(
    fc.property(
      releases,
      fc.nat(),
      fc.nat(),
      fc.integer({ min: 1, max: 5 }),
      fc.nat(3),
      (all, c, p, keep, keepFailed) => {
        const current = all[c % Math.max(all.length, 1)]?.id
        const pinned = all.length > 0 ? [all[p % all.length]!.id] : []

        const gone = selectExpired(all, { keep, keepFailed }, { current, pinned })

        const lastProven = all
          .filter(({ state }) => state === 'proven')
          .map(({ id }) => id)
          .toSorted()
          .at(-1)
        for (const kept of [current, lastProven, ...pinned])
          if (kept !== undefined) expect(gone).not.toContain(kept)
        const provenLeft = all.filter(({ id, state }) => state === 'proven' && !gone.includes(id)).length
        expect(provenLeft).toBeGreaterThanOrEqual(
          Math.min(keep, all.filter(({ state }) => state === 'proven').length),
        )
      },
    ),
  )
})
