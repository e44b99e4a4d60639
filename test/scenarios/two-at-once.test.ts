// Two people deploy at once, and two environments share a host.
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../rigs/free-port.ts'
import { startLoad } from '../rigs/load.ts'
import { currentOf, hostsOf, openShop, type Shop, statesOf } from '../rigs/shop.ts'

let shop: Shop
let gate: string
const serving = async (url = shop.url) => (await fetch(url)).headers.get('x-release')

beforeAll(async () => {
  shop = await openShop()
  // The first deploy stands still in its prepare step until the test opens the gate: no sleep decides who is first.
  gate = join(shop.directory, 'gate')
  const wait = `if [ -e slow ]; then : >${gate}.reached; while [ ! -e ${gate}.open ]; do sleep 0.05; done; fi`
  await shop.configure({ release: { prepare: [wait] } })
})
afterAll(() => shop?.[Symbol.asyncDispose]())

/** A deploy that holds the lock until `open` is called. */
async function holding(version: string) {
  const bundle = await shop.bundle(version, {}, { slow: '' })
  let reached = () => {}
  const inside = new Promise<void>(resolve => {
    reached = resolve
  })
  const started = shop.start(['deploy', 'test', '--bundle', bundle, '--yes', '--json'], {
    env: { STELLWERK_USER: 'alice' },
    onLine: line => {
      if (line.includes('"step.begin"') && line.includes('/prepare"')) reached()
    },
  })
  await Promise.race([inside, started.ended])
  return {
    open: async () => {
      await writeFile(`${gate}.open`, '')
      return started.ended
    },
  }
}

test('the second deploy is refused and told whom it waits for; with --wait it follows', async () => {
  const first = await holding('v1')

  const second = await shop.deploy(await shop.bundle('v2'), 'test', '--json')
  const rollback = await shop.rollback('test')
  const patient = shop.start([
    'deploy',
    'test',
    '--bundle',
    await shop.bundle('v3'),
    '--yes',
    '--json',
    '--wait',
    '2m',
  ])
  const ended = await first.open()
  const followed = await patient.ended

  expect(second.code, second.said).toBe(6)
  expect(second.problems).toHaveLength(1)
  const told = JSON.stringify(second.problems)
  for (const word of ['alice', 'deploy', 'web1', '--wait']) expect(told).toContain(word)
  expect(rollback.code, rollback.said).toBe(6)
  expect(ended.code, ended.said).toBe(0)
  expect(followed.code, followed.said).toBe(0)
  expect(await statesOf(shop.root)).toEqual(['v1 proven', 'v3 proven'])
  expect(await serving()).toBe(await currentOf(shop.root))
})

test('whoever waits too short is refused as well', async () => {
  const before = await currentOf(shop.root)
  await rm(`${gate}.open`)
  const first = await holding('v4')

  const impatient = await shop.deploy(await shop.bundle('v5'), 'test', '--wait', '1s')
  const ended = await first.open()

  expect(impatient.code, impatient.said).toBe(6)
  expect(impatient.err).toContain('alice')
  expect(ended.code, ended.said).toBe(0)
  expect(await currentOf(shop.root)).not.toBe(before)
})

describe('two environments on one host', () => {
  test('deploy at the same time, and neither disturbs the other', async () => {
    const [listen, one, two] = [await freePort(), await freePort(), await freePort()]
    const root = join(shop.root, '../staging-root')
    const environments = shop.document['environments'] as Record<string, object>
    const hosts = hostsOf(shop.rig) as Record<string, object>
    const [name, host] = Object.entries(hosts)[0] ?? ['', {}]
    await shop.configure({
      environments: {
        ...environments,
        staging: {
          root,
          hosts: { [name]: { ...host, root } },
          override: {
            services: { web: { ports: [one, two] } },
            router: { listen: `127.0.0.1:${listen}` },
          },
        },
      },
    })
    const staging = `http://127.0.0.1:${listen}/`
    expect((await shop.deploy(await shop.bundle('v6'), 'staging')).code).toBe(0)
    const production = await serving()
    const load = startLoad({ url: shop.url, concurrency: 4, timeout: 20_000 })
    await load.more(50)

    const both = await Promise.all([
      shop.deploy(await shop.bundle('v7'), 'staging'),
      shop.deploy(await shop.bundle('v8'), 'test'),
    ])
    const bad = await shop.deploy(await shop.bundle('v9', { crash: 3 }), 'staging')
    await load.more(50)
    const report = await load.stop()

    expect(
      both.map(({ code }) => code),
      both.map(({ said }) => said).join('\n'),
    ).toEqual([0, 0])
    expect(bad.code, bad.said).toBe(1)
    expect(report.reasons).toEqual([])
    expect(Object.keys(report.byRelease)).toHaveLength(2)
    expect(Object.keys(report.byRelease)).toContain(production)
    expect(await serving()).toBe(await currentOf(shop.root))
    expect(await serving(staging)).toBe(await currentOf(root))
    expect((await statesOf(root)).slice(0, 2)).toEqual(['v6 proven', 'v7 proven'])
    expect(await statesOf(shop.root)).toContain('v8 proven')
  })
})
