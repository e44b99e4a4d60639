import { expect, it } from 'vitest'
import { aSet } from '../../test/helpers/a-set.ts'
import type { StoredSet } from '../backup/set.ts'
import type { Config } from '../config/config.ts'
import { ageFindings } from './doctor-drill.ts'

const config = {
  backup: { maxAge: 26 * 3_600_000 },
  environment: { name: 'production' },
} as unknown as Config
const now = new Date('2026-11-21T01:00:00Z')
const made = (createdAt: string, more: Partial<StoredSet> = {}): StoredSet => {
  const set = aSet(createdAt, more)
  return { ...set, manifest: { ...set.manifest, createdAt } }
}
const codes = (...sets: StoredSet[]) => ageFindings(config, sets, now).map(({ code }) => code)

it('misses no set where none was ever made', () => {
  expect(codes()).toEqual([])
})

it('finds the newest verified set too old, whatever lies beside it', () => {
  expect(codes(made('2026-11-20T01:00:00Z'))).toEqual([])
  expect(codes(made('2026-11-19T01:00:00Z'))).toEqual(['STW-B605'])
  expect(codes(made('2026-11-19T01:00:00Z'), made('2026-11-21T00:00:00Z', { state: 'suspect' }))).toEqual([
    'STW-B605',
  ])
  expect(codes(made('2026-11-21T00:00:00Z', { state: 'stored' }))).toEqual(['STW-B605'])
})

it('asks for nothing without a section backup', () => {
  expect(
    ageFindings({ ...config, backup: undefined } as unknown as Config, [made('2026-01-01T00:00:00Z')], now),
  ).toEqual([])
})
