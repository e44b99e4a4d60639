// Nobody notices a backup that stopped, except who looks at the destinations: NAS off, tool missing, schedule stopped.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSavedShop, type SavedShop } from '../rigs/saved-shop.ts'
import { hostsOf } from '../rigs/shop.ts'

let saved: SavedShop
beforeAll(async () => {
  saved = await openSavedShop()
})
afterAll(() => saved?.[Symbol.asyncDispose]())

test('without a backup every store is named, and it is a no', async () => {
  const { code, out } = await saved.run('backup check')

  expect(code).toBe(5)
  expect(out).toContain('shop test: not proven restorable')
  for (const store of ['main', 'second', 'data']) {
    expect(out).toContain(`${store} at nas: no verified set`)
    expect(out).toContain(`${store}: never restored by a drill`)
  }
})

test('a backup alone proves nothing: only a drill makes it green, and the headline says what was measured', async () => {
  expect((await saved.run('backup', '--class', 'daily')).code).toBe(0)
  const alone = await saved.ask('backup check')
  const drill = await saved.ask('drill')
  const both = await saved.ask('backup check')
  const german = await saved.run('backup check', '--lang', 'de')

  expect([alone.code, drill.code, both.code], drill.said).toEqual([5, 0, 0])
  expect(alone.document).toMatchObject({ verdict: 'fail', proofs: [] })
  expect(both.document).toMatchObject({
    verdict: 'pass',
    headline: {
      en: expect.stringMatching(/^proven restorable \d+ min ago, in [\d.]+ m?s, losing at most \d+ min$/),
    },
    proofs: ['main', 'second', 'data'].map(store => ({
      store,
      destination: 'nas',
      rto: drill.document['rto'],
    })),
  })
  expect(german.out).toMatch(
    /✔ shop test: vor \d+ min bewiesen wiederherstellbar, in .*, mit höchstens \d+ min Verlust\n/,
  )
})

test('no host is asked: with every server off the NAS alone answers', async () => {
  const hosts = Object.entries(hostsOf(saved.shop.rig)).map(([name, host]) => [
    name,
    { ...(host as object), port: 1 },
  ])
  const { nas } = (saved.shop.document['backup'] as { destinations: Record<string, object> }).destinations
  await saved.configure(
    { destinations: { nas } },
    { environments: { test: { root: '/nowhere', hosts: Object.fromEntries(hosts) } } },
  )
  const check = await saved.run('backup check')
  const list = await saved.run('backup list')
  await saved.configure({}, { environments: { test: { root: '/nowhere', hosts: hostsOf(saved.shop.rig) } } })

  expect([check.code, list.code], check.said).toEqual([0, 0])
})

test('a NAS that is off is not known, each time, and never green', async () => {
  await saved.nas.stop()
  const looks = [await saved.ask('backup check'), await saved.ask('backup check')]
  await saved.nas.start()

  for (const { code, document } of looks) {
    expect(code).toBe(5)
    expect(document).toMatchObject({
      verdict: 'unknown',
      headline: { en: expect.stringContaining('not proven') },
    })
    expect(document['findings']).toContainEqual(
      expect.objectContaining({ store: 'main', destination: 'nas', verdict: 'unknown' }),
    )
  }
})

test('a schedule that stopped is seen by the age of each store at each destination', async () => {
  await saved.configure({ maxAge: '1ms' })
  const looks = [await saved.ask('backup check'), await saved.ask('backup check')]
  await saved.configure({ maxDrillAge: '1ms' })
  const drills = await saved.run('backup check')
  await saved.configure({})

  const ages = looks.map(({ code, document }) => {
    expect(code).toBe(5)
    const findings = document['findings'] as {
      store: string
      destination?: string
      age: number
      what: { en: string }
    }[]
    const found = findings.find(({ store, destination }) => store === 'second' && destination === 'nas')
    expect(found?.what.en).toMatch(/^second at nas: newest verified set \S+ is .* old, more than 1 ms$/)
    return found?.age ?? 0
  })
  expect(ages[1]).toBeGreaterThan(ages[0] ?? Number.NaN)
  expect([drills.code, drills.out]).toEqual([
    5,
    expect.stringMatching(/main: newest green drill .* more than 1 ms/),
  ])
})

test('a store whose dump fails every night is missing, by its name, whatever the others do', async () => {
  const databases = saved.shop.document['databases'] as object
  const third = { kind: 'postgres', database: 'shop', socket: '/nowhere', user: 'nobody' }
  await saved.configure({}, { databases: { ...databases, third } })
  const nights = [await saved.run('backup'), await saved.run('backup')]
  const check = await saved.run('backup check')
  await saved.configure({})

  expect(nights.map(({ code }) => code)).toEqual([1, 1])
  expect([check.code, check.out]).toEqual([5, expect.stringContaining('third at nas: no verified set')])
  expect(check.out).toContain('✔ main at nas')
  expect((await saved.run('backup check')).code).toBe(0)
})
