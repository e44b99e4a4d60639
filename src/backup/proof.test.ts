import { expect, test } from 'vitest'
import { aDatabase, aManifest, aSet } from '../../test/helpers/a-set.ts'
import type { Looked } from './absence.ts'
import { overall, proofs, provenText } from './proof.ts'

test.each([
  [
    { ago: 3 * 86_400_000 + 5000, rto: 252_000, loss: 21.3 * 3_600_000 },
    'proven restorable 3 days ago, in 4 min 12 s, losing at most 22 h',
  ],
  [{ ago: 5000, rto: 900, loss: 61_000 }, 'proven restorable 1 min ago, in 900 ms, losing at most 2 min'],
  [
    { ago: 47 * 3_600_000, rto: 1000, loss: 3 * 86_400_000 + 1 },
    'proven restorable 47 h ago, in 1.0 s, losing at most 4 days',
  ],
])('%j', (proof, words) => {
  expect(provenText(proof).en).toBe(words)
})

test('German', () => {
  expect(provenText({ ago: 3 * 86_400_000, rto: 252_000, loss: 22 * 3_600_000 }).de).toBe(
    'vor 3 Tagen bewiesen wiederherstellbar, in 4 min 12 s, mit höchstens 22 h Verlust',
  )
})

const hour = 3_600_000
const now = new Date('2026-11-21T12:00:00Z')
const ago = (hours: number, of: Parameters<typeof aSet>[1] = {}) =>
  aSet(new Date(now.getTime() - hours * hour).toISOString(), of)
const at = (name: string, ...sets: ReturnType<typeof aSet>[]): Looked => ({ name, catalogue: { sets } })
const stores = ['main', 'uploads']

test('what was drilled is proven where it lies; what would be lost is the age of the newest set there', () => {
  const found = proofs([at('nas', ago(20), ago(80, { state: 'drilled' })), at('disk', ago(1))], stores, now)

  expect(found.map(({ store, destination }) => `${store} ${destination}`)).toEqual([
    'main nas',
    'uploads nas',
  ])
  expect(found[0]).toMatchObject({ ago: 79 * hour, rto: 60_000, loss: 20 * hour })
  expect(overall(found, stores)?.en).toBe('proven restorable 3 days ago, in 1 min 0 s, losing at most 20 h')
})

test('of two destinations the one that was drilled last speaks', () => {
  const found = proofs(
    [at('nas', ago(5), ago(80, { state: 'drilled' })), at('disk', ago(9, { state: 'drilled' }))],
    stores,
    now,
  )

  expect(overall(found, stores)?.en).toBe('proven restorable 8 h ago, in 1 min 0 s, losing at most 9 h')
})

test('a store that no drill has restored keeps the whole from being proven', () => {
  const one = ago(9, { state: 'drilled' })
  const alone = { ...one, manifest: aManifest({ id: one.id, parts: [aDatabase()] }) }

  expect(overall(proofs([at('nas', alone)], stores, now), stores)).toBeUndefined()
  expect(overall([], [])).toBeUndefined()
})

test.each([
  ['suspect', at('nas', ago(9, { state: 'suspect' }))],
  ['only verified', at('nas', ago(9))],
  ['from the future', at('nas', ago(-9, { state: 'drilled' }))],
])('a set that is %s proves nothing', (_, looked) => {
  expect(proofs([looked], stores, now)).toEqual([])
})

test('a database and a store of files of one name must both be there', () => {
  const one = ago(9, { state: 'drilled' })
  const alone = { ...one, manifest: aManifest({ id: one.id, parts: [aDatabase()] }) }

  expect(proofs([at('nas', alone)], ['main', 'main'], now)).toEqual([])
  expect(proofs([at('nas', alone)], ['main'], now)).toHaveLength(1)
})
