// What lies at the destinations is shown, read again, kept by the rule, and each destination proves what it can.

import { execFileSync } from 'node:child_process'
import { appendFile, chmod, readFile, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { setId } from '../../src/backup/set.ts'
import { rebind } from '../helpers/rebind.ts'
import { openSavedShop, type SavedShop } from '../rigs/saved-shop.ts'

let saved: SavedShop
let set: string
beforeAll(async () => {
  saved = await openSavedShop()
  const ended = await saved.run('backup', '--class', 'daily')
  if (ended.code !== 0) throw new Error(ended.said)
  set = (await saved.sets(saved.atNas, 'daily'))[0] ?? ''
})
afterAll(() => saved?.[Symbol.asyncDispose]())

const states = async () => {
  const { document } = await saved.ask('backup list')
  const all = document['destinations'] as {
    destination: string
    sets: { id: string; state: string }[]
    broken: { id: string }[]
  }[]
  return all.flatMap(({ destination, sets, broken }) => [
    ...sets.filter(({ id }) => id === set).map(({ state }) => `${destination} ${state}`),
    ...broken.filter(({ id }) => id === set).map(() => `${destination} broken`),
  ])
}

test('list shows each set at each destination, with its class, size and state', async () => {
  const text = await saved.run('backup list')

  expect(text.code, text.said).toBe(0)
  expect(text.out).toMatch(new RegExp(`nas\\n.*\\n${set}  daily  .* (B|kB)  verified\\n`))
  expect(text.out).toMatch(new RegExp(`disk\\n.*\\n${set}  daily  .* verified\\n`))
  expect(await states()).toEqual(['nas verified', 'disk verified'])
  const one = await saved.run('backup list', '--destination', 'nowhere')
  expect([one.code, one.err]).toEqual([2, expect.stringContaining('known: nas, disk')])
})

test('a set that was only stored is verified by reading it again', async () => {
  await rm(join(saved.atNas, 'daily', set, 'verified.json'))
  expect(await states()).toContain('nas stored')

  const ended = await saved.ask('backup verify', set, '--destination', 'nas')

  expect(ended.code, ended.said).toBe(0)
  expect(ended.document['results']).toMatchObject([{ destination: 'nas', set, verdict: 'pass' }])
  expect(await states()).toContain('nas verified')
})

test.each([
  ['one byte more', (file: string) => appendFile(file, 'x'), 'has'],
  ['one byte changed', flip, 'is another file'],
  ['a part that is gone', (file: string) => rename(file, `${file}.away`), 'is gone'],
])('%s: verify says which part, and nothing trusts the set any more', async (_, damage, words) => {
  const file = join(saved.atNas, 'daily', set, 'db-second.sqlite.zst')
  const before = await readFile(file)
  expect((await saved.run('drill')).code).toBe(0)
  expect(await states()).toContain('nas drilled')
  await damage(file)

  const ended = await saved.run('backup verify', set)

  expect(ended.code, ended.said).toBe(5)
  expect(ended.err).toContain(`db-second.sqlite.zst ${words}`)
  expect(ended.out).toContain(`Set ${set} at disk: verified`)
  expect(await states()).toEqual(['nas stored', 'disk verified'])
  const check = await saved.run('backup check')
  expect([check.code, check.out]).toEqual([5, expect.stringContaining('second at nas: no verified set')])
  expect((await saved.run('drill', '--set', set)).code).toBe(5)

  await writeFile(file, before)
  expect((await saved.run('backup verify', set)).code).toBe(0)
  expect(await states()).toEqual(['nas verified', 'disk verified'])
})

test('a set without a readable manifest is broken, and says so', async () => {
  const file = join(saved.atNas, 'daily', set, 'manifest.json')
  const before = await readFile(file)
  await writeFile(file, '{}')

  const [list, verify] = [await states(), await saved.run('backup verify', set)]
  await writeFile(file, before)

  expect(list).toEqual(['nas broken', 'disk verified'])
  expect([verify.code, verify.err]).toEqual([5, expect.stringContaining('STW-B524')])
})

test('a suspect set stays suspect, however whole it is', async () => {
  const file = join(saved.atNas, 'daily', set, 'manifest.json')
  const before = await readFile(file, 'utf8')
  const suspicions = [{ en: 'half of the rows are gone', de: 'die Hälfte der Zeilen fehlt' }]
  await writeFile(file, JSON.stringify({ ...JSON.parse(before), suspicions }))
  const directory = join(saved.atNas, 'daily', set)
  await rebind(directory)

  const verify = await saved.run('backup verify', set, '--destination', 'nas')
  const [list, shown] = [await states(), await saved.run('backup list')]
  await writeFile(file, before)
  const changed = await saved.run('backup verify', set, '--destination', 'nas')
  await rebind(directory)
  const again = await saved.run('backup verify', set, '--destination', 'nas')
  expect([changed.code, changed.err]).toEqual([5, expect.stringContaining('somebody changed it')])
  expect(again.code, again.said).toBe(0)

  expect([verify.code, verify.out]).toEqual([0, expect.stringContaining('still suspect')])
  expect(list).toContain('nas suspect')
  expect(shown.out).toContain('suspect: half of the rows are gone')
})

test('destination test proves each step and leaves nothing', async () => {
  const look = () => [saved.nas.files, join(saved.shop.root, 'disk')].map(tree)
  const before = look()

  const text = await saved.run('backup destination test')
  const { code, document } = await saved.ask('backup destination test', 'nas')

  expect([text.code, code], text.said).toEqual([0, 0])
  expect(document['destinations']).toMatchObject([
    {
      destination: 'nas',
      steps: ['list', 'write', 'read', 'rename', 'hash', 'free', 'delete'].map(step => ({
        step,
        verdict: 'pass',
      })),
    },
  ])
  expect(look()).toEqual(before)
})

test('destination test says no where nothing can be written, and what was not tried is not passed', async () => {
  const directory = join(saved.nas.files, 'backup')
  execFileSync('chown', ['-R', 'root', directory])
  await chmod(directory, 0o555)
  const { code, document, err } = await saved.ask('backup destination test', 'nas')
  execFileSync('chown', ['-R', '--reference', saved.nas.files, directory])
  await chmod(directory, 0o755)

  expect(code, err).toBe(5)
  expect(document).toMatchObject({
    pass: false,
    destinations: [
      {
        steps: expect.arrayContaining([
          expect.objectContaining({ step: 'write', verdict: 'fail' }),
          expect.objectContaining({ step: 'read', verdict: 'unknown' }),
        ]),
      },
    ],
  })
})

test('a destination that is off is exit 7, and the others are still shown', async () => {
  await saved.nas.stop()
  const list = await saved.run('backup list')
  const codes = [
    list.code,
    (await saved.run('backup verify')).code,
    (await saved.run('backup prune', '--dry-run')).code,
    (await saved.run('backup destination test', 'nas')).code,
    (await saved.run('drill')).code,
    (await saved.run('backup')).code,
  ]
  await saved.nas.start()

  expect(codes).toEqual([7, 7, 7, 7, 7, 7])
  expect(list.out).toContain('nas: not known')
  expect(list.out).toContain(set)
})

test('what is declared is in the set, and what is missing or dangles fails it', async () => {
  const archive = join(saved.atNas, 'daily', set, 'files-data.tar.zst')
  const listed = execFileSync('tar', ['--zstd', '-tf', archive], { encoding: 'utf8' })
  for (const name of ['logo.png', '.env', 'storage/a.txt']) expect(listed).toContain(name)
  expect(
    execFileSync('tar', ['--zstd', '-tf', archive, '--quoting-style=literal'], { encoding: 'utf8' }),
  ).toContain('Größe ü.txt')
  const parts = JSON.parse(await readFile(join(saved.atNas, 'daily', set, 'manifest.json'), 'utf8')).parts
  expect(parts.map(({ store }: { store: string }) => store)).toEqual(['main', 'second', 'data'])

  const { root } = saved.shop
  const link = join(root, 'shared/uploads')
  await unlink(link)
  const missing = await saved.run('backup')
  await symlink(join(root, 'gone'), link)
  const dangling = await saved.run('backup')
  await unlink(link)
  await symlink(join(root, 'volume'), link)
  const second = join(root, 'shared/data/second.sqlite')
  await rename(second, `${second}.away`)
  const without = await saved.run('backup')
  await rename(`${second}.away`, second)

  expect([missing.code, dangling.code, without.code], missing.said).toEqual([1, 1, 1])
  for (const { err } of [missing, dangling]) expect(err).toContain('shared/uploads')
  expect(without.err).toContain('second')
  // What was sound is kept, and says what it lacks.
  const lacking = (await saved.sets(saved.atNas, 'manual')).map(async id => {
    const { missing } = JSON.parse(await readFile(join(saved.atNas, 'manual', id, 'manifest.json'), 'utf8'))
    return missing.map(({ store }: { store: string }) => store)
  })
  expect(await Promise.all(lacking)).toEqual([['data'], ['data'], ['second']])
})

test('our own backups are no part of a backup', async () => {
  await saved.configure({ files: { all: { paths: ['shared', 'backups', 'disk', 'volume'] } } })
  const ended = await saved.run('backup', '--class', 'whole')
  await saved.configure({})

  const [whole = ''] = await saved.sets(saved.atNas, 'whole')
  expect(ended.code, ended.said).toBe(0)
  const listed = execFileSync(
    'tar',
    ['--zstd', '-tf', join(saved.atNas, 'whole', whole, 'files-all.tar.zst')],
    {
      encoding: 'utf8',
    },
  )
  expect(listed).toContain('.env')
  expect(listed).not.toMatch(/backups\/(spool|\.stellwerk)/)
  expect(listed).not.toContain('disk/shop')
})

// Last: it removes.
test('prune keeps the newest, the drilled and the pinned one, whatever the numbers say', async () => {
  await saved.configure({ keep: { daily: 2, 'pre-deploy': 1 }, beforeDeploy: 'always' })
  await saved.shop.deployed(await saved.shop.bundle('v1'))
  const [pinned = ''] = await saved.sets(saved.atNas, 'pre-deploy')
  expect(pinned).not.toBe('')
  for (let day = 1; day <= 8; day++)
    await saved.copy(saved.atNas, 'daily', set, `2020010${day}T020000Z-000${day}`)
  const began = Date.now()
  const later = (count: number) => setId(new Date(began + count * 30_000), new Uint8Array(2))
  await saved.copy(saved.atNas, 'pre-deploy', pinned, later(1))
  await saved.copy(saved.atNas, 'pre-deploy', pinned, later(2))
  const drill = await saved.run('drill', '--set', set, '--destination', 'nas')
  expect(drill.code, drill.said).toBe(0)
  const drilled = join(saved.atNas, 'daily', '20200103T020000Z-0003')
  await rename(join(saved.atNas, 'daily', set, 'drilled.json'), join(drilled, 'drilled.json'))
  await rebind(drilled)
  const before = tree(saved.atNas)

  const shown = await saved.ask('backup prune', '--dry-run')
  const halted = await saved.run('backup prune', '--yes')
  const nobody = await saved.run('backup prune', '--force')

  expect(shown.code, shown.said).toBe(0)
  expect([halted.code, halted.err]).toEqual([5, expect.stringContaining('--force')])
  expect(nobody.code).toBe(8)
  expect(tree(saved.atNas)).toEqual(before)

  const done = await saved.run('backup prune', '--force', '--yes')

  expect(done.code, done.said).toBe(0)
  expect(await saved.sets(saved.atNas, 'daily')).toEqual([
    '20200103T020000Z-0003',
    '20200108T020000Z-0008',
    set,
  ])
  expect(await saved.sets(saved.atNas, 'pre-deploy')).toEqual([pinned, later(2)].toSorted())
  expect((await saved.run('backup prune', '--yes')).out).toContain('0 removed')

  const future = `${new Date().getUTCFullYear() + 1}0101T000000Z-0000`
  await saved.copy(saved.atNas, 'daily', set, future)
  const mends = `stellwerk backup prune test --destination nas --future ${future}`
  expect((await saved.run('backup check')).out).toContain(mends)
  expect((await saved.run('backup prune', '--yes')).out).toContain(`--future ${future}`)
  expect((await saved.run('backup prune', '--destination', 'nas', '--future', set, '--yes')).err).toContain(
    'STW-B526',
  )
  const mended = await saved.run('backup prune', '--destination', 'nas', '--future', future, '--yes')
  expect([mended.code, mended.out], mended.said).toEqual([0, expect.stringContaining('1 removed')])
  expect(await saved.sets(saved.atNas, 'daily')).not.toContain(future)
})

function tree(directory: string): string {
  return execFileSync('find', [directory], { encoding: 'utf8' }).split('\n').toSorted().join('\n')
}

async function flip(file: string): Promise<void> {
  const content = await readFile(file)
  content[20] = (content[20] ?? 0) ^ 1
  await writeFile(file, content)
}
