// A restore brings a set back beside the live database, compares it, and only then swaps; what was live is kept, and a person typed
// its name.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type DataStory, openDataStory } from '../rigs/data-story.ts'
import { tailOf } from '../rigs/story.ts'
import { faultsOf } from '../rigs/story-state.ts'

async function backedUp(data: DataStory): Promise<string> {
  const ended = await data.story.run('backup')
  expect(ended.code, tailOf(ended)).toBe(0)
  return String(ended.document?.['set'])
}

const rows = (data: DataStory, database?: string) => data.sql('SELECT what FROM calls ORDER BY id', database)

describe.each(['sqlite', 'postgres'] as const)('%s', kind => {
  test('what was deleted is back, what was live is kept, and the app answers from the restored rows', async () => {
    await using data = await openDataStory(kind)
    const { story, target } = data
    const release = await data.deployed('v1')
    await backedUp(data)
    await data.sql("DELETE FROM calls WHERE what = 'first'")
    await data.sql("INSERT INTO calls (what) VALUES ('later'), ('last')")

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
})
