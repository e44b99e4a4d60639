// What people do before a deploy and in the days after it: decisions, signatures for a version, a due list.
import { appendFile, readdir, readFile, rm, watch, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Ended, stellwerk } from '../rigs/command-line.ts'
import { currentOn, openStory, type Story } from '../rigs/story.ts'

let story: Story
let v1: string
beforeAll(async () => {
  story = await openStory({ app: 'static' })
  v1 = await story.deployed(await story.bundle('v1'))
})
afterAll(() => story?.[Symbol.asyncDispose]())

const host = () => {
  const [first] = story.hosts
  if (!first) throw new Error('no host')
  return first
}
const codes = (ended: Ended) => ended.problems.map(({ code }) => code)

test('open decisions stop a deploy, all at once with their place, and never a rollback', async () => {
  const v2 = await story.deployed(await story.bundle('v2'))
  await story.configure(document => ({
    ...document,
    decisions: {
      hosting: { question: 'Where does it run?', options: ['cloud', 'here'] },
      tls: { question: 'Whose certificate?', answer: 'ours', by: 'Anna' },
      database: { question: 'Which database?' },
      frontend: { question: 'Which frontend?', answer: ' ', by: 'Anna' },
      server: { question: 'Which server?', answer: 'TBD', by: 'Anna' },
    },
  }))

  const refused = await story.run('deploy', '--bundle', await story.bundle('v3'))
  expect([refused.code, codes(refused)], refused.said).toEqual([3, Array(4).fill('STW-C138')])
  expect(refused.problems[0]).toMatchObject({ what: { en: 'Not decided: Where does it run?' } })
  expect(refused.problems.every(({ where }) => (where?.line ?? 0) > 1)).toBe(true)
  expect(await currentOn(host())).toBe(v2)
  const listed = await story.run('decisions')
  expect([listed.code, listed.document?.['open']], listed.said).toEqual([5, 4])
  const doctor = await story.run('doctor')
  expect(codes(doctor).filter(code => code === 'STW-C138')).toHaveLength(4)

  const back = await story.run('rollback')
  expect(back.code, back.said).toBe(0)
  expect(await currentOn(host())).toBe(v1)
  await story.configure(document => ({ ...document, decisions: {} }))
})

test('a question about what is not there is no silent yes', async () => {
  const said = async (...words: [string, ...string[]]) => {
    const { code, problems } = await story.run(...words)
    return [code, problems[0]?.what.en, problems[0]?.why?.en]
  }
  const task = [2, 'There is no task "hour-1"', 'known: none']
  expect(await said('aftercare', 'done', 'hour-1')).toEqual(task)
  expect(await said('aftercare', 'run', 'hour-1')).toEqual(task)
  const query = await said('db', '--query', 'select 1')
  expect(query.slice(0, 2)).toEqual([2, 'stellwerk.yaml names no database'])
  const own = { kind: 'command', start: 'true', stop: 'true', status: 'true' }
  await story.configure(document => ({ ...document, services: { own } }))
  expect((await said('logs', 'own')).slice(0, 2)).toEqual([2, 'No log of own can be read'])
  await story.configure(document => ({ ...document, services: {} }))
})

test('what is signed before counts for its version, and for its bundle when one is named', async () => {
  await story.configure(document => ({
    ...document,
    signOffs: { staging: { title: 'Staging was looked at', phase: 'before', role: 'qa' } },
  }))
  const bundle = await story.bundle('v4')
  const refused = await story.run('deploy', '--bundle', bundle)
  expect([refused.code, codes(refused)], refused.said).toEqual([5, ['STW-O801']])
  expect(refused.problems[0]?.next?.[0]?.en).toBe('stellwerk sign-off test staging --version v4')
  expect(codes(await story.run('sign-off', 'staging'))).toEqual(['STW-O811'])
  expect(codes(await story.run('sign-off', 'staging', '--version', ' '))).toEqual(['STW-O811'])
  expect((await story.run('sign-off', 'staging', '--bundle', await story.bundle('v5'))).code).toBe(0)
  expect((await story.run('deploy', '--bundle', bundle)).code).toBe(5)

  // What was signed in ten years must not keep a host from answering.
  const old = { v: 1, type: 'sign', id: 'staging', role: 'qa', by: 'Anna', machine: 'm', version: 'v0' }
  const line = JSON.stringify({ ...old, at: '2026-01-01T00:00:00Z', evidence: 'x'.repeat(2000) })
  await appendFile(join(host().root, '.stellwerk/sign-offs.jsonl'), `${line}\n`.repeat(600))
  expect((await story.run('sign-off', 'staging', '--version', 'v4')).code).toBe(0)

  const ended = await story.run('deploy', '--bundle', bundle)
  expect(ended.code, ended.said).toBe(0)
  await story.configure(document => ({ ...document, signOffs: {} }))
})

