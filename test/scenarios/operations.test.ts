// S19: what destroys data needs the typed name of its target and a fresh verified backup that holds it.
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { rebind } from '../helpers/rebind.ts'
import { type DataStory, openDataStory } from '../rigs/data-story.ts'
import { tailOf } from '../rigs/story.ts'

const operations = {
  reset: {
    command: `${process.execPath} -e "const{DatabaseSync}=require('node:sqlite');new DatabaseSync('data/app.sqlite').exec('DELETE FROM calls')"`,
    destructive: true,
    target: 'main',
    about: 'Forget all calls',
  },
  touch: { command: 'touch data/touched' },
}

const rows = async (data: DataStory) => Number(await data.sql('SELECT count(*) FROM calls'))
const codes = (ended: Awaited<ReturnType<DataStory['story']['run']>>) =>
  ended.problems.map(({ code }) => code)

async function setDirectory(data: DataStory): Promise<string> {
  const sets = join(data.disk, 'story/test/manual')
  const [newest = ''] = (await readdir(sets)).toSorted().toReversed()
  return join(sets, newest)
}

test('a destructive operation is blocked until name and backup are right', async () => {
  await using data = await openDataStory('sqlite', { document: document => ({ ...document, operations }) })
  const { story } = data
  await data.deployed('v1')
  for (const left of ['pre-deploy', 'manual'])
    await rm(join(data.disk, 'story/test', left), { recursive: true, force: true })

  const without = await story.run('operation', 'reset', '--confirm', 'main')
  expect([without.code, codes(without)]).toEqual([1, ['STW-B502']])

  expect((await story.run('backup')).code).toBe(0)
  const verified = join(await setDirectory(data), 'verified.json')
  const proof = await readFile(verified, 'utf8')
  await rm(verified)
  const unverified = await story.run('operation', 'reset', '--confirm', 'main')
  expect([unverified.code, codes(unverified)]).toEqual([1, ['STW-B502']])
  await writeFile(verified, proof)

  const nobody = await story.run('operation', 'reset')
  expect([nobody.code, codes(nobody)]).toEqual([8, ['STW-B500']])
  const wrong = await story.run('operation', 'reset', '--confirm', 'mian')
  expect([wrong.code, codes(wrong)]).toEqual([8, ['STW-B501']])

  const manifest = join(await setDirectory(data), 'manifest.json')
  const whole = await readFile(manifest, 'utf8')
  await writeFile(manifest, whole.replace(/"createdAt": "\d{4}/, '"createdAt": "2020'))
  await rebind(await setDirectory(data))
  const old = await story.run('operation', 'reset', '--confirm', 'main')
  expect([old.code, codes(old)]).toEqual([1, ['STW-B503']])
  await writeFile(manifest, whole)
  await rebind(await setDirectory(data))
  expect(await rows(data)).toBe(2)

  const done = await story.run('operation', 'reset', '--confirm', 'main')
  expect(done.code, tailOf(done)).toBe(0)
  expect(await rows(data)).toBe(0)
})

test('an operation that destroys nothing needs --yes only; without a name all are listed; a failing one frees the lock', async () => {
  await using data = await openDataStory('sqlite', {
    document: document => ({ ...document, operations: { ...operations, fails: { command: 'exit 7' } } }),
  })
  const { story } = data
  await data.deployed('v1')
  const listed = await story.run('operation')
  expect(listed.document).toMatchObject({
    schema: 'stellwerk.operations/1',
    operations: [{ name: 'reset', destructive: true, target: 'main' }, { name: 'touch' }, { name: 'fails' }],
  })
  expect((await story.run('operation', 'touch')).code).toBe(0)
  expect(await readdir(join(story.hosts[0]?.root ?? '', 'shared/data'))).toContain('touched')
  const failed = await story.run('operation', 'fails')
  expect(failed.code, tailOf(failed)).toBe(4)
  expect((await story.run('operation', 'touch')).code).toBe(0)
  expect((await story.run('operation', 'tuoch')).code).toBe(2)
})
