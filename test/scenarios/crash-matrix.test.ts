// kill -9 of the command at the records of its journal. Whatever it was doing: `recover` brings every host to the old or
// the new release as a whole, and the next deploy works.

import { afterAll, describe, expect, test } from 'vitest'
import { countRecords, crashAt, sample } from '../rigs/crash.ts'
import { full } from '../rigs/full.ts'
import { whyNoNetwork } from '../rigs/network.ts'
import { openStory, type Story, type StoryOptions, tailOf } from '../rigs/story.ts'
import { faultsOf } from '../rigs/story-state.ts'

let kills = 0
afterAll(() => console.log(`${kills} commands killed`))

type Verb = 'deploy' | 'rollback'

/** Words of a command, with the bundle for a deploy. */
function wordsOf(verb: Verb, bundle: string): [string, ...string[]] {
  return verb === 'deploy' ? ['deploy', '--bundle', bundle] : ['rollback']
}

interface Stage {
  readonly story: Story
  next(): Promise<string>
}

/** A story with two proven releases and no end of further bundles. */
async function openStage(options: StoryOptions): Promise<Stage & AsyncDisposable> {
  await using undo = new AsyncDisposableStack()
  const story = undo.use(await openStory(options))
  const bundles = [await story.bundle('v1'), await story.bundle('v2')] as const
  let count = 0
  const next = async () => bundles[count++ % 2 === 0 ? 0 : 1]
  await story.deployed(await next())
  await story.deployed(await next())
  const kept = undo.move()
  return { story, next, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

/** Records that a run writes when nobody kills it. */
async function lengthOf(stage: Stage, verb: Verb): Promise<number> {
  const before = countRecords(stage.story)
  const ended = await stage.story.run(...wordsOf(verb, await stage.next()))
  if (ended.code !== 0) throw new Error(tailOf(ended))
  // Old runs are pruned only after fifty, so the difference is this run's.
  const length = countRecords(stage.story) - before
  if (verb === 'rollback') await stage.story.deployed(await stage.next())
  return length
}

/** One kill with all that must hold afterwards; returns what did not. */
async function killOnce(stage: Stage, verb: Verb, point: number): Promise<readonly string[]> {
  const { story } = stage
  const crash = await crashAt(story, wordsOf(verb, await stage.next()), point)
  if (crash.hit) kills++
  const at = `${verb}, record ${point} (${crash.last})`
  return [...(await recovered(story, at)), ...(await deploysAgain(stage, at))]
}

async function recovered(story: Story, at: string): Promise<readonly string[]> {
  const recover = await story.run('recover')
  const faults = [
    ...(recover.code === 0 ? [] : [`recover ended with ${recover.code}\n${tailOf(recover)}`]),
    ...(await faultsOf(story)),
  ]
  return faults.map(fault => `${at}: ${fault}`)
}

async function deploysAgain({ story, next }: Stage, at: string): Promise<readonly string[]> {
  const again = await story.run('deploy', '--bundle', await next())
  const faults = [
    ...(again.code === 0 ? [] : [`the next deploy ended with ${again.code}\n${tailOf(again)}`]),
    ...(await faultsOf(story)),
  ]
  return faults.map(fault => `${at}, next deploy: ${fault}`)
}

/** 1 to `last`. */
function numbers(last: number): readonly number[] {
  return Array.from({ length: last }, (_, index) => index + 1)
}

/** Kills at each point; `lanes` stories at the same time share the points. */
async function killAtEach(
  options: StoryOptions,
  verb: Verb,
  share: number,
  lanes: number,
): Promise<readonly string[]> {
  await using stages = new AsyncDisposableStack()
  const first = stages.use(await openStage(options))
  const points = [...sample(numbers(await lengthOf(first, verb)), share)]
  expect(points.length).toBeGreaterThan(0)
  const faults: string[] = []
  const work = async (stage: Stage) => {
    for (let point = points.shift(); point !== undefined; point = points.shift()) {
      faults.push(...(await killOnce(stage, verb, point)))
    }
  }
  const others = numbers(lanes - 1).map(async () => work(stages.use(await openStage(options))))
  // All come to their end before the stories do, also beside one that fails.
  for (const outcome of await Promise.allSettled([work(first), ...others])) {
    if (outcome.status === 'rejected') faults.push(String(outcome.reason))
  }
  return faults
}

const why = whyNoNetwork()
const unless = why ? ` (skipped: ${why})` : ''
const some = (count: number) => (full ? 'every record' : `${count} records, others each day`)

// What is left of the page would be no release at all.
process.env['MAINTENANCE_PASS'] = 'pass-of-the-matrix'
const behindThePage: StoryOptions['document'] = document => ({
  ...document,
  secrets: { MAINTENANCE_PASS: { env: 'MAINTENANCE_PASS' } },
  maintenance: { during: 'always', allowHeader: { secret: 'MAINTENANCE_PASS' } },
})

describe('after kill -9 of the command, recover brings one release to all', () => {
  test(`deploy on this machine, at ${some(8)}`, async () => {
    expect(await killAtEach({}, 'deploy', 8, 3)).toEqual([])
  })

  test(`rollback on this machine, at ${some(5)}`, async () => {
    expect(await killAtEach({}, 'rollback', 5, 3)).toEqual([])
  })

  test(`deploy behind the maintenance page, at ${some(3)}`, async () => {
    expect(await killAtEach({ document: behindThePage }, 'deploy', 3, 2)).toEqual([])
  })

  test(`deploy on one host over ssh, at ${some(4)}`, async () => {
    expect(await killAtEach({ hosts: 1 }, 'deploy', 4, 2)).toEqual([])
  })

  test(`rollback on one host over ssh, at ${some(3)}`, async () => {
    expect(await killAtEach({ hosts: 1 }, 'rollback', 3, 2)).toEqual([])
  })

  test.skipIf(why)(`deploy on three hosts over ssh, at ${some(3)}${unless}`, async () => {
    expect(await killAtEach({ hosts: 3 }, 'deploy', 3, 1)).toEqual([])
  })

  test.skipIf(why)(`rollback on three hosts over ssh, at ${some(2)}${unless}`, async () => {
    expect(await killAtEach({ hosts: 3 }, 'rollback', 2, 1)).toEqual([])
  })
})

// Two thirds into a deploy nearly everything has to be taken back; eight records before its end it has just committed.
test.each([
  ['on its way back', (length: number) => Math.round(length * 0.7), 17, 3],
  ['on its way to the end', (length: number) => length - 7, 7, 2],
] as const)(
  `recover may be killed itself %s, at ${full ? 'every record' : 'some records'}, and run again`,
  async (_way, moment, records, share) => {
    await using stage = await openStage({})
    const { story } = stage
    const length = await lengthOf(stage, 'deploy')
    const faults: string[] = []
    for (const point of sample(numbers(records), share)) {
      const deploy = await crashAt(story, wordsOf('deploy', await stage.next()), moment(length))
      const recover = await crashAt(story, ['recover'], point)
      kills += Number(deploy.hit) + Number(recover.hit)
      const at = `recover, record ${point} (${recover.last})`
      faults.push(...(await recovered(story, at)), ...(await deploysAgain(stage, at)))
    }
    expect(faults).toEqual([])
  },
)
