import { describe, expect, it } from 'vitest'
import { problem } from '../../test/helpers/a-problem.ts'
import { aDatabase, aManifest, aSet } from '../../test/helpers/a-set.ts'
import { type AbsenceInput, judgeAbsence, type Looked } from './absence.ts'
import type { StoredSet } from './set.ts'

const hour = 3_600_000
const now = new Date('2026-11-21T12:00:00Z')
const nas = (...sets: StoredSet[]): Looked => ({ name: 'nas', catalogue: { sets } })
const off: Looked = { name: 'nas', problem: problem('STW-B210') }
const ago = (hours: number, of: Partial<StoredSet> = {}) =>
  aSet(new Date(now.getTime() - hours * hour).toISOString(), of)
const fresh = ago(10, { state: 'drilled' })

function judged(overrides: Partial<AbsenceInput>) {
  const { verdict, findings } = judgeAbsence({
    destinations: [nas(fresh)],
    stores: ['main', 'uploads'],
    maxAge: 26 * hour,
    maxDrillAge: 35 * 24 * hour,
    now,
    ...overrides,
  })
  const of = (about: string, store: string) =>
    findings.filter(one => one.about === about && one.store === store).map(one => one.verdict)
  return {
    verdict,
    findings,
    main: of('backup', 'main'),
    uploads: of('backup', 'uploads'),
    drill: of('drill', 'main'),
  }
}

describe('a set', () => {
  it('passes when it is verified, holds the store and is young', () => {
    expect(judged({})).toMatchObject({ verdict: 'pass', main: ['pass'], uploads: ['pass'], drill: ['pass'] })
  })

  it.each<[string, readonly StoredSet[], string]>([
    ['there is none', [], 'fail'],
    ['is too old', [ago(27, { state: 'drilled' })], 'fail'],
    ['is as old as it may be', [ago(26, { state: 'drilled' })], 'pass'],
    ['was never verified', [ago(1, { state: 'stored' })], 'fail'],
    ['is suspect', [ago(1, { state: 'suspect' })], 'fail'],
    ['is from the future', [ago(-2)], 'unknown'],
    ['is young, behind one from the future', [ago(-99), ago(1)], 'pass'],
    ['is too old, behind one from the future', [ago(-99), ago(99)], 'fail'],
    ['is a minute ahead', [ago(-0.01)], 'pass'],
    ['is young, behind an old one', [ago(99), ago(1)], 'pass'],
    ['is young and suspect, before one that is too old', [ago(1, { state: 'suspect' }), ago(99)], 'fail'],
  ])('that %s', (_, sets, expected) => {
    expect(judged({ destinations: [nas(...sets)] }).main).toEqual([expected])
  })

  it('counts for the stores that it holds', () => {
    const id = fresh.id
    const database = { ...fresh, manifest: aManifest({ id, parts: [aDatabase()] }) }

    expect(judged({ destinations: [nas(database)] })).toMatchObject({
      verdict: 'fail',
      main: ['pass'],
      uploads: ['fail'],
    })
  })
})

describe('a destination', () => {
  it('that cannot be asked is unknown, never a pass', () => {
    const { verdict, main, findings } = judged({ destinations: [off] })

    expect([verdict, main]).toEqual(['unknown', ['unknown']])
    expect(findings[0]?.what.de).toContain('nicht bekannt: etwas stimmt nicht')
  })

  it('is judged for itself', () => {
    expect(judged({ destinations: [{ ...nas(fresh), name: 'local' }, off] })).toMatchObject({
      verdict: 'unknown',
      main: ['pass', 'unknown'],
      drill: ['pass'],
    })
  })

  it('that is optional is told and does not count', () => {
    const optional: Looked = { ...off, name: 'usb', optional: true }

    expect(judged({ destinations: [nas(fresh), optional] })).toMatchObject({
      verdict: 'pass',
      main: ['pass', 'unknown'],
    })
    expect(judged({ destinations: [optional] }).verdict).toBe('unknown')
    expect(judged({ destinations: [{ ...nas(fresh), optional: true }] }).verdict).toBe('unknown')
  })

  it('of which there is none leaves everything unknown, and so does an app without stores', () => {
    expect(judged({ destinations: [] }).verdict).toBe('unknown')
    expect(judged({ stores: [] }).verdict).toBe('unknown')
  })
})

describe('a drill', () => {
  const day = 24
  it.each<[string, readonly Looked[], string]>([
    ['never happened', [nas(ago(1))], 'fail'],
    ['is too long ago', [nas(ago(1), ago(36 * day, { state: 'drilled' }))], 'fail'],
    ['is recent', [nas(ago(1), ago(34 * day, { state: 'drilled' }))], 'pass'],
    ['of a set that is suspect', [nas({ ...fresh, state: 'suspect' })], 'fail'],
    ['without a time', [nas({ ...fresh, drilled: { ...fresh.drilled!, at: 'yesterday' } })], 'fail'],
    ['was perhaps where nobody can look', [{ ...nas(ago(1)), name: 'local' }, off], 'unknown'],
    [
      'is too old here, perhaps not there',
      [{ ...nas(ago(36 * day, { state: 'drilled' })), name: 'local' }, off],
      'unknown',
    ],
    ['of another destination counts', [nas(ago(1)), { ...nas(fresh), name: 'local' }], 'pass'],
  ])('that %s', (_, destinations, expected) => {
    expect(judged({ destinations }).drill).toEqual([expected])
  })

  it('is as old as the drill, not as its set', () => {
    const set = ago(40 * day, { state: 'drilled' })
    const late = { ...set, drilled: { ...set.drilled!, at: '2026-11-20T12:00:00Z' } }

    const { findings } = judged({ destinations: [nas(late, fresh)] })

    expect(findings.find(({ about }) => about === 'drill')).toMatchObject({ set: fresh.id, age: 9 * hour })
    expect(judged({ destinations: [nas(late)] }).drill).toEqual(['pass'])
  })
})

it('says what it found in both languages', () => {
  const { findings } = judged({ destinations: [nas(ago(30))], stores: ['main'] })

  expect(findings.map(({ what }) => what)).toEqual([
    {
      en: 'main at nas: newest verified set 20261120T060000Z-0000 is 1 d 6 h old, more than 1 d 2 h',
      de: 'main bei nas: neuester verifizierter Satz 20261120T060000Z-0000 ist 1 d 6 h alt, mehr als 1 d 2 h',
    },
    { en: 'main: never restored by a drill', de: 'main: nie in einer Übung wiederhergestellt' },
  ])
})
