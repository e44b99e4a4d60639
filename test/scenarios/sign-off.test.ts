// A deploy that people sign: users have the new release, nobody calls it proven before the last signature is there.
import { cp, mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseRecord } from '../../src/release/record.ts'
import { stellwerk } from '../rigs/command-line.ts'
import { currentOn, journalsOf, openStory, type Story } from '../rigs/story.ts'
import { faultsOf } from '../rigs/story-state.ts'

const secret = 'correct-horse-battery'
const signOffs = {
  'login-works': { title: 'Signing in works', role: 'qa', evidence: 'text', persons: 2 },
  response: { title: 'Response time', role: 'ops', evidence: 'number', matcher: { max: 50 } },
}

let story: Story
let v1: string
beforeAll(async () => {
  process.env['STORY_TOKEN'] = secret
  story = await openStory({
    document: document => ({ ...document, secrets: { TOKEN: { env: 'STORY_TOKEN' } } }),
  })
  v1 = await story.deployed(await story.bundle('v1'))
  await story.configure(document => ({ ...document, signOffs }))
})
afterAll(() => story?.[Symbol.asyncDispose]())

const host = () => {
  const [first] = story.hosts
  if (!first) throw new Error('no host')
  return first
}
const stateOf = async (release: string) =>
  parseRecord(await readFile(join(host().root, 'releases', release, '.stellwerk.json'), 'utf8'))?.state
const waitingFiles = () => readdir(join(host().root, '.stellwerk/waiting')).catch(() => [])
const locked = () =>
  stat(join(host().root, '.stellwerk/lock')).then(
    () => true,
    () => false,
  )
const sign = (...words: readonly string[]) => story.run('sign-off', ...words)

async function waits(name: string): Promise<string> {
  const ended = await story.run('deploy', '--bundle', await story.bundle(name))
  expect(ended.code, ended.said).toBe(10)
  expect(ended.document).toMatchObject({ status: 'waiting' })
  return String(ended.document?.['release'])
}

test('users have it, it is not proven, nothing else is rolled out, and the last of two people settles it from elsewhere', async () => {
  const v2 = await waits('v2')
  expect(await currentOn(host())).toBe(v2)
  expect((await fetch(host().url, { headers: { Connection: 'close' } })).headers.get('x-release')).toBe(v2)
  expect([await stateOf(v2), await stateOf(v1), await locked()]).toEqual(['live', 'proven', false])

  const refused = await story.run('deploy', '--bundle', await story.bundle('v2b'))
  expect([refused.code, refused.problems.map(({ code }) => code)], refused.said).toEqual([10, ['STW-O800']])
  expect(refused.problems[0]?.why?.en).toContain('login-works by 2 of qa, response by ops')
  expect(refused.problems[0]?.next?.[0]?.en).toBe('stellwerk sign-off test login-works --evidence "<text>"')
  const restart = await story.run('restart')
  expect(restart.code, restart.said).toBe(10)

  const status = await story.run('status')
  expect([status.code, JSON.stringify(status.document).includes('login-works')], status.said).toEqual([
    5,
    true,
  ])
  const history = await story.run('history')
  expect(history.document?.['runs'], history.said).toMatchObject([{ status: 'waiting' }, { status: 'done' }])

  const tooSlow = await sign('response', '--evidence', '63')
  expect([tooSlow.code, tooSlow.problems[0]?.why?.en]).toEqual([5, 'response is 63, expected at most 50'])
  expect((await sign('response', '--evidence', '42')).code).toBe(10)
  expect((await sign('login-works', '--evidence', `seen with ${secret}`, '--by', 'Anna  Berg')).code).toBe(10)
  const twice = await sign('login-works', '--evidence', 'seen', '--by', 'anna berg')
  expect([twice.code, twice.problems.map(({ code }) => code)]).toEqual([5, ['STW-O805']])
  const [file = ''] = await waitingFiles()
  const log = join(host().root, '.stellwerk/runs', file.replace('.json', ''), 'sign-offs.jsonl')
  expect(await readFile(log, 'utf8')).toContain('seen with [secret]')
  expect((await story.run('recover', '--finish')).code).toBe(10)

  // Another machine: only stellwerk.yaml went there.
  const elsewhere = join(story.directory, 'elsewhere')
  await mkdir(elsewhere)
  await cp(join(story.directory, 'stellwerk.yaml'), join(elsewhere, 'stellwerk.yaml'))
  const words = ['sign-off', 'test', 'login-works', '--evidence', 'it works', '--by', 'Ben', '--json']
  const env = { XDG_STATE_HOME: join(elsewhere, 'state'), TMPDIR: join(story.directory, 'tmp') }
  const settled = await stellwerk(words, { cwd: elsewhere, env })

  expect(settled.code, settled.said).toBe(0)
  expect(settled.document).toMatchObject({ schema: 'stellwerk.deploy/1', status: 'done', release: v2 })
  expect(await faultsOf(story, [v2])).toEqual([])
  expect(await waitingFiles()).toEqual([])
  expect((await readFile(log, 'utf8')).trim().split('\n')).toHaveLength(3)
  expect((await sign()).code).toBe(0)
})

test('a refusal goes back to the release before, with its reason kept', async () => {
  const before = await currentOn(host())
  const v3 = await waits('v3')
  const silent = await sign('--reject')
  expect([silent.code, silent.problems.map(({ code }) => code)]).toEqual([2, ['STW-O807']])

  const ended = await sign('--reject', '--reason', 'the invoice page is empty')

  expect(ended.code, ended.said).toBe(0)
  expect(await stateOf(v3)).toBe('failed')
  expect(await faultsOf(story, [before])).toEqual([])
  expect(await waitingFiles()).toEqual([])
  const journals = await journalsOf(story)
  expect(
    journals.flatMap(({ records }) => records.flatMap(one => (one.type === 'end' ? [one.status] : []))),
  ).toContain('rejected')
})

test('killed while it settles, it comes to its end with one slot of each service', async () => {
  const v4 = await waits('v4')
  await sign('response', '--evidence', '12')
  await sign('login-works', '--evidence', 'seen', '--by', 'Anna')
  const running = story.start('sign-off', 'login-works', '--evidence', 'seen', '--by', 'Ben')
  await running.until(event => event.type === 'phase.begin' && event.phase === 'settle')
  running.kill('SIGKILL')
  await running.ended

  const recovered = await story.run('recover')

  expect(recovered.code, recovered.said).toBe(0)
  expect(await faultsOf(story, [v4])).toEqual([])
  expect(await waitingFiles()).toEqual([])
})

test('a rollback ends the waiting too', async () => {
  const before = await currentOn(host())
  await waits('v9')

  const ended = await story.run('rollback')

  expect(ended.code, ended.said).toBe(0)
  expect(await faultsOf(story, [before])).toEqual([])
  expect(await waitingFiles()).toEqual([])
})