test('the first release of all is refused: nothing serves, as before', async () => {
  await using first = await openStory({ app: 'static' })
  await first.configure(document => ({
    ...document,
    signOffs: { look: { title: 'Look at it', role: 'qa' } },
  }))
  const [only] = first.hosts
  const ended = await first.run('deploy', '--bundle', await first.bundle('v1'))
  expect(ended.code, ended.said).toBe(10)

  const rejected = await first.run('sign-off', '--reject', '--reason', 'it is empty')

  expect(rejected.code, rejected.said).toBe(0)
  expect(only && (await currentOn(only))).toBe('')
  expect(only && (await readdir(join(only.root, '.stellwerk/waiting')))).toEqual([])
})

test('after-care is worked off late but once, a person closes the rest, and a newer release ends it', async () => {
  await writeFile(join(story.directory, 'proof.txt'), 'fine')
  await story.configure(document => ({
    ...document,
    checks: {
      proof: {
        kind: 'command',
        command: `if [ -e slow ]; then : >slow-begun; sleep 60; fi; test -s proof.txt`,
        on: 'here',
      },
    },
    afterCare: [
      { id: 'at-once', after: '1ms', checks: ['proof'] },
      { id: 'by-hand', after: '1ms', signOff: 'ops', title: 'Look at the log' },
      { id: 'day', every: '1d', until: '2d', checks: ['proof'] },
    ],
  }))
  const release = await story.deployed(await story.bundle('v6'))
  const states = ({ document }: Ended) => {
    const tasks = (document?.['tasks'] ?? []) as readonly { id: string; state: string }[]
    return tasks.map(({ id, state }) => `${id} ${state}`)
  }

  const open = await story.run('aftercare')
  expect([open.code, states(open)], open.said).toEqual([
    5,
    ['at-once due', 'by-hand person', 'day-1 later', 'day-2 later'],
  ])
  // Broken off, it is neither done nor failed: the next hour works it off.
  await writeFile(join(story.directory, 'slow'), '')
  const seen = watch(story.directory)
  const broken = story.start('aftercare', 'run')
  for await (const { filename } of seen) if (filename === 'slow-begun') break
  broken.kill('SIGINT')
  const { code } = await broken.ended
  await rm(join(story.directory, 'slow'))
  expect([code, states(await story.run('aftercare'))[0]]).toEqual([5, 'at-once due'])
  await writeFile(join(story.directory, 'proof.txt'), '')
  const red = await story.run('aftercare', 'run')
  expect([red.code, states(red)[0]], red.said).toEqual([5, 'at-once failed'])
  const german = await stellwerk(['aftercare', 'test', '--lang', 'de'], { cwd: story.directory })
  expect(german.out).toMatch(/at-once .*gescheitert .*proof: endete mit Endecode 1/)
  await writeFile(join(story.directory, 'proof.txt'), 'fine')
  // Once each: what failed is tried again only by its name.
  expect(states(await story.run('aftercare', 'run'))[0]).toBe('at-once failed')
  expect(states(await story.run('aftercare', 'run', 'at-once'))[0]).toBe('at-once done')
  const done: readonly [string, ...string[]] = ['aftercare', 'done', 'by-hand', '--by', 'Ben', '--evidence']
  const long = await story.run(...done, 'no errors '.repeat(201))
  expect([long.code, codes(long)], long.said).toEqual([5, ['STW-O804']])
  const closed = await story.run(...done, 'no errors,\ntoken=abcdef12')
  expect([closed.code, states(closed)[1]], closed.said).toEqual([0, 'by-hand done'])
  // Seven days are not worked off in the first minute, by nobody.
  for (const action of ['run', 'done']) {
    const early = await story.run('aftercare', action, 'day-1', '--evidence', 'all fine')
    expect([early.code, codes(early)], early.said).toEqual([2, ['STW-O821']])
  }
  const list = join(host().root, '.stellwerk/aftercare', `${release}.jsonl`)
  const closings = async () =>
    (await readFile(list, 'utf8')).split('\n').filter(line => line.includes('"closed"'))
  expect(await closings()).toHaveLength(3)
  expect((await closings())[2]).toContain('"evidence":"no errors, token=[secret]"')
  await story.run('aftercare', 'run')
  expect(await closings()).toHaveLength(3)

  const newer = await story.deployed(await story.bundle('v7'))

  const now = await story.run('aftercare')
  expect([now.document?.['release'], states(now)[0]], now.said).toEqual([newer, 'at-once due'])
  expect(await readFile(list, 'utf8')).toContain(`"type":"superseded","by":"${newer}"`)

  await story.configure(document => ({ ...document, afterCare: undefined }))
  await story.deployed(await story.bundle('v8'))

  expect((await story.run('aftercare')).document?.['tasks']).toEqual([])
})
