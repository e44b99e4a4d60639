// Ctrl-C, SIGTERM and SIGHUP: the command comes to a clean state by itself. A second one leaves at once, for recover.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import type { Tree } from '../rigs/a-bundle.ts'
import { crashAt } from '../rigs/crash.ts'
import { full } from '../rigs/full.ts'
import { isAlive, workingIn } from '../rigs/processes.ts'
import { until } from '../rigs/router.ts'
import { currentOn, openStory, type Running, type Story, tailOf } from '../rigs/story.ts'
import { faultsOf } from '../rigs/story-state.ts'

const all = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** A migration that takes minutes, in a grandchild that the command itself does not know. */
const endless: Tree = { 'migrate.sh': "sh -c 'sleep 290 & sleep 291 & wait' & wait\n" }

describe.each([
  ['this machine', undefined, all],
  // The signals end here, whatever the host: over ssh one stands for the three, but in the full run.
  ['a host over ssh', 1, full ? all : (['SIGTERM'] as const)],
] as const)('on %s', (_where, hosts, signals) => {
  let story: Story | undefined
  const times: string[] = []
  afterEach(async () => {
    await story?.[Symbol.asyncDispose]()
    story = undefined
  })
  afterAll(() => console.log(`from the signal to the end: ${times.join(', ')}`))

  async function withRelease(): Promise<{ story: Story; old: string }> {
    story = await openStory(hosts === undefined ? {} : { hosts })
    return { story, old: await story.deployed(await story.bundle('v1')) }
  }

  test.each(signals)('%s in the upload takes everything back', async signal => {
    const { story, old } = await withRelease()

    const { ended, hit } = await crashAt(
      story,
      ['deploy', '--bundle', await story.bundle('v2')],
      1,
      running => running.kill(signal),
    )

    expect(hit).toBe(true)
    expect(ended.code, tailOf(ended)).toBe(1)
    expect(await faultsOf(story, [old])).toEqual([])
  })

  test.each(signals)(
    '%s in a long migration ends it with its grandchildren and takes everything back',
    async signal => {
      const { story, old } = await withRelease()
      const running = story.start('deploy', '--bundle', await story.bundle('v2', 'fine', endless))
      const sleeping = await grandchildren(story, running)

      const from = performance.now()
      running.kill(signal)
      const ended = await running.ended
      times.push(`${signal} ${Math.round(performance.now() - from)} ms`)

      expect(ended.code, tailOf(ended)).toBe(1)
      expect(await stillAlive(sleeping)).toEqual([])
      expect(await faultsOf(story, [old])).toEqual([])
    },
  )

  test.each(signals)('%s after the commit no longer stops anything', async signal => {
    const { story, old } = await withRelease()
    const running = story.start('deploy', '--bundle', await story.bundle('v2'))
    await running.until(event => event.type === 'phase.begin' && event.phase === 'settle')

    running.kill(signal)
    const ended = await running.ended

    expect(ended.code, tailOf(ended)).toBe(0)
    expect(await faultsOf(story)).toEqual([])
    expect(await currentOf(story)).not.toBe(old)
  })

  test('a second one leaves at once and leaves the rest to recover', async () => {
    const { story, old } = await withRelease()
    // It ends when the test says so, whatever signal it gets meanwhile.
    const patient: Tree = {
      'migrate.sh': "trap '' TERM\necho deaf\nwhile [ ! -e data/go ]; do sleep 0.1; done\n",
    }
    const running = story.start('deploy', '--bundle', await story.bundle('v2', 'fine', patient))
    await running.until(event => event.type === 'output' && event.line === 'deaf')

    running.kill('SIGINT')
    await running.until(event => event.type === 'note' && event.text.en.startsWith('Interrupted'))
    // Two that arrive together count as one, so a person presses again.
    const pressing = setInterval(() => running.kill('SIGINT'), 100)
    const ended = await running.ended.finally(() => clearInterval(pressing))
    const left = await journalOf(story)

    expect(ended.code, tailOf(ended)).toBe(4)
    expect(left).not.toContain('"type":"end"')
    await writeFile(join(rootOf(story), 'shared/data/go'), '')
    const recover = await story.run('recover')
    expect(recover.code, tailOf(recover)).toBe(0)
    expect(await faultsOf(story, [old])).toEqual([])
  })
})

function rootOf(story: Story): string {
  return story.hosts[0]?.root ?? ''
}

async function currentOf(story: Story): Promise<string> {
  return story.hosts[0] ? currentOn(story.hosts[0]) : ''
}

/** The sleepers of the endless migration, once they sleep. */
async function grandchildren(story: Story, running: Running): Promise<readonly number[]> {
  let found: readonly number[] = []
  const ended = running.ended.then(said => {
    throw new Error(`the command did not come to its migration\n${tailOf(said)}`)
  })
  const sleepers = until('the migration to sleep', async () => {
    const here = await workingIn([join(rootOf(story), 'releases')])
    const words = await Promise.all(here.map(pid => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
    found = here.filter((_, index) => words[index]?.startsWith('sleep\0'))
    return found.length === 2
  })
  await Promise.race([sleepers, ended])
  ended.catch(() => undefined)
  return found
}

async function stillAlive(pids: readonly number[]): Promise<readonly number[]> {
  const alive = await Promise.all(pids.map(isAlive))
  return pids.filter((_, index) => alive[index])
}

async function journalOf(story: Story): Promise<string> {
  const runs = join(rootOf(story), '.stellwerk/runs')
  const newest = (await readdir(runs)).toSorted().at(-1) ?? ''
  return readFile(join(runs, newest, 'journal.jsonl'), 'utf8')
}
