import { expect, test } from 'vitest'
import type { HostFacts } from '../procedures/facts.ts'
import type { Bundle } from '../release/bundle/bundle.ts'
import { newRelease } from './deploying.ts'

const now = new Date('2026-11-21T02:15:00Z')

test.each([
  ['no release yet', [], '20261121_021500-abc1234'],
  ['older ones', ['20261120_101010-fff9999'], '20261121_021500-abc1234'],
  ['one of the same second and another commit', ['20261121_021500-fff9999'], '20261121_021501-abc1234'],
  ['one from a clock ahead of ours', ['20261121_031459-0000000'], '20261121_031500-abc1234'],
  ['a directory that is no release', ['zzz'], '20261121_021500-abc1234'],
])('a new release sorts behind what a host has: %s', (_, strangers, expected) => {
  expect(newRelease(now, bundle(), facts(strangers))).toBe(expected)
})

function bundle(): Bundle {
  return { manifest: { gitSha: 'abc1234def' } } as Bundle
}

function facts(strangers: readonly string[]): ReadonlyMap<string, HostFacts> {
  return new Map([['web1', { release: { releases: [], strangers } } as unknown as HostFacts]])
}
