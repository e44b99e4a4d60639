// A restore brings a set back beside the live database, compares it, and only then swaps; what was live is kept, and a person typed
// its name.
import { mkdir, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { rebind } from '../helpers/rebind.ts'
import { type DataStory, openDataStory } from '../rigs/data-story.ts'
import { tailOf } from '../rigs/story.ts'
import { faultsOf } from '../rigs/story-state.ts'

async function backedUp(data: DataStory): Promise<string> {
  const ended = await data.story.run('backup')
  expect(ended.code, tailOf(ended)).toBe(0)
  return String(ended.document?.['set'])
}

const rows = (data: DataStory, database?: string) => data.sql('SELECT what FROM calls ORDER BY id', database)

describe.each(['sqlite', 'postgres', 'mysql'] as const)('%s', kind => {
  test('what was deleted is back, what was live is kept, and the app answers from the restored rows', async () => {
    await using data = await openDataStory(kind)
    const { story, target } = data
    const release = await data.deployed('v1')
    await backedUp(data)
    await data.sql("DELETE FROM calls WHERE what = 'first'")
    await data.sql("INSERT INTO calls (what) VALUES ('later'), ('last')")

    expect((await story.run('restore', '--dry-run', '--confirm', target)).code).toBe(2)
    const refused = await story.run('restore')
    expect(refused.code, tailOf(refused)).toBe(8)
    expect(refused.said).toContain('calls +1')
    expect((await story.run('restore', '--confirm', 'another')).code).toBe(8)
    expect(await rows(data)).toBe('second\nlater\nlast')

    const restored = await story.run('restore', '--confirm', target)
    expect(restored.code, tailOf(restored)).toBe(0)
    expect(await rows(data)).toBe('first\nsecond')
    expect(await faultsOf(story, [release])).toEqual([])
    const url = story.hosts[0]?.url ?? ''
    expect((await (await fetch(url)).text()).trim()).toBe('2')

    const kept = await data.kept()
    expect(kept).toHaveLength(1)
    const [old = ''] = kept
    const where = kind === 'sqlite' ? join(story.hosts[0]?.root ?? '', 'shared/data', old) : old
    expect(await rows(data, where)).toBe('second\nlater\nlast')
    expect(await readdir(join(data.disk, 'story/test/safety'))).toHaveLength(1)
    expect(await readdir(join(story.hosts[0]?.root ?? '', 'backups/restore'))).toEqual([])

    const dry = await story.run('restore finish', '--dry-run')
    expect(dry.said).toContain(old)
    expect((await story.run('restore finish')).code).toBe(8)
    const finished = await story.run('restore finish', '--confirm', 'test')
    expect(finished.code, tailOf(finished)).toBe(0)
    expect(await data.kept()).toEqual([])
  })

  test('--to restores beside and leaves the live one alone; a name that exists is refused', async () => {
    await using data = await openDataStory(kind)
    const { story } = data
    await data.deployed('v1')
    const set = await backedUp(data)
    await data.sql("INSERT INTO calls (what) VALUES ('later')")
    const to = kind === 'sqlite' ? join(story.directory, 'yesterday.sqlite') : 'yesterday'

    const beside = await story.run('restore', set, '--to', to)
    expect(beside.code, tailOf(beside)).toBe(0)
    expect(await rows(data, to)).toBe('first\nsecond')
    expect(await rows(data)).toBe('first\nsecond\nlater')
    const again = await story.run('restore', set, '--to', to)
    expect([again.code, again.problems.at(0)?.code]).toEqual([1, 'STW-B110'])
    expect(await rows(data, to)).toBe('first\nsecond')
  })

  test('a part that changed at its destination, or a set that is not what its manifest says, touches nothing', async () => {
    await using data = await openDataStory(kind)
    const { story, target } = data
    const release = await data.deployed('v1')
    const directory = join(data.disk, 'story/test/manual', await backedUp(data))
    await data.sql("INSERT INTO calls (what) VALUES ('later')")
    const manifest = join(directory, 'manifest.json')
    const whole = await readFile(manifest, 'utf8')

    await writeFile(manifest, whole.replace(/"rows": 2/, '"rows": 3'))
    const another = await story.run('restore', directory.slice(-21), '--confirm', target)
    expect([another.code, another.problems.at(0)?.code]).toEqual([1, 'STW-B463'])
    await rebind(directory)
    const lying = await story.run('restore', '--confirm', target)
    expect([lying.code, lying.problems.at(0)?.code], tailOf(lying)).toEqual([1, 'STW-B462'])
    await writeFile(manifest, whole)
    await rebind(directory)
    const part = join(directory, String((await readdir(directory)).find(name => name.startsWith('db-main'))))
    const bytes = await readFile(part)
    bytes[bytes.length - 9] = (bytes.at(-9) ?? 0) ^ 1
    await writeFile(part, bytes)
    const changed = await story.run('restore', '--confirm', target)
    expect([changed.code, changed.problems.at(0)?.code], tailOf(changed)).toEqual([1, 'STW-B425'])

    await rm(join(directory, 'verified.json'))
    const unverified = await story.run('restore', directory.slice(-21), '--confirm', target)
    expect([unverified.code, unverified.problems.at(0)?.code]).toEqual([1, 'STW-B463'])
    expect(await rows(data)).toBe('first\nsecond\nlater')
    expect(await data.kept()).toEqual([])
    expect(await faultsOf(story, [release])).toEqual([])
  })
})

test('files: missing ones come back, existing ones only when they are named, what people keep by hand never', async () => {
  const files = { uploads: { paths: ['shared/uploads', 'shared/.env'] } }
  await using data = await openDataStory('sqlite', {
    document: document => ({
      ...document,
      release: { keep: 3, shared: { directories: ['data', 'uploads'], files: ['.env'] } },
      backup: { ...(document['backup'] as object), files },
    }),
  })
  const { story } = data
  const shared = join(story.hosts[0]?.root ?? '', 'shared')
  const write = (path: string, text: string) => writeFile(join(shared, path), text)
  const read = (path: string) => readFile(join(shared, path), 'utf8')
  await mkdir(join(shared, 'uploads'), { recursive: true })
  await write('.env', 'KEY=1')
  await write('uploads/a b.png', 'a')
  await write('uploads/c.png', 'c')
  await mkdir(join(shared, 'uploads/sizes'))
  await symlink('../c.png', join(shared, 'uploads/sizes/small.png'))
  await symlink('/etc', join(shared, 'uploads/out'))
  await backedUp(data)
  await rm(join(shared, 'uploads/sizes'), { recursive: true })
  await rm(join(shared, 'uploads/out'))
  await rm(join(shared, 'uploads/a b.png'))
  await write('uploads/c.png', 'changed')
  await write('uploads/new.png', 'new')
  await write('.env', 'KEY=2')

  const looked = await story.run('restore', '--app', '--dry-run')
  expect(looked.code, tailOf(looked)).toBe(0)
  expect(looked.document).toMatchObject({
    schema: 'stellwerk.restore-files/1',
    store: 'uploads',
    files: [
      { state: 'differs', path: join(shared, '.env') },
      { state: 'missing', path: join(shared, 'uploads/a b.png') },
      { state: 'differs', path: join(shared, 'uploads/c.png') },
      { state: 'extra', path: join(shared, 'uploads/new.png') },
      { state: 'missing', path: join(shared, 'uploads/sizes/small.png') },
    ],
  })
  expect(await readdir(join(shared, 'uploads'))).not.toContain('a b.png')

  const missing = await story.run('restore', '--app')
  expect(missing.code, tailOf(missing)).toBe(0)
  expect(await readlink(join(shared, 'uploads/sizes/small.png'))).toBe('../c.png')
  // One that leads out of the store is named and stays away.
  expect(await readdir(join(shared, 'uploads'))).not.toContain('out')
  expect(JSON.stringify(missing.events)).toContain('do not come back: shared/uploads/out')
  expect([await read('uploads/a b.png'), await read('uploads/c.png'), await read('.env')]).toEqual([
    'a',
    'changed',
    'KEY=2',
  ])

  expect((await story.run('restore', '--app', '--file', 'shared/.env', '--confirm', 'uploads')).code).toBe(1)
  expect((await story.run('restore', '--app', '--file', 'shared/uploads/c.png')).code).toBe(8)
  const named = await story.run('restore', '--app', '--file', 'shared/uploads/c.png', '--confirm', 'uploads')
  expect(named.code, tailOf(named)).toBe(0)
  expect([await read('uploads/c.png'), await read('uploads/new.png'), await read('.env')]).toEqual([
    'c',
    'new',
    'KEY=2',
  ])
})
