// Where a rollback goes, what it refuses, and that it proves what it did like a deploy.
import { readdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { currentOf, fingerprint, openShop, type Shop, statesOf } from '../rigs/shop.ts'

let shop: Shop
const ids = new Map<string, string>()
const theApps = () => fingerprint(shop.root, ['.stellwerk'])
const serving = async () => (await fetch(shop.url)).headers.get('x-release')

async function deploy(version: string): Promise<void> {
  ids.set(version, await shop.deployed(await shop.bundle(version)))
}

beforeAll(async () => {
  shop = await openShop()
  const fail = async (version: string) => {
    const sick = { health: { body: '{"status":"critical"}' } }
    expect((await shop.deploy(await shop.bundle(version, sick))).code).toBe(1)
  }
  await deploy('v1')
  await fail('bad1')
  await deploy('v2')
  await deploy('v3')
  await fail('bad2')
})
afterAll(() => shop?.[Symbol.asyncDispose]())

test('after failed deploys a rollback goes to the last proven release, a second one goes one further, a third says there is none', async () => {
  expect(await statesOf(shop.root)).toEqual([
    'v1 proven',
    'bad1 failed',
    'v2 proven',
    'v3 proven',
    'bad2 failed',
  ])

  const first = await shop.rollback()
  expect(first.code, first.said).toBe(0)
  expect([await currentOf(shop.root), await serving()]).toEqual([ids.get('v2'), ids.get('v2')])

  const second = await shop.rollback()
  expect(second.code, second.said).toBe(0)
  expect([await currentOf(shop.root), await serving()]).toEqual([ids.get('v1'), ids.get('v1')])

  const before = await theApps()
  const third = await shop.rollback()
  expect(third.code, third.said).toBe(1)
  expect(third.err).toContain('There is no earlier proven release')
  expect(await theApps()).toEqual(before)
  expect(await serving()).toBe(ids.get('v1'))
})

describe('what is not the name of a proven release moves nothing', () => {
  test.each([
    ['an unknown name', ['--to', '20200101_000000-abcdef0']],
    ['a path upwards', ['--to', '..']],
    ['a path with a proven release', ['--to', 'x/../current']],
    ['an absolute path', ['--to', '/etc']],
    ['an empty name', ['--to', '']],
    ['a word with a shell in it', ['--to', '$(touch HACKED)']],
    ['a word with a quote', ['--to', `'; touch HACKED; '`]],
    ['an option', ['--to', '--yes']],
    ['an option of ssh', ['--to=-oProxyCommand=touch HACKED']],
    ['two lines', ['--to', '20200101_000000-abcdef0\n..']],
    ['a release where the environment belongs', ['20200101_000000-abcdef0']],
  ])('%s', async (_, words) => {
    const before = await theApps()

    const ended = await shop.rollback('test', ...words)

    expect(ended.code, ended.said).toBeGreaterThan(0)
    expect(ended.code, ended.said).toBeLessThanOrEqual(3)
    expect(ended.out).toBe('')
    expect(await theApps()).toEqual(before)
    expect(await serving()).toBe(ids.get('v1'))
    expect(await readdir(shop.directory)).not.toContain('HACKED')
  })

  test('a failed release by its name', async () => {
    const failed =
      (await readdir(join(shop.root, 'releases'))).find(id => ![...ids.values()].includes(id)) ?? ''
    const before = await theApps()

    const ended = await shop.rollback('test', '--to', failed)

    expect(ended.code, ended.said).toBe(1)
    expect(ended.err).toContain('never proven')
    expect(await theApps()).toEqual(before)
  })

  test('the release that serves', async () => {
    const ended = await shop.rollback('test', '--to', ids.get('v1') ?? '')

    expect(ended.code, ended.said).toBe(1)
    expect(ended.err).toContain('already live')
  })

  test('a release whose directory is gone', async () => {
    const id = ids.get('v2') ?? ''
    const directory = join(shop.root, 'releases', id)
    await rename(directory, join(shop.directory, 'away'))
    try {
      const before = await theApps()
      const ended = await shop.rollback('test', '--to', id)
      expect(ended.code, ended.said).toBe(1)
      expect(ended.err).toContain(`There is no release ${id}`)
      expect(await theApps()).toEqual(before)
    } finally {
      await rename(join(shop.directory, 'away'), directory)
    }
  })

  test('a release that is no longer what it was', async () => {
    const id = ids.get('v2') ?? ''
    const directory = join(shop.root, 'releases', id)
    await writeFile(join(directory, 'behaviour.json'), '{"version":"patched by hand"}')

    const ended = await shop.rollback('test', '--to', id)

    expect(ended.code, ended.said).toBe(1)
    expect(ended.err).toContain('behaviour.json')
    expect([await currentOf(shop.root), await serving()]).toEqual([ids.get('v1'), ids.get('v1')])
  })
})

test('without a terminal and without --yes a rollback changes nothing and says how to agree', async () => {
  await deploy('v4')
  const before = await theApps()

  const ended = await shop.run('rollback')

  expect(ended.code, ended.said).toBe(8)
  expect(ended.err).toContain('--yes')
  expect(await theApps()).toEqual(before)
})

test('a rollback to a release that does not prove itself any more is taken back', async () => {
  await deploy('v5')
  const v4 = ids.get('v4')
  // Proven once; today its smoke sees something that it lacks.
  const checks = shop.document['checks'] as Record<string, Record<string, unknown>>
  const page = { ...checks['page'], expect: { text: { contains: 'v5' } } }
  await shop.configure({ checks: { ...checks, page } })

  const ended = await shop.rollback('test', '--json')

  expect(ended.code, ended.said).toBe(1)
  expect(ended.document).toMatchObject({ schema: 'stellwerk.rollback/1', release: v4, status: 'undone' })
  expect([await currentOf(shop.root), await serving()]).toEqual([ids.get('v5'), ids.get('v5')])
  expect(await statesOf(shop.root)).toContain('v5 proven')
  await shop.configure({ checks })
})

test('success is the last thing that is said', async () => {
  const lines: string[] = []
  const ended = await shop.start(['rollback', '--yes'], { onLine: line => lines.push(line) }).ended

  expect(ended.code, ended.said).toBe(0)
  const proven = lines.findIndex(line => line.includes('is proven'))
  const after = lines.slice(proven + 1).filter(line => !line.startsWith('  →'))
  expect(proven).toBeGreaterThan(lines.findIndex(line => line.includes('Smoke')))
  expect(lines.findIndex(line => line.includes('Smoke'))).toBeGreaterThan(0)
  expect(after).toEqual([])
  expect(lines.filter(line => line.includes('is proven'))).toHaveLength(1)
})
