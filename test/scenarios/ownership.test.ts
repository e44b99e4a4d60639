// A file that root left behind in shared storage: the app dies of it an hour later, so it is found before the switch.
import { execFileSync } from 'node:child_process'
import { chmod, lchown, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { fingerprint, openShop, type Shop, statesOf } from '../rigs/shop.ts'

const root = process.getuid?.() === 0
const user = 'nobody'
let shop: Shop
let storage: string
const serving = async () => (await fetch(shop.url)).headers.get('x-release')

beforeAll(async () => {
  if (!root) return
  const release = { user, shared: { directories: ['storage'], skeleton: ['storage/logs'] } }
  shop = await openShop({ document: { release } })
  storage = join(shop.root, 'shared/storage')
  // The app's user must be able to come here at all.
  for (const path of [shop.rig.directory, join(shop.root, '..'), shop.root]) await chmod(path, 0o755)
  await shop.deployed(await shop.bundle('v1'))
})
afterAll(() => shop?.[Symbol.asyncDispose]())

describe.skipIf(!root)('as another user than the one that deploys (needs root)', () => {
  beforeEach(async () => {
    await rm(storage, { recursive: true })
    await mkdir(join(storage, 'logs'), { recursive: true })
    execFileSync('chown', ['-R', user, storage])
  })

  const foreign: readonly [string, () => Promise<string>][] = [
    [
      'a log that root made',
      async () => {
        const path = join(storage, 'logs/app.log')
        await writeFile(path, 'started by hand\n', { mode: 0o644 })
        return path
      },
    ],
    [
      'a directory that root made',
      async () => {
        const path = join(storage, 'sessions')
        await mkdir(path, { mode: 0o755 })
        return path
      },
    ],
    [
      'a file with a name that shells trip over',
      async () => {
        const path = join(storage, "it's $(touch HACKED) a log")
        await writeFile(path, '', { mode: 0o644 })
        return path
      },
    ],
    [
      'storage itself',
      async () => {
        await lchown(storage, 0, 0)
        return storage
      },
    ],
  ]

  test.each(foreign)(
    '%s is named before the switch, and nothing is changed for users',
    async (name, make) => {
      const path = await make()
      const before = await serving()
      const shared = await fingerprint(join(shop.root, 'shared'))

      const ended = await shop.deploy(await shop.bundle(name.replaceAll(' ', '-')), '--json')

      expect(ended.code, ended.said).toBe(1)
      const { problem } = ended.events.find(event => event.type === 'run.end') ?? {}
      expect(problem).toMatchObject({ code: 'STW-R321', what: { en: expect.stringContaining(path) } })
      expect(JSON.stringify(problem?.next)).toContain('chown')
      const steps = ended.events.flatMap(event => (event.type === 'step.begin' ? [event.step] : []))
      expect(steps.filter(step => step.startsWith('switch/'))).toEqual([])
      expect(await serving()).toBe(before)
      expect(await fingerprint(join(shop.root, 'shared'))).toEqual(shared)
    },
  )

  test('a link out of storage is not followed: what lies behind it keeps its owner and its mode', async () => {
    const outside = join(shop.directory, 'outside')
    await mkdir(outside, { recursive: true })
    await writeFile(join(outside, 'system.conf'), 'root only', { mode: 0o600 })
    await symlink(outside, join(storage, 'exports'))
    const before = await fingerprint(outside)

    const ended = await shop.deploy(await shop.bundle('with-link'))

    expect(ended.code, ended.said).toBe(0)
    expect(await fingerprint(outside)).toEqual(before)
    expect(await statesOf(shop.root)).toContain('with-link proven')
  })

  test('directories that a deploy makes belong to the user of the app', async () => {
    await rm(storage, { recursive: true })

    await shop.deployed(await shop.bundle('fresh-storage'))

    const owner = (path: string) => execFileSync('stat', ['-c', '%U', path], { encoding: 'utf8' }).trim()
    expect([owner(storage), owner(join(storage, 'logs'))]).toEqual([user, user])
  })
})
