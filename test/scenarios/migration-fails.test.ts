// S3: a migration fails half-way. The old release keeps answering; a schema that changed is taken back to the set from before, and
// what was written since is named; a schema that did not change is left alone.
import { describe, expect, test } from 'vitest'
import { stellwerk } from '../rigs/command-line.ts'
import { countRecords, crashAt, sample } from '../rigs/crash.ts'
import { columnsOf, type DataStory, openDataStory } from '../rigs/data-story.ts'
import { startLoad } from '../rigs/load.ts'
import { type Story, tailOf } from '../rigs/story.ts'
import { faultsOf } from '../rigs/story-state.ts'

const halfDone = [
  "INSERT INTO calls (what) VALUES ('by the migration')",
  'ALTER TABLE calls ADD COLUMN half text',
  'ALTER TABLE nowhere ADD COLUMN other text',
]
const onlyData = ["INSERT INTO calls (what) VALUES ('by the migration')", 'DELETE FROM nowhere']
const good = ['ALTER TABLE calls ADD COLUMN more text']

const count = async (data: DataStory, what: string) =>
  Number(await data.sql(`SELECT count(*) FROM calls WHERE what = '${what}'`))

function urlOf({ hosts }: Story): string {
  return hosts[0]?.url ?? ''
}

describe.each(['sqlite', 'postgres', 'mysql'] as const)('%s', kind => {
  test('half of the statements ran: the app answers all the time, the schema is back, rows since then are named', async () => {
    await using data = await openDataStory(kind)
    const { story } = data
    const v1 = await data.deployed('v1')
    const before = await columnsOf(data)
    const load = startLoad({ url: urlOf(story), concurrency: 2, timeout: 60_000 })
    await load.more(20)
    const ended = await story.run('deploy', '--bundle', await data.bundle('v2', halfDone))
    await load.more(20)
    const report = await load.stop()

    expect(ended.code, tailOf(ended)).toBe(1)
    expect(report.failed, report.reasons.join('; ')).toBe(0)
    expect(Object.keys(report.byRelease)).toEqual([v1])
    expect(await columnsOf(data)).toBe(before)
    expect(await count(data, 'by the migration')).toBe(0)
    expect(ended.said).toMatch(/rows written since: (public\.)?calls \+\d+/)
    expect((await data.kept()).filter(name => name.startsWith('stw_old_'))).toHaveLength(1)
    expect(await faultsOf(story, [v1])).toEqual([])
    const words = ['postmortem', String(ended.document?.['run']), 'test']
    const page = await stellwerk(words, { cwd: story.directory })
    expect(page.out).toMatch(
      /took itself back and restored \S+ on web1 from set \S+ by itself: .* (public\.)?calls \+\d+\. It lies in \S+\.$/m,
    )
  })

  test('only rows were changed: nothing is restored', async () => {
    await using data = await openDataStory(kind)
    const v1 = await data.deployed('v1')
    const ended = await data.story.run('deploy', '--bundle', await data.bundle('v2', onlyData))

    expect(ended.code, tailOf(ended)).toBe(1)
    expect(ended.said).toContain('nothing to restore')
    expect(await count(data, 'by the migration')).toBe(1)
    expect(await data.kept()).toEqual([])
    expect(await faultsOf(data.story, [v1])).toEqual([])
  })

  test.each([
    ['keep', 'id,what,more'],
    ['restore', 'id,what'],
  ])('a good migration and a sick release, with undo: %s', async (undo, columns) => {
    await using data = await openDataStory(kind, { migrate: { undo } })
    const v1 = await data.deployed('v1')
    const ended = await data.story.run('deploy', '--bundle', await data.bundle('v2', good, 'sick'))

    expect(ended.code, tailOf(ended)).toBe(1)
    expect(await columnsOf(data)).toBe(columns)
    expect(await faultsOf(data.story, [v1])).toEqual([])
  })

  test('kill -9 while the migration is taken back: recover ends it, and the next deploy works', async () => {
    await using data = await openDataStory(kind)
    const { story } = data
    await data.deployed('v1')
    const bad = await data.bundle('v2', halfDone)
    const first = countRecords(story)
    expect((await story.run('deploy', '--bundle', bad)).code).toBe(1)
    const length = countRecords(story) - first
    const faults: string[] = []
    let hits = 0
    // From the migration's own outcome on everything is the way back.
    const points = Array.from({ length: 8 }, (_, index) => length - 8 + index)
    for (const point of sample(points, 3)) {
      const crash = await crashAt(story, ['deploy', '--bundle', bad], point)
      hits += Number(crash.hit)
      const recover = await story.run('recover')
      const at = `record ${point} (${crash.last})`
      if (recover.code !== 0) faults.push(`${at}: recover ended with ${recover.code}\n${tailOf(recover)}`)
      if ((await columnsOf(data)) !== 'id,what') faults.push(`${at}: ${await columnsOf(data)}`)
      faults.push(...(await faultsOf(story)).map(fault => `${at}: ${fault}`))
    }
    expect(faults).toEqual([])
    expect(hits).toBeGreaterThan(0)
    await data.deployed('v3')
  })
})
