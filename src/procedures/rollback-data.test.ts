import { expect, it } from 'vitest'
import type { ReleaseRecord, ReleaseState } from '../release/record.ts'
import { setBehind } from './rollback-data.ts'

function release(id: string, state: ReleaseState, backup?: string): ReleaseRecord {
  return {
    schema: 'stellwerk.release/1',
    id,
    app: 'shop',
    environment: 'production',
    version: id,
    gitSha: id,
    dirty: false,
    digest: id,
    bytes: 1,
    files: 1,
    by: 'anna',
    notes: '',
    state,
    stateAt: '2026-11-21T00:00:00Z',
    run: id,
    ...(backup === undefined ? {} : { backup }),
    shared: [],
  }
}

it.each([
  ['the current one migrated', [release('1', 'proven'), release('2', 'proven', 'B')], '2', '1', 'B'],
  [
    'two back: the first migration after the target counts',
    [release('1', 'proven', 'A'), release('2', 'proven', 'B'), release('3', 'proven', 'C')],
    '3',
    '1',
    'B',
  ],
  [
    'one that was rolled back from is not where the data comes from',
    [release('1', 'proven'), release('2', 'undone', 'B'), release('3', 'proven', 'C')],
    '3',
    '1',
    'C',
  ],
  [
    'only the older of two migrated',
    [release('1', 'proven'), release('2', 'proven', 'B'), release('3', 'proven')],
    '3',
    '1',
    'B',
  ],
  [
    'the set of the target itself is from before it',
    [release('1', 'proven', 'A'), release('2', 'proven')],
    '2',
    '1',
    undefined,
  ],
  [
    'a release that failed and does not serve',
    [release('1', 'proven'), release('2', 'failed', 'B'), release('3', 'proven')],
    '3',
    '1',
    undefined,
  ],
  ['nothing serves', [release('1', 'proven', 'A')], undefined, '0', undefined],
])('%s', (_, records, current, target, expected) => {
  expect(setBehind(records, current, target)).toBe(expected)
})
