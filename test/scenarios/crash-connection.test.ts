// The connection to a host is cut in the middle of a run. The command ends by itself, its exit code is true, and recover
// brings what is left to one release.
import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Ended } from '../rigs/command-line.ts'
import { whyNoNetwork } from '../rigs/network.ts'
import { currentOn, openStory, type Running, type Story, type StoryHost, tailOf } from '../rigs/story.ts'
import { faultsOf } from '../rigs/story-state.ts'

// A proxy in front of sshd that adds no delay but can cut.
const cuttable = { ssh: { rttMs: 0 } }
const moments = {
  publish: 'publish/',
  start: 'services/web1/web/start',
  switch: 'switch/web1/link',
  settle: 'settle/',
} as const
type Moment = keyof typeof moments

describe.each(Object.keys(moments) as Moment[])('a connection cut in %s', moment => {
  test('ends in a true exit code, and recover brings one release', async () => {
    await using story = await openStory({ hosts: 1, ...cuttable })
    const old = await story.deployed(await story.bundle('v1'))

    const running = await startedUntil(story, moments[moment])
    await hostOf(story, 0).ssh?.cut()
    const ended = await running.ended

    await expectTruth(story, ended, old)
    await expectRecovered(story)
  })
})

const why = whyNoNetwork()
test.skipIf(why)(
  `one of three hosts is cut off while all switch${why ? ` (skipped: ${why})` : ''}`,
  async () => {
    await using story = await openStory({ hosts: 3, ...cuttable })
    const old = await story.deployed(await story.bundle('v1'))

    const running = await startedUntil(story, 'switch/web2/link')
    await hostOf(story, 1).ssh?.cut()
    const ended = await running.ended

    await expectTruth(story, ended, old)
    await expectRecovered(story)
  },
)

test.each(['switch', 'settle'] as const)(
  'a host that stays away from %s on leaves exit code 4, and recover mends it when it is back',
  async moment => {
    await using story = await openStory({ hosts: 1, ...cuttable })
    await story.deployed(await story.bundle('v1'))

    const running = await startedUntil(story, moments[moment])
    let away = true
    const cutting = (async () => {
      while (away) await hostOf(story, 0).ssh?.cut()
    })()
    const ended = await running.ended
    away = false
    await cutting

    expect(ended.code, tailOf(ended)).toBe(4)
    expect(ended.problems[0]).toMatchObject({ code: 'STW-E105', where: { host: 'web1' } })
    await expectRecovered(story)
  },
)

test('a host that goes down in the upload keeps nothing of it', async () => {
  await using story = await openStory({ app: 'static', hosts: 1 })
  const old = await story.deployed(await story.bundle('v1'))
  const host = hostOf(story, 0).ssh

  const large = { 'large.bin': randomBytes(60_000_000) }
  const running = await startedUntil(story, moments.publish, large)
  await host?.kill()
  await host?.start()
  const ended = await running.ended

  expect(ended.code, tailOf(ended)).toBe(1)
  expect(await faultsOf(story, [old])).toEqual([])
})

function hostOf(story: Story, index: number): StoryHost {
  const host = story.hosts[index]
  if (!host) throw new Error(`the story has no host ${index}`)
  return host
}

/** A deploy that has begun a step whose name begins like this. */
async function startedUntil(story: Story, prefix: string, more = {}): Promise<Running> {
  const running = story.start('deploy', '--bundle', await story.bundle('v2', 'fine', more))
  await running.until(event => event.type === 'step.begin' && event.step.startsWith(prefix))
  return running
}

/** 0: the new release is there as a whole; 1: the old one is; 4: somebody has to look, and nothing is promised. */
async function expectTruth(story: Story, ended: Ended, old: string): Promise<void> {
  expect([0, 1, 4], tailOf(ended)).toContain(ended.code)
  if (ended.code === 4) return
  expect(await faultsOf(story), tailOf(ended)).toEqual([])
  expect((await currentOn(hostOf(story, 0))) === old, tailOf(ended)).toBe(ended.code === 1)
}

async function expectRecovered(story: Story): Promise<void> {
  const recover = await story.run('recover')
  expect(recover.code, tailOf(recover)).toBe(0)
  expect(await faultsOf(story)).toEqual([])
  await story.deployed(await story.bundle('v3'))
  expect(await faultsOf(story)).toEqual([])
}
