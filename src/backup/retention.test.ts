import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { aSet } from '../../test/helpers/a-set.ts'
import { planRetention, type RetentionInput, retentionRows } from './retention.ts'
import { type BrokenSet, type SetState, type StoredSet, setId, setTime } from './set.ts'

const day = 86_400_000
const start = Date.parse('2026-11-01T01:00:00Z')
const night = (count: number) => new Date(start + count * day).toISOString()
const of = (count: number, state: SetState = 'verified', setClass = 'daily') =>
  aSet(night(count), { state, class: setClass })
const nights = (from: number, to: number, state: SetState = 'verified') =>
  Array.from({ length: to - from + 1 }, (_, index) => of(from + index, state))
const brokenOf = (count: number): BrokenSet => ({
  id: setId(new Date(night(count)), new Uint8Array(2)),
  class: 'daily',
  why: 'no manifest',
  changedAt: Date.parse(night(count)),
  files: [],
})

function plan(overrides: Partial<RetentionInput>) {
  const input: RetentionInput = {
    sets: [],
    broken: [],
    policy: { classes: { daily: 3 } },
    pinned: [],
    now: new Date('2026-11-30T02:00:00Z'),
    ...overrides,
  }
  const made = planRetention(input)
  return { ...made, gone: made.remove.map(({ set }) => set) }
}

const ids = (sets: readonly { readonly id: string }[]) => sets.map(({ id }) => id)

describe('what goes', () => {
  it('are verified sets beyond the number of their class, oldest first', () => {
    const sets = [...nights(1, 5), of(1, 'verified', 'manual'), of(2, 'verified', 'unnumbered')]

    const { gone } = plan({ sets, policy: { classes: { daily: 3, manual: 1 } } })

    expect(ids(gone)).toEqual(ids(nights(1, 2)))
  })

  it('is nothing whose proof names no manifest, or another: a person proves it anew first', () => {
    const older = { ...of(1, 'stored'), unbound: 'older' as const }
    const changed = { ...of(2, 'stored'), unbound: 'another' as const }

    const { gone, keep } = plan({ sets: [older, changed, of(3, 'stored'), of(4), of(5)] })

    expect(ids(gone)).toEqual([])
    expect(keep.find(({ set }) => set === older)?.reason.en).toContain(
      `stellwerk backup verify production ${older.id}`,
    )
  })

  it('is nothing after twenty failed nights', () => {
    const failed = nights(6, 25, 'suspect')

    expect(plan({ sets: [...nights(3, 5), ...failed], broken: [brokenOf(26)] }).gone).toEqual([])
  })

  it('are suspect and unverified sets before the newest verified one, but for the newest as evidence', () => {
    const sets = [of(1, 'suspect'), of(2, 'stored'), of(3, 'suspect'), of(4), of(5, 'suspect')]

    const { gone } = plan({ sets })

    // The newest of them came after the last verified set and is the evidence.
    expect(ids(gone)).toEqual(ids([of(1), of(2), of(3)]))
    expect(ids(plan({ sets: sets.slice(0, 4) }).gone)).toEqual(ids([of(1), of(2)]))
  })

  it('are incomplete ones, once a set has been verified 48 hours after them', () => {
    const broken = [brokenOf(1), brokenOf(3)]

    expect(ids(plan({ sets: [of(4)], broken }).gone)).toEqual(ids([brokenOf(1)]))
    expect(plan({ sets: [], broken }).gone).toEqual([])
    expect(plan({ sets: [of(4, 'stored')], broken }).gone).toEqual([])
  })

  it('are sets of all classes beyond the number of the destination', () => {
    const sets = [of(1), of(2), of(3), of(4, 'verified', 'manual'), of(5)]

    const { gone } = plan({ sets, policy: { classes: { daily: 7 }, total: 3 } })

    expect(ids(gone)).toEqual(ids([of(1), of(2)]))
  })
})

