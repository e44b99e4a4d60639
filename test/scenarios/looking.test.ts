// What the commands that only look say when something is unusual: a freeze, a run that nobody knows, a machine that was
// down; and the notes of a release, from the one that serves.
import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { aBundle } from '../rigs/a-bundle.ts'
import { killAll, workingIn } from '../rigs/processes.ts'
import { killQuietly } from '../rigs/router.ts'
import { openStory, type Story } from '../rigs/story.ts'
import { appTree } from '../rigs/story-app.ts'

let story: Story
let root: string
beforeAll(async () => {
  story = await openStory()
  root = story.hosts[0]?.root ?? ''
  await story.deployed(await story.bundle('v1'))
})
afterAll(() => story?.[Symbol.asyncDispose]())

test('a freeze is a finding of doctor, and its end is a time that people read', async () => {
  const frozen = await story.run('freeze', '--reason', 'trade fair', '--until', '2h')

  const ended = await story.run('doctor')
  const status = await story.run('status')
  const refused = await story.run('deploy', '--bundle', await story.bundle('refused'))

  expect(ended.code, ended.said).toBe(5)
  expect(ended.document).toMatchObject({ ok: false, findings: [{ code: 'STW-E110' }] })
  expect(ended.problems).toMatchObject([{ why: { en: expect.stringContaining('trade fair') } }])
  expect(refused.code).toBe(6)
  for (const { said } of [frozen, ended, status, refused])
    expect(said.match(/until\W+(\S*?Z)/)?.[1]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)

  await story.run('unfreeze')
  expect((await story.run('doctor')).code).toBe(0)
})

afterEach(() => story.run('unfreeze'))

test('the log of a run that no host knows is a problem, not an empty log', async () => {
  const ended = await story.run('logs', '--run', '20200101_000000-deploy-abcdef')

  expect(ended.code, ended.said).toBe(2)
  expect(ended.problems).toMatchObject([
    {
      code: 'STW-U001',
      what: { en: expect.stringContaining('20200101_000000-deploy-abcdef') },
      next: [{ en: 'stellwerk history test' }],
    },
  ])
})

test('a log without times says that --since cannot choose from it', async () => {
  const [all, some] = [await story.run('logs', 'web'), await story.run('logs', 'web', '--since', '1s')]

  expect([all.code, some.code]).toEqual([0, 0])
  expect(all.said).not.toContain('--since')
  expect(some.said).toContain('--since is ignored here')
})

test('a deploy says that it takes locks before anybody has to wait for them', async () => {
  const running = story.start('deploy', '--bundle', await story.bundle('v2'))
  const ended = await running.ended

  expect(ended.code, ended.said).toBe(0)
  const types = running.events.map(event => event.type)
  expect(running.events[types.indexOf('note')]).toMatchObject({ text: { en: 'Taking the lock on local' } })
  expect(types.indexOf('note')).toBeLessThan(types.indexOf('run.begin'))
})

async function slotOfWeb(): Promise<unknown> {
  const { document } = await story.run('status')
  const hosts = document?.['hosts'] as { services: { service: string; slot?: number }[] }[] | undefined
  return hosts?.[0]?.services.find(({ service }) => service === 'web')?.slot
}

test('after the machine was down a deploy makes all well: nobody misses the slot of the release before', async () => {
  // In the other slot than the one that a deploy with nothing running takes.
  if ((await slotOfWeb()) === 0) await story.deployed(await story.bundle('v2b'))
  const router = await readFile(join(root, '.stellwerk/router/state/router.pid'), 'utf8')
  killQuietly(Number(router.split(' ')[0]))
  for (let left = await workingIn([root]); left.length > 0; left = await workingIn([root])) killAll(left)
  expect((await story.run('status')).code).toBe(5)

  const release = await story.deployed(await story.bundle('v3'))

  const status = await story.run('status')
  expect(status.code, status.said).toBe(0)
  expect(status.document).toMatchObject({
    hosts: [
      { current: release, findings: [], services: [{ service: 'web', release }, { service: 'worker' }] },
    ],
  })
})

test('release notes begin at the release that serves, or where they are told to', async () => {
  const git = (...words: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=shop', '-c', 'user.email=shop@example.org', ...words], {
      cwd: story.directory,
      encoding: 'utf8',
    }).trim()
  const commit = (message: string, tag: string) => {
    git('commit', '-q', '--allow-empty', '-m', message)
    git('tag', tag)
    return git('rev-parse', 'HEAD')
  }
  git('init', '-q')
  commit('Before all', 'v0.9')
  const about = { app: 'story', version: '1.0.0', gitSha: commit('Sell things', 'v1.0') }
  const tree = appTree('noted', 'fine', {})
  await story.deployed(
    (await aBundle(join(story.directory, 'bundles'), 'noted', tree, undefined, about)).path,
  )
  commit('Round the price', 'v1.1')
  commit('Show the stock', 'v1.2')
  const notes = async (...words: readonly string[]) => {
    const { code, document, said } = await story.run('changelog', ...words)
    expect(code, said).toBe(0)
    const { from, to, changes, markdown } = document ?? {}
    const subjects = (changes as readonly { readonly subject: string }[]).map(({ subject }) => subject)
    for (const subject of subjects) expect(markdown).toContain(subject)
    return [from, to, ...subjects]
  }

  expect(await notes()).toEqual(['1.0.0', 'v1.2', 'Show the stock', 'Round the price'])
  expect(await notes('--to', 'v1.1')).toEqual(['1.0.0', 'v1.1', 'Round the price'])
  expect(await notes('--from', 'v0.9', '--to', 'v1.0')).toEqual(['v0.9', 'v1.0', 'Sell things'])
  // Older than what serves, or no commit at all: an empty list would say that nothing has changed.
  const refused = await Promise.all([
    story.run('changelog', '--to', 'v0.9'),
    story.run('changelog', '--to', 'v7'),
  ])
  expect(refused.map(({ problems }) => problems[0]?.code)).toEqual(['STW-N812', 'STW-N810'])
})
