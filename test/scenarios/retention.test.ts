// What stays on a host: the newest proven releases, the one that serves, and a little evidence of what failed.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { currentOf, openShop, type Shop, statesOf } from '../rigs/shop.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop({ document: { release: { keep: 2, keepFailed: 1 } } })
  // A static app: retention does not care what runs, and a deploy takes half the time.
  await shop.configure({ services: {}, router: undefined, checks: smoke, verify: waived })
})
afterAll(() => shop?.[Symbol.asyncDispose]())

const smoke = { content: { kind: 'command', command: '! grep -q sick behaviour.json' } }
const waived = { identity: { waived: 'nothing answers in this story' }, smoke: ['content'] }

async function good(version: string): Promise<void> {
  await shop.deployed(await shop.bundle(version))
}

async function bad(version: string): Promise<void> {
  const ended = await shop.deploy(await shop.bundle(version, { tells: 'sick' }))
  expect(ended.code, ended.said).toBe(1)
}

test('the newest proven releases stay, older ones go', async () => {
  for (const version of ['v1', 'v2', 'v3']) await good(version)

  expect(await statesOf(shop.root)).toEqual(['v2 proven', 'v3 proven'])
})

test('however many deploys fail, no proven release goes and the failed ones do not pile up', async () => {
  const serving = await currentOf(shop.root)

  for (const version of ['bad1', 'bad2', 'bad3', 'bad4']) await bad(version)

  expect(await statesOf(shop.root)).toEqual(['v2 proven', 'v3 proven', 'bad3 failed', 'bad4 failed'])
  expect(await currentOf(shop.root)).toBe(serving)
})

test('after a rollback the release that serves stays, although newer ones come and go', async () => {
  const back = await shop.rollback()
  expect(back.code, back.said).toBe(0)
  const serving = await currentOf(shop.root)

  for (const version of ['bad5', 'bad6', 'bad7']) await bad(version)

  expect(await currentOf(shop.root)).toBe(serving)
  const states = await statesOf(shop.root)
  expect(states).toContain('v2 proven')
  expect(states.filter(state => state.endsWith('proven'))).toEqual(['v2 proven'])
  expect(states.length).toBeLessThanOrEqual(3)

  await good('v4')
  expect(await statesOf(shop.root)).toEqual(['v2 proven', 'bad7 failed', 'v4 proven'])
  const again = await shop.rollback()
  expect(again.code, again.said).toBe(0)
  expect(await currentOf(shop.root)).toBe(serving)
})