describe('what stays', () => {
  it('is what a release refers to, and the newest that a drill has restored', () => {
    const sets = [of(1), of(2, 'drilled'), of(3, 'drilled'), ...nights(4, 8)]

    const { gone } = plan({ sets, pinned: [of(1).id] })

    expect(ids(gone)).toEqual(ids([of(2), of(4), of(5)]))
  })

  it('is the newest verified set of every class, although the destination has room for one', () => {
    const sets = [of(1, 'verified', 'safety'), of(2, 'verified', 'manual'), of(3), of(4)]

    const { gone } = plan({ sets, policy: { classes: {}, total: 1 } })

    expect(ids(gone)).toEqual(ids([of(3)]))
  })

  it('has a reason', () => {
    const sets = [of(1), of(2, 'drilled'), of(3), of(4), of(5), of(6, 'stored')]

    const rows = retentionRows(plan({ sets, pinned: [of(1).id], policy: { classes: { daily: 2 } } }))

    expect(rows.map(({ state, stays, reason }) => [state, stays, reason.en])).toEqual([
      ['stored', true, 'no verified set of daily came after it'],
      ['verified', true, 'the newest verified one of daily'],
      ['verified', true, '2 of 2 for daily'],
      ['verified', false, 'newer ones fill the number to keep'],
      ['drilled', true, 'the newest one that a drill has restored'],
      ['verified', true, 'a release refers to it'],
    ])
  })
})

describe('a person has to look', () => {
  it('when more than three and more than half would go', () => {
    const sets = nights(1, 8)

    const { halted, gone, keep } = plan({ sets })

    expect(halted?.en).toContain('5 of 8')
    expect(gone).toEqual([])
    expect(keep).toHaveLength(8)
    expect(keep.at(-1)?.reason.en).toMatch(/^would go: /)
    expect(ids(plan({ sets, force: true }).gone)).toEqual(ids(nights(1, 5)))
  })

  it('but not for three of four, nor for half', () => {
    expect(plan({ sets: nights(1, 4), policy: { classes: { daily: 1 } } }).gone).toHaveLength(3)
    expect(plan({ sets: nights(1, 8), policy: { classes: { daily: 4 } } }).gone).toHaveLength(4)
  })

  it('but for no set dated in the future: it goes by its name alone, and neither shields nor pushes out another', () => {
    const sets = nights(1, 5)
    const future = of(60)
    const now = new Date(night(5))

    expect(ids(plan({ sets: [...sets, future], now }).gone)).toEqual(ids(plan({ sets, now }).gone))
    expect(ids(plan({ sets: [...sets, future], now, force: true }).gone)).toEqual(ids(nights(1, 2)))
    const named = plan({ sets: [...sets, future], now, future: future.id })
    expect(ids(named.gone)).toEqual(ids([...nights(1, 2), future]))
    expect(ids(plan({ sets, now, future: of(5).id }).gone)).toEqual(ids(nights(1, 2)))
    // A clock that is behind makes all of them look like that: nothing goes.
    expect(plan({ sets, now: new Date('1970-01-01') }).gone).toEqual([])
  })

  it('a clock far ahead changes nothing', () => {
    const sets = [...nights(1, 5), of(6, 'suspect')]

    expect(ids(plan({ sets, now: new Date('2036-01-01') }).gone)).toEqual(ids(plan({ sets }).gone))
  })
})

// Whole histories, as they come.
const states: readonly SetState[] = ['stored', 'verified', 'drilled', 'suspect']
const set = fc
  .record({
    minute: fc.integer({ min: 0, max: 60_000 }),
    state: fc.constantFrom(...states),
    class: fc.constantFrom('daily', 'manual', 'weekly'),
  })
  .map(({ minute, ...rest }) => aSet(new Date(start + minute * 60_000).toISOString(), rest))
const broken = fc.integer({ min: 0, max: 60_000 }).map((minute): BrokenSet => {
  const at = new Date(start + minute * 60_000)
  return { ...brokenOf(0), id: setId(at, new Uint8Array([0xff, 0xff])), changedAt: at.getTime() }
})
const unique = { selector: ({ id }: { readonly id: string }) => id }
const number = fc.integer({ min: 1, max: 8 })
const history = fc
  .record({
    sets: fc.uniqueArray(set, { ...unique, maxLength: 25 }),
    broken: fc.uniqueArray(broken, { ...unique, maxLength: 4 }),
    classes: fc.record({ daily: number, manual: number }),
    total: fc.option(number, { nil: undefined }),
    pin: fc.nat(),
    force: fc.boolean(),
    hours: fc.integer({ min: 0, max: 1200 }),
  })
  .map(({ classes, total, pin, hours, ...rest }) => {
    const pinned = rest.sets[pin % Math.max(rest.sets.length, 1)]?.id
    return {
      ...rest,
      policy: { classes, ...(total === undefined ? {} : { total }) },
      pinned: pinned === undefined ? [] : [pinned],
      now: new Date(start + hours * 3_600_000),
    }
  })

