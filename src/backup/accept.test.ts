import { expect, it } from 'vitest'
import { aManifest, aSet } from '../../test/helpers/a-set.ts'
import { acceptable } from './accept.ts'
import { suspicions } from './plausibility.ts'

const suspect = aSet('2026-11-20T01:00:00Z', { state: 'suspect' })
const { id } = suspect
const at = (name: string, ...sets: (typeof suspect)[]) => ({ name, catalogue: { sets, broken: [] } })
const codes = (...seen: Parameters<typeof acceptable>[2]) =>
  acceptable(id, 'production', seen).problems.map(({ code }) => code)

it('is for each destination where the set is suspect, and for no other', () => {
  const fine = aSet('2026-11-20T01:00:00Z')
  const { found, problems } = acceptable(id, 'production', [at('nas', suspect), at('disk', fine), at('s3')])

  expect(found.map(({ destination }) => destination)).toEqual(['nas'])
  expect(problems).toEqual([])
})

it('needs a set that is doubted', () => {
  expect(codes(at('nas'), at('disk'))).toEqual(['STW-B580'])
  expect(codes(at('nas', aSet('2026-11-20T01:00:00Z')))).toEqual(['STW-B581'])
  expect(
    codes({
      name: 'nas',
      catalogue: { sets: [], broken: [{ id, class: 'daily', why: 'no manifest', changedAt: 0, files: [] }] },
    }),
  ).toEqual(['STW-B582'])
})

it('says who accepted it before', () => {
  const accepted = { schema: 'stellwerk.accepted/1', by: 'anna', at: '', reason: 'archived' } as const
  const [problem] = acceptable(id, 'production', [
    at('nas', aSet('2026-11-20T01:00:00Z', { accepted })),
  ]).problems

  expect(problem?.why?.en).toBe('anna has accepted it: archived')
})

it('makes the set what the next ones are compared with', () => {
  const of = (day: number, files: number) => {
    const { parts } = aManifest()
    return aManifest({
      id: `202611${day}T010000Z-4f1a`,
      parts: parts.map(part =>
        part.kind === 'files' ? { ...part, facts: { ...part.facts, files, digest: `${day}` } } : part,
      ),
    })
  }
  const usual = [10, 11, 12, 13, 14, 15, 16].map(day => of(day, 200))
  const shrunk = of(17, 20)
  const next = of(18, 21)

  expect(suspicions(shrunk, usual, { shrinkPercent: 50 })).toHaveLength(1)
  expect(suspicions(next, usual, { shrinkPercent: 50 })).toHaveLength(1)
  // Accepted, it is one of the verified ones.
  expect(suspicions(next, [...usual, shrunk], { shrinkPercent: 50 })).toEqual([])
})
