// A rollback takes back what a release did to the data, only when it is asked to and its price was read and typed.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { columnsOf, type DataStory, openDataStory } from '../rigs/data-story.ts'
import { tailOf } from '../rigs/story.ts'
import { faultsOf } from '../rigs/story-state.ts'

const migration = ['ALTER TABLE calls ADD COLUMN more text', "INSERT INTO calls (what) VALUES ('migrated')"]

const rows = (data: DataStory, database?: string) => data.sql('SELECT what FROM calls ORDER BY id', database)

describe.each(['sqlite', 'postgres', 'mysql'] as const)('%s', kind => {
  test('release and rows of before the migration; what was written since is named and kept', async () => {
    await using data = await openDataStory(kind)
    const { story, target } = data
    const v1 = await data.deployed('v1')
    await data.deployed('v2', migration)
    await data.sql("INSERT INTO calls (what) VALUES ('since')")

    const asked = await story.run('rollback', '--with-data')
    expect(asked.code, tailOf(asked)).toBe(8)
    expect(asked.said).toMatch(/calls \+2/)
    expect(await columnsOf(data)).toBe('id,what,more')

    const back = await story.run('rollback', '--with-data', '--confirm', target)
    expect(back.code, tailOf(back)).toBe(0)
    expect(await columnsOf(data)).toBe('id,what')
    expect(await rows(data)).toBe('first\nsecond')
    expect(await data.kept()).toHaveLength(1)
    expect(await faultsOf(story, [v1])).toEqual([])
  })

  test('without it the schema stays, and one line says so; without a set nothing is offered', async () => {
    await using data = await openDataStory(kind)
    const { story, target } = data
    const v1 = await data.deployed('v1')
    await data.deployed('v2', migration)
    const plain = await story.run('rollback')
    expect(plain.code, tailOf(plain)).toBe(0)
    expect(plain.said).toContain('--with-data')
    expect(await columnsOf(data)).toBe('id,what,more')
    expect(await faultsOf(story, [v1])).toEqual([])

    const v3 = await story.run(
      'deploy',
      '--bundle',
      await data.bundle('v3'),
      '--without-backup',
      'nothing to migrate',
    )
    expect(v3.code, tailOf(v3)).toBe(0)
    const refused = await story.run('rollback', '--with-data', '--confirm', target)
    expect(refused.code).toBe(1)
    expect(refused.problems.map(({ code }) => code)).toEqual(['STW-B475'])
  })
})

test('a target that does not come up takes everything back: the new release on its own data', async () => {
  await using data = await openDataStory('sqlite')
  const { story, target } = data
  await data.deployed('v1')
  const v2 = await data.deployed('v2', migration)
  // Without this file the old release cannot start.
  await story.configure(document => ({
    ...document,
    checks: { health: { kind: 'command', command: 'test "$(basename "$PWD")" = nothing', retries: 0 } },
  }))
  const ended = await story.run('rollback', '--with-data', '--confirm', target)
  expect(ended.code, tailOf(ended)).toBe(1)
  expect(await columnsOf(data)).toBe('id,what,more')
  expect(await rows(data)).toBe('first\nsecond\nmigrated')
  expect(await faultsOf(story, [v2])).toEqual([])
})

test('a damaged file is planned and kept as it is, and the data of before comes back', async () => {
  await using data = await openDataStory('sqlite')
  const { story, target } = data
  await data.deployed('v1')
  await data.deployed('v2', migration)
  const file = join(story.hosts[0]?.root ?? '', 'shared/data', target)
  const content = await readFile(file)
  await writeFile(file, content.fill(0, 0, 16))

  const plan = await story.run('plan rollback', '--with-data')
  expect(plan.code, tailOf(plan)).toBe(0)
  expect(JSON.stringify(plan.document)).toContain('"kind":"backup.shadow"')
  const ended = await story.run('rollback', '--with-data', '--confirm', target)
  expect(ended.code, tailOf(ended)).toBe(0)
  expect(await rows(data)).toBe('first\nsecond')
})
