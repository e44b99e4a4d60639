// router.listen changes between two releases: users still come to the old address, and only a proven release may take it
// from them.
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../rigs/free-port.ts'
import { startLoad } from '../rigs/load.ts'
import { openStory, type Story } from '../rigs/story.ts'
import { faultsOf } from '../rigs/story-state.ts'

let story: Story
let oldUrl: string
let newPort: number
let proven: string

beforeAll(async () => {
  story = await openStory()
  oldUrl = story.hosts[0]?.url ?? ''
  proven = await story.deployed(await story.bundle('v1'))
  newPort = await freePort()
  await story.configure(document => {
    const router = document['router'] as object
    return { ...document, router: { ...router, listen: `127.0.0.1:${newPort}` } }
  })
})
afterAll(() => story?.[Symbol.asyncDispose]())

/** What a new connection meets, whatever others are kept alive. */
function opens(port: number): Promise<string> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => resolve('open'))
    socket.on('error', error => resolve((error as NodeJS.ErrnoException).code ?? error.message))
    socket.on('connect', () => socket.destroy())
  })
}

test('a bad release gives the address back, and no request meets a closed or silent one', async () => {
  const load = startLoad({ url: oldUrl, concurrency: 2 })

  const ended = await story.run('deploy', '--bundle', await story.bundle('v2', 'sick'))
  await load.more(20)

  expect(ended.code, ended.said).toBe(1)
  expect(await load.stop()).toMatchObject({ failed: 0, reasons: [] })
  expect(await opens(newPort)).toBe('ECONNREFUSED')
  expect(await faultsOf(story, [proven])).toEqual([])
})

test('a run that dies before the proof is recovered to the old address', async () => {
  const running = story.start('deploy', '--bundle', await story.bundle('v3'))
  await running.until(event => event.type === 'phase.begin' && event.phase === 'verify')
  running.kill('SIGKILL')
  await running.ended

  const ended = await story.run('recover')

  expect(ended.code, ended.said).toBe(0)
  expect(await opens(newPort)).toBe('ECONNREFUSED')
  expect(await faultsOf(story, [proven])).toEqual([])
})

test('a good release moves to the new address, and the old one refuses instead of hanging', async () => {
  const release = await story.deployed(await story.bundle('v4'))

  const answer = await fetch(`http://127.0.0.1:${newPort}/`)
  expect(answer.headers.get('x-release')).toBe(release)
  expect(await opens(Number(new URL(oldUrl).port))).toBe('ECONNREFUSED')
})
