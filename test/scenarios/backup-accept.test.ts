// Data went on purpose: the next set does not fit its history and counts for nothing, until a person says that it is right.
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSavedShop, type SavedShop } from '../rigs/saved-shop.ts'

let saved: SavedShop
beforeAll(async () => {
  saved = await openSavedShop()
})
afterAll(() => saved?.[Symbol.asyncDispose]())

const backUp = async () => {
  const before = await saved.sets(saved.atNas, 'daily')
  const ended = await saved.run('backup', '--class', 'daily')
  const [set = ''] = (await saved.sets(saved.atNas, 'daily')).filter(id => !before.includes(id))
  return { ...ended, set }
}

const stateAt = async (id: string) => {
  const { document } = await saved.ask('backup list', '--destination', 'nas')
  const [nas] = document['destinations'] as { sets: { id: string; state: string; accepted: unknown }[] }[]
  return nas?.sets.find(set => set.id === id)
}

test('a suspect set names the command that accepts it, and accepted it is what the next ones are compared with', async () => {
  const first = await backUp()
  expect(first.code, first.said).toBe(0)
  for (const file of ['volume/logo.png', 'volume/Größe ü.txt', 'shared/storage/a.txt'])
    await rm(join(saved.shop.root, file))

  const shrunk = await backUp()
  expect(shrunk.code, shrunk.said).not.toBe(0)
  expect(shrunk.said).toContain(`stellwerk backup accept test ${shrunk.set} --reason "<why>"`)
  expect(await stateAt(shrunk.set)).toMatchObject({ state: 'suspect', accepted: null })

  const without = await saved.run('backup accept', shrunk.set)
  expect([without.code, without.err]).toEqual([2, expect.stringContaining('--reason')])
  const ended = await saved.ask('backup accept', shrunk.set, '--reason', 'the old logos are gone')
  expect(ended.code, ended.said).toBe(0)
  expect(ended.document).toMatchObject({
    set: shrunk.set,
    accepted: { reason: 'the old logos are gone', by: expect.stringMatching(/./) },
    destinations: [{ destination: 'nas', verified: true }],
  })
  expect(await stateAt(shrunk.set)).toMatchObject({ state: 'verified' })
  const list = await saved.run('backup list')
  expect(list.out).toMatch(new RegExp(`${shrunk.set} .* verified; accepted by .*: the old logos are gone`))

  const next = await backUp()
  expect(next.said).not.toContain('STW-B032')
  const nothing = await saved.run('backup accept', next.set, '--reason', 'why not', '--json')
  expect([nothing.code, nothing.problems.map(({ code }) => code)]).toEqual([1, ['STW-B581']])
  const nowhere = await saved.run('backup accept', '20200101T000000Z-0000', '--reason', 'x', '--json')
  expect([nowhere.code, nowhere.problems.map(({ code }) => code)]).toEqual([1, ['STW-B580']])
})

test('each store of files has its list of sums beside it, which verify reads again as well', async () => {
  const [set = ''] = await saved.sets(saved.atNas, 'daily')
  const directory = join(saved.atNas, 'daily', set)
  expect(await readFile(join(directory, 'SHA256SUMS'), 'utf8')).toMatch(/ {2}files-data\.sums\.zst$/m)

  const whole = await saved.run('backup verify', set, '--destination', 'nas')
  await rm(join(directory, 'files-data.sums.zst'))
  const damaged = await saved.run('backup verify', set, '--destination', 'nas')

  expect(whole.code, whole.said).toBe(0)
  expect(damaged.code).toBe(5)
  expect(damaged.err).toContain('files-data.sums.zst is gone')
})