const counts = ({ state }: StoredSet) => state === 'verified' || state === 'drilled'
const isWithin = (some: ReadonlySet<unknown>, all: ReadonlySet<unknown>) =>
  [...some].every(one => all.has(one))
const newest = (sets: readonly StoredSet[]) => sets.toSorted((a, b) => (a.id < b.id ? 1 : -1))[0]

test('every set is decided once', () => {
  fc.assert(
    fc.property(history, input => {
      const { keep, gone } = plan(input)
      const decided = [...keep.map(({ set }) => set), ...gone]
      expect(ids(decided).toSorted()).toEqual(ids([...input.sets, ...input.broken]).toSorted())
    }),
  )
})

test('the newest verified of each class, the newest drilled and the pinned ones always stay', () => {
  fc.assert(
    fc.property(history, input => {
      const gone = new Set(plan({ ...input, force: true }).gone)
      const counting = input.sets.filter(counts)
      const safe = ['daily', 'manual', 'weekly'].map(name =>
        newest(counting.filter(one => one.class === name)),
      )
      for (const one of [
        ...safe,
        newest(counting.filter(({ state }) => state === 'drilled')),
        ...input.sets.filter(({ id }) => input.pinned.includes(id)),
      ])
        if (one) expect(gone.has(one)).toBe(false)
    }),
  )
})

test('no class falls below its number', () => {
  fc.assert(
    fc.property(history, input => {
      const { gone } = plan({ ...input, policy: { classes: input.policy.classes }, force: true })
      for (const [name, count] of Object.entries({ ...input.policy.classes, weekly: 99 })) {
        const had = input.sets.filter(one => one.class === name && counts(one))
        const left = had.filter(one => !gone.includes(one))
        expect(left.length).toBeGreaterThanOrEqual(Math.min(count, had.length))
      }
    }),
  )
})

test('a second run removes nothing more', () => {
  fc.assert(
    fc.property(history, input => {
      const { gone } = plan(input)
      const left = {
        sets: input.sets.filter(one => !gone.includes(one)),
        broken: input.broken.filter(one => !gone.includes(one)),
      }
      expect(plan({ ...input, ...left }).gone).toEqual([])
    }),
  )
})

test('who keeps more removes less', () => {
  fc.assert(
    fc.property(history, number, (input, more) => {
      const { classes, total } = input.policy
      const each = Object.fromEntries(Object.entries(classes).map(([name, count]) => [name, count + more]))
      const removed = (policy: RetentionInput['policy']) =>
        new Set(plan({ ...input, policy, force: true }).gone)

      expect(isWithin(removed({ classes: each }), removed({ classes }))).toBe(true)
      const room = total ?? 1
      expect(isWithin(removed({ classes, total: room + more }), removed({ classes, total: room }))).toBe(true)
    }),
  )
})

test('sets that are not verified never cost a verified one (S8)', () => {
  const unverified = fc
    .uniqueArray(set, { ...unique, maxLength: 25 })
    .map(sets => sets.map(one => ({ ...one, id: `${one.id.slice(0, -4)}eeee`, state: 'suspect' as const })))
  fc.assert(
    fc.property(history, unverified, (input, added) => {
      const verified = (sets: readonly object[]) =>
        new Set(sets.filter(one => 'state' in one && counts(one as StoredSet)))

      const before = verified(plan(input).gone)
      const after = verified(plan({ ...input, sets: [...input.sets, ...added] }).gone)

      expect(isWithin(after, before)).toBe(true)
    }),
  )
})

test('nothing goes without a verified set that is newer', () => {
  fc.assert(
    fc.property(history, input => {
      const { gone } = plan({ ...input, force: true })
      const last = newest(input.sets.filter(counts))
      for (const one of gone) expect(setTime(one.id)).toBeLessThan(setTime(last?.id ?? ''))
    }),
  )
})
