// A plan that was read and agreed to is what runs, or nothing runs.
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { currentOf, fingerprint, openShop, type Shop } from '../rigs/shop.ts'

let shop: Shop
const theApps = () => fingerprint(shop.root, ['.stellwerk'])

beforeAll(async () => {
  shop = await openShop()
  await shop.deployed(await shop.bundle('v1'))
})
afterAll(() => shop?.[Symbol.asyncDispose]())

async function save(version: string): Promise<string> {
  const file = join(shop.directory, `${version}.plan.json`)
  const ended = await shop.run(
    'plan',
    'deploy',
    'test',
    '--bundle',
    await shop.bundle(version),
    '--save',
    file,
  )
  if (ended.code !== 0) throw new Error(ended.said)
  return file
}

const apply = (file: string) => shop.run('deploy', 'test', '--plan', file, '--yes')

test('planning changes nothing; the saved plan is carried out as it was shown', async () => {
  const before = await theApps()
  const file = await save('v2')
  expect(await theApps()).toEqual(before)
  const { plan } = JSON.parse(await readFile(file, 'utf8'))

  const ended = await apply(file)

  expect(ended.code, ended.said).toBe(0)
  expect(await currentOf(shop.root)).toBe(plan.summary.release)
  const ran = JSON.parse(await readFile(join(shop.root, '.stellwerk/runs', plan.run, 'plan.json'), 'utf8'))
  expect(ran).toEqual(plan)
})

test('applied a second time it is refused', async () => {
  const before = await theApps()

  const ended = await apply(join(shop.directory, 'v2.plan.json'))

  expect(ended.code, ended.said).toBe(1)
  expect(ended.err).toContain('STW-D301')
  expect(await theApps()).toEqual(before)
})

test('after somebody else has deployed it is refused, and so it is after a rollback to the same release', async () => {
  const file = await save('v3')
  const between = await shop.deployed(await shop.bundle('v4'))

  const refused = await apply(file)
  const back = await shop.rollback()
  const again = await apply(file)

  expect([refused.code, refused.err.includes('STW-D301')], refused.said).toEqual([1, true])
  expect(back.code, back.said).toBe(0)
  // v2 serves again, but v4 was there meanwhile: what was agreed to knew nothing of it.
  expect([again.code, again.err.includes('STW-D301')], again.said).toEqual([1, true])
  expect(await currentOf(shop.root)).not.toBe(between)
})

test('a plan whose bundle is another one by now is refused, and nothing is changed', async () => {
  const file = await save('v6')
  const path = join(shop.directory, 'v6.stw.tar.zst')
  const other = await shop.bundle('v7')
  await writeFile(path, await readFile(other))
  const before = await theApps()

  const ended = await apply(file)

  expect(ended.code, ended.said).toBe(1)
  expect(await theApps()).toEqual(before)
})

test('what is no plan is refused, and says why', async () => {
  const file = join(shop.directory, 'no.plan.json')
  const contents = [
    '',
    'hello',
    '{}',
    '{"schema":"stellwerk.saved-plan/1"}',
    '{"schema":"stellwerk.saved-plan/1","plan":{"schema":"stellwerk.plan/2"}}',
  ]
  for (const content of contents) {
    await writeFile(file, content)
    const ended = await apply(file)
    expect(ended.code, `${content}\n${ended.said}`).toBe(1)
    expect(ended.err).toContain('STW-D302')
  }
  await rm(file)
  const gone = await apply(file)
  expect([gone.code, gone.err.includes('STW-D302')], gone.said).toEqual([1, true])
})

interface Edited {
  readonly hosts: { root: string }[]
  readonly phases: { readonly id: string; readonly steps: { readonly remove: string[] }[] }[]
}

test.each<[string, string, (plan: Edited) => unknown]>([
  [
    'v10',
    'a directory outside to be removed',
    (plan: Edited) => plan.phases.at(-1)?.steps.at(-1)?.remove.push('../../victim'),
  ],
  ['v11', 'no phases at all', (plan: Edited) => plan.phases.splice(0)],
  [
    'v12',
    'the proof left out',
    (plan: Edited) =>
      plan.phases.splice(
        plan.phases.findIndex(phase => phase.id === 'verify'),
        1,
      ),
  ],
  ['v13', 'another root', (plan: Edited) => Object.assign(plan.hosts[0] ?? {}, { root: '/tmp/elsewhere' })],
])('an edited plan is refused before anything happens (%s): %s', async (version, _name, edit) => {
  const file = await save(version)
  const saved = JSON.parse(await readFile(file, 'utf8'))
  edit(saved.plan)
  await writeFile(file, JSON.stringify(saved))
  const before = await theApps()

  const ended = await apply(file)

  expect([ended.code, ended.err.includes('STW-D304')], ended.said).toEqual([1, true])
  expect(await theApps()).toEqual(before)
})

test('a file that is no saved plan is named, with what is wrong in it', async () => {
  const file = await save('v9')
  const saved = JSON.parse(await readFile(file, 'utf8'))
  delete saved.plan.hosts
  await writeFile(file, JSON.stringify(saved))

  const ended = await apply(file)

  expect([ended.code, ended.err.includes('"plan.hosts" is not what')], ended.said).toEqual([1, true])
})
