// Visitors notice nothing: not of a deploy, not of one that fails, not of a rollback.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Load, startLoad } from '../rigs/load.ts'
import { currentOf, openShop, type Shop } from '../rigs/shop.ts'

let shop: Shop
let load: Load
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop?.[Symbol.asyncDispose]())

test('no request is lost through deploys, failed deploys and rollbacks, and only releases that were meant to answer do', async () => {
  const v1 = await shop.deployed(await shop.bundle('v1'))
  load = startLoad({ url: shop.url, concurrency: 8, timeout: 20_000 })
  await load.more(200)

  const v2 = await shop.deployed(await shop.bundle('v2'))
  await load.more(200)
  const crashing = await shop.deploy(await shop.bundle('v3', { crash: 3 }))
  await load.more(200)
  const stillV2 = await currentOf(shop.root)
  const v5 = await shop.deployed(await shop.bundle('v5'))
  await load.more(200)
  const back = await shop.rollback()
  await load.more(200)
  const report = await load.stop()

  expect(crashing.code, crashing.said).toBe(1)
  expect(stillV2).toBe(v2)
  expect(back.code, back.said).toBe(0)
  expect(await currentOf(shop.root)).toBe(v2)
  expect(report.reasons).toEqual([])
  expect(report.failed).toBe(0)
  expect(Object.keys(report.byRelease).toSorted()).toEqual([v1, v2, v5].toSorted())
})

test('a release that starts but is not healthy is shown to users for no longer than its proof takes, and loses no request', async () => {
  const before = await currentOf(shop.root)
  load = startLoad({ url: shop.url, concurrency: 8, timeout: 20_000 })
  await load.more(200)

  const sick = await shop.deploy(await shop.bundle('v6', { health: { body: '{"status":"critical"}' } }))
  const ended = await load.more(200).then(() => fetch(shop.url))
  const report = await load.stop()

  expect(sick.code, sick.said).toBe(1)
  expect(ended.headers.get('x-release')).toBe(before)
  expect(report.reasons).toEqual([])
  expect(report.failed).toBe(0)
  const others = Object.keys(report.byRelease).filter(release => release !== before)
  expect(others.length).toBeLessThanOrEqual(1)
})
