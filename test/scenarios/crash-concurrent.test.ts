// Two people deploy at the same moment. One owns the host and the other learns who, or waits; never does half of one
// release meet half of the other.

import { afterAll, expect, test } from 'vitest'
import type { Ended } from '../rigs/command-line.ts'
import { full } from '../rigs/full.ts'
import { openStory, type Story, tailOf } from '../rigs/story.ts'
import { faultsOf } from '../rigs/story-state.ts'

const pairs = full ? 100 : 24
const waitingPairs = full ? 20 : 4
let both = 0
let refused = 0
afterAll(() => console.log(`${refused} refused, ${both} one after the other`))

async function deployPair(story: Story, bundles: readonly [string, string], ...words: string[]) {
  return Promise.all(bundles.map(bundle => story.run('deploy', '--bundle', bundle, ...words)))
}

const releaseOf = (ended: Ended) => String(ended.document?.['release'])

test(`of ${pairs} pairs of deploys at once, each has a winner, and the loser is told who`, async () => {
  await using story = await openStory({ app: 'static' })
  const bundles = [await story.bundle('v1'), await story.bundle('v2')] as const
  for (let pair = 0; pair < pairs; pair++) {
    const ended = await deployPair(story, bundles)
    const winners = ended.filter(each => each.code === 0)
    const losers = ended.filter(each => each.code !== 0)

    expect(winners.length, ended.map(tailOf).join('\n')).toBeGreaterThan(0)
    for (const loser of losers) {
      refused++
      expect(loser.code, tailOf(loser)).toBe(6)
      expect(loser.problems[0]).toMatchObject({ code: 'STW-E113', where: { host: 'local' } })
      expect(loser.problems[0]?.why?.en).toMatch(/^deploy by tester @ \S+, pid \d+, since /)
    }
    // A pair that did not meet at the lock went one after the other.
    if (losers.length === 0) both++
    expect(await faultsOf(story, winners.map(releaseOf))).toEqual([])
  }
})

test(`with --wait, both of ${waitingPairs} pairs go through, one after the other`, async () => {
  await using story = await openStory({ app: 'static' })
  const bundle = await story.bundle('v1')
  for (let pair = 0; pair < waitingPairs; pair++) {
    const ended = await deployPair(story, [bundle, bundle], '--wait', '60s')

    expect(
      ended.map(each => each.code),
      ended.map(tailOf).join('\n'),
    ).toEqual([0, 0])
    const releases = ended.map(releaseOf)
    expect(releases[0]).not.toBe(releases[1])
    expect(await faultsOf(story, releases)).toEqual([])
    both++
  }
})

test('of two deploys over several hosts, one owns them all', async () => {
  await using story = await openStory({ app: 'static', hosts: 3 })
  const bundles = [await story.bundle('v1'), await story.bundle('v2')] as const
  for (let pair = 0; pair < (full ? 20 : 3); pair++) {
    const ended = await deployPair(story, bundles)
    const winners = ended.filter(each => each.code === 0)

    expect(winners.length, ended.map(tailOf).join('\n')).toBeGreaterThan(0)
    for (const loser of ended.filter(each => each.code !== 0)) expect(loser.code, tailOf(loser)).toBe(6)
    expect(await faultsOf(story, winners.map(releaseOf))).toEqual([])
  }
})
