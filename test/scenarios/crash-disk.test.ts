// A host whose disk is full: before the upload, in the middle of it, in the middle of the switch. Going back needs room,
// too, and has it.
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Tree } from '../rigs/a-bundle.ts'
import { whyNoDisk } from '../rigs/sshd.ts'
import { journalsOf, openStory, type Story, type StoryHost, tailOf } from '../rigs/story.ts'
import type { Document } from '../rigs/story-app.ts'
import { faultsOf } from '../rigs/story-state.ts'

const why = whyNoDisk()

// Shell lines of the app itself: fills the disk of the host to its last page. It first pads the journal to a whole page,
// or the next records would still find room in it.
const fill = `journal=$(ls -d "$STELLWERK_ROOT"/.stellwerk/runs/*/ | tail -n 1)journal.jsonl
size=$(wc -c <"$journal")
head -c $((4096 - size % 4096)) /dev/zero | tr '\\000' ' ' >>"$journal"
dd if=/dev/zero of="$STELLWERK_ROOT/filler" bs=1M 2>/dev/null || :
dd if=/dev/zero of="$STELLWERK_ROOT/filler2" bs=4096 2>/dev/null || :
`

describe.skipIf(why)(`with a size-limited disk${why ? ` (skipped: ${why})` : ''}`, () => {
  test('too little room is said before anything is sent', async () => {
    await using story = await openStory({ app: 'static', hosts: 1, ssh: { diskMB: 100 } })
    const old = await story.deployed(await story.bundle('v1'))
    await writeFile(filler(story), Buffer.alloc(50_000_000))
    const before = await releasesOf(story)

    const refused = await story.run('deploy', '--bundle', await story.bundle('v2'))

    expect(refused.code, tailOf(refused)).toBe(1)
    expect(refused.problems[0]).toMatchObject({ code: 'STW-D104', where: { host: 'web1' } })
    expect(await releasesOf(story)).toEqual(before)
    expect(await faultsOf(story, [old])).toEqual([])
  })

  test('a disk without a free byte is said, and nothing is left behind', async () => {
    await using story = await openStory({ app: 'static', hosts: 1, ssh: { diskMB: 80 } })
    const old = await story.deployed(await story.bundle('v1'))
    await fillUp(story)

    const refused = await story.run('deploy', '--bundle', await story.bundle('v2'))

    expect(refused.code, tailOf(refused)).toBe(1)
    expect(refused.problems[0]?.code).toMatch(/^STW-(D104|E111)$/)
    expect(await faultsOf(story, [old])).toEqual([])
  })

  test('a disk that fills up in the upload', async () => {
    await using story = await openStory({ app: 'static', hosts: 1, ssh: { diskMB: 200, rttMs: 0 } })
    const old = await story.deployed(await story.bundle('v1'))
    const bundle = await story.bundle('v2', 'fine', { 'large.bin': randomBytes(80_000_000) })

    const running = story.start('deploy', '--bundle', bundle)
    await running.until(event => event.type === 'step.begin' && event.step.endsWith('/stage'))
    await hostOf(story).ssh?.silence(true)
    await fillUp(story)
    await hostOf(story).ssh?.silence(false)
    const ended = await running.ended

    expect(ended.code, tailOf(ended)).toBe(1)
    expect(ended.problems[0]).toMatchObject({ where: { host: 'web1', step: 'publish/web1/stage' } })
    expect(JSON.stringify(ended.problems[0])).toMatch(/no space left on device/i)
    expect(await faultsOf(story, [old])).toEqual([])
    await rm(filler(story))
    await story.deployed(await story.bundle('v3'))
  })

  test('a step whose journal cannot be written is not begun', async () => {
    const migrate = (file: string) => ({ kind: 'other', migrate: { command: `sh ${file}` } })
    const document = (given: Document) => ({
      ...given,
      databases: { first: migrate('migrate.sh'), second: migrate('second.sh') },
    })
    await using story = await openStory({ hosts: 1, ssh: { diskMB: 100 }, document })
    const quiet = { 'migrate.sh': ':\n', 'second.sh': ':\n' }
    const old = await story.deployed(await story.bundle('v1', 'fine', quiet))
    const bundle = await story.bundle('v2', 'fine', { 'migrate.sh': fill, 'second.sh': ': >data/second\n' })

    const ended = await story.run('deploy', '--bundle', bundle)

    expect(ended.code, tailOf(ended)).toBe(1)
    expect(ended.problems[0]).toMatchObject({ code: 'STW-E104', where: { host: 'web1' } })
    expect(existsSync(join(rootOf(story), 'shared/data/second'))).toBe(false)
    expect(await faultsOf(story, [old])).toEqual([])
    await expectAnotherDeploy(story, quiet)
  })

  test('a disk that is full in the middle of the switch does not stop the way back', async () => {
    const document = (given: Document) => ({
      ...given,
      release: { ...(given['release'] as object), afterSwitch: ['sh after.sh'] },
    })
    await using story = await openStory({ hosts: 1, ssh: { diskMB: 100 }, document })
    const quiet = { 'after.sh': ':\n' }
    const old = await story.deployed(await story.bundle('v1', 'fine', quiet))
    const bundle = await story.bundle('v2', 'fine', { 'after.sh': fill })

    const ended = await story.run('deploy', '--bundle', bundle)

    expect(ended.code, tailOf(ended)).toBe(1)
    expect(await faultsOf(story, [old])).toEqual([])
    const journal = (await journalsOf(story)).at(-1)
    expect(journal?.records.at(-1)).toMatchObject({ type: 'end', status: 'undone' })
    await expectAnotherDeploy(story, quiet)
  })

  test('a disk that is full in the middle of the switch does not stop recover', async () => {
    const document = (given: Document) => ({
      ...given,
      release: { ...(given['release'] as object), afterSwitch: ['sh after.sh'] },
    })
    await using story = await openStory({ hosts: 1, ssh: { diskMB: 100 }, document })
    const quiet = { 'after.sh': ':\n' }
    const old = await story.deployed(await story.bundle('v1', 'fine', quiet))
    const wait = 'echo full >&2\nsleep 5\n'
    const running = story.start(
      'deploy',
      '--bundle',
      await story.bundle('v2', 'fine', { 'after.sh': fill + wait }),
    )
    await running.until(event => event.type === 'output' && event.line === 'full')
    running.kill('SIGKILL')
    await running.ended

    const recover = await story.run('recover')

    expect(recover.code, tailOf(recover)).toBe(0)
    expect(await faultsOf(story, [old])).toEqual([])
    await expectAnotherDeploy(story, quiet)
  })
})

function hostOf(story: Story): StoryHost {
  const [host] = story.hosts
  if (!host) throw new Error('the story has no host')
  return host
}

const rootOf = (story: Story) => hostOf(story).root
const filler = (story: Story) => join(rootOf(story), 'filler')

/** Writes until there is no room. */
async function fillUp(story: Story): Promise<void> {
  const block = Buffer.alloc(1_000_000)
  for (const size of [block.length, 4096]) {
    for (let full = false; !full; ) {
      full = await writeFile(filler(story), block.subarray(0, size), { flag: 'a' }).then(
        () => false,
        () => true,
      )
    }
  }
}

async function releasesOf(story: Story): Promise<readonly string[]> {
  return (await readdir(join(rootOf(story), 'releases'))).toSorted()
}

async function expectAnotherDeploy(story: Story, more: Tree): Promise<void> {
  for (const name of ['filler', 'filler2']) await rm(join(rootOf(story), name), { force: true })
  await story.deployed(await story.bundle('v3', 'fine', more))
  expect(await faultsOf(story)).toEqual([])
}
