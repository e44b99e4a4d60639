import { expect, test } from 'vitest'
import type { ReleaseRecord } from './record.ts'
import { chooseTarget, rollbackCandidates } from './target.ts'

function release(day: number, state: ReleaseRecord['state'], provenAt?: string): ReleaseRecord {
  const id = `202611${String(day).padStart(2, '0')}_020000-abcdef${day % 10}`
  const base = {
    schema: 'stellwerk.release/1',
    app: 'a',
    environment: 'e',
    version: '1',
    gitSha: 'f',
    dirty: false,
    digest: 'd',
    bytes: 1,
    files: 1,
    by: 'me',
    notes: '',
    stateAt: '',
    run: 'r',
  } as const
  const once = provenAt ?? (state === 'proven' || state === 'undone' ? 'then' : undefined)
  return { ...base, shared: [], id, state, ...(once === undefined ? {} : { provenAt: once }) }
}

const [one, two, three, four] = [
  release(1, 'proven'),
  release(2, 'proven'),
  release(3, 'failed'),
  release(4, 'proven'),
] as const

test('the target is the last proven before the current, never the failed one in between (S6)', () => {
  expect(chooseTarget([one, two, three, four], four.id, undefined, 'production')).toMatchObject({
    value: { id: two.id },
  })
})

test('a second rollback goes one further, then says that there is none', () => {
  const undone = release(4, 'undone')

  expect(chooseTarget([one, two, undone], two.id, undefined, 'p')).toMatchObject({ value: { id: one.id } })
  expect(chooseTarget([one, two, undone], one.id, undefined, 'p')).toMatchObject({
    ok: false,
    error: { code: 'STW-R201' },
  })
})

test('a release that was rolled back from is no candidate for the next rollback', () => {
  const five = release(5, 'proven')

  expect(rollbackCandidates([one, two, release(4, 'undone'), five], five.id).map(({ id }) => id)).toEqual([
    two.id,
    one.id,
  ])
})

test.each(['--yes', '..', '../releases', '', 'releases/x', '20261101_020000-abcdef1/', '/etc'])(
  '"%s" is no release name (S7)',
  name => {
    expect(chooseTarget([one, two], two.id, name, 'p')).toMatchObject({
      ok: false,
      error: { code: 'STW-R202' },
    })
  },
)

test('an unknown, a live and a never proven release are refused with their own words', () => {
  const unknown = chooseTarget([one, two], two.id, '20260101_000000-1234567', 'production')
  const live = chooseTarget([one, two], two.id, two.id, 'production')
  const failed = chooseTarget([one, two, three], two.id, three.id, 'production')

  expect(unknown).toMatchObject({
    error: { code: 'STW-R205', what: { en: 'There is no release 20260101_000000-1234567' } },
  })
  expect(live).toMatchObject({ error: { code: 'STW-R203' } })
  expect(failed).toMatchObject({ error: { code: 'STW-R204', why: { en: 'its state is "failed"' } } })
})

test('an undone release may be named: it was proven once, and a person asked for it', () => {
  expect(chooseTarget([one, release(2, 'undone')], one.id, two.id, 'p')).toMatchObject({
    value: { id: two.id },
  })
})
