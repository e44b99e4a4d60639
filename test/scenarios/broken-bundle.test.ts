// A broken bundle stops before any change: nothing on the host differs afterwards, and the message names the file.
import { execFileSync } from 'node:child_process'
import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { packBundle } from '../../src/release/bundle/pack.ts'
import { aHead, writeTree } from '../rigs/a-bundle.ts'
import { fingerprint, openShop, type Shop } from '../rigs/shop.ts'

let shop: Shop
beforeAll(async () => {
  const shared = { directories: ['storage'], files: ['.env'] }
  shop = await openShop({ document: { release: { shared } } })
  await mkdir(join(shop.root, 'shared/storage'), { recursive: true })
  await writeFile(join(shop.root, 'shared/.env'), 'KEY=1\n', { mode: 0o600 })
  await writeFile(join(shop.root, 'shared/storage/upload.bin'), 'an upload')
  await shop.deployed(await shop.bundle('v1'))
})
afterAll(() => shop?.[Symbol.asyncDispose]())

// Stellwerk's own directory holds journals and logs, which grow; everything that is the app's stands still.
const theApps = () => fingerprint(shop.root, ['.stellwerk'])

/** Runs `action` and insists that no host was asked, and that this one is as before, byte by byte, and serves as before. */
async function unchanged<T>(action: () => Promise<T>): Promise<T> {
  const before = await theApps()
  const answer = await release()
  const asked = shop.hosts[0]?.sessionsOpened()
  const result = await action()
  expect(await theApps()).toEqual(before)
  expect(await release()).toBe(answer)
  expect(shop.hosts[0]?.sessionsOpened()).toBe(asked)
  return result
}

async function release(): Promise<string | null> {
  return (await fetch(shop.url)).headers.get('x-release')
}

/** A bundle whose tree is changed between its sums and its packing. */
async function tampered(name: string, change: (root: string) => Promise<void>): Promise<string> {
  const root = join(shop.directory, name)
  await writeTree(root, {
    'server.js': await readFile(join(shop.directory, 'v1/server.js')),
    'page.txt': 'as built',
  })
  const { head } = await aHead(root, undefined, { version: name })
  await change(root)
  const path = join(shop.directory, `${name}.stw.tar.zst`)
  await packBundle({
    root,
    head,
    manifest: (await aHead(root, undefined, { version: name })).manifest,
    path,
    signal: new AbortController().signal,
  })
  return path
}

describe('a bundle that is not what it says', () => {
  test('a file with another content is named, and nothing on the host differs', async () => {
    const bundle = await tampered('changed', root => writeFile(join(root, 'page.txt'), 'as bent!'))

    const ended = await unchanged(() => shop.deploy(bundle))

    expect(ended.code, ended.said).toBe(1)
    expect(ended.err).toContain('page.txt')
  })

  test('a file that nobody listed is named, and nothing on the host differs', async () => {
    const bundle = await tampered('extra', root => writeFile(join(root, 'stowaway.js'), 'hello'))

    const ended = await unchanged(() => shop.deploy(bundle))

    expect(ended.code, ended.said).toBe(1)
    expect(ended.err).toContain('stowaway.js')
  })

  test('a truncated archive is refused by its name, and nothing on the host differs', async () => {
    const bundle = await shop.bundle(
      'cut',
      {},
      { 'noise.bin': Buffer.from(Array.from({ length: 300_000 }, () => Math.floor(Math.random() * 256))) },
    )
    await truncate(bundle, 200_000)

    const ended = await unchanged(() => shop.deploy(bundle))

    expect(ended.code, ended.said).toBe(1)
    expect(ended.err).toContain('cut.stw.tar.zst')
  })

  test.each([
    ['no archive at all', 'hello, I am a bundle'],
    ['an empty file', ''],
  ])('%s is refused by its name', async (_, content) => {
    const bundle = join(shop.directory, 'nonsense.stw.tar.zst')
    await writeFile(bundle, content)

    const ended = await unchanged(() => shop.deploy(bundle))

    expect(ended.code, ended.said).toBe(1)
    expect(ended.err).toContain('nonsense.stw.tar.zst')
  })

  test('a bundle of another app is refused', async () => {
    const root = join(shop.directory, 'other-app')
    await writeTree(root, { 'server.js': 'process.exit(0)' })
    const path = join(shop.directory, 'other-app.stw.tar.zst')
    await packBundle({
      root,
      ...(await aHead(root, undefined, { app: 'warehouse' })),
      path,
      signal: new AbortController().signal,
    })

    const ended = await unchanged(() => shop.deploy(path))

    expect(ended.code, ended.said).toBe(1)
    expect(ended.err).toContain('warehouse')
  })
})

test('a build without one of its entry files ends before a host is asked, and names the file', async () => {
  const repository = join(shop.directory, 'repository')
  await writeTree(repository, { 'server.js': 'console.log(1)' })
  const build = { entries: ['server.js', 'public/index.html'] }
  await shop.configure({ build })
  await writeFile(join(repository, 'stellwerk.yaml'), await readFile(join(shop.directory, 'stellwerk.yaml')))
  const git = (...words: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...words], {
      cwd: repository,
    })
  git('init', '-q')
  git('add', '.')
  git('commit', '-qm', 'without its page')

  const ended = await unchanged(() => shop.start(['deploy', '--yes'], { cwd: repository }).ended)

  expect(ended.code, ended.said).toBe(1)
  expect(ended.err).toContain('public/index.html')
})
