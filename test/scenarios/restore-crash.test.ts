// kill -9 of a restore at the records of its journal, then recover: the live database is whole, the old one or the restored one;
// no lock is left, and a second restore works.

import { expect, test } from 'vitest'
import { countRecords, crashAt, sample } from '../rigs/crash.ts'
import { type DataKind, openDataStory } from '../rigs/data-story.ts'
import { full } from '../rigs/full.ts'
import { tailOf } from '../rigs/story.ts'
import { faultsOf } from '../rigs/story-state.ts'

const live = 'first\nsecond\nlater'
const restored = 'first\nsecond'

async function killAtEach(kind: DataKind, share: number): Promise<void> {
  await using data = await openDataStory(kind, { local: true })
  const { story, target } = data
  const rows = () => data.sql('SELECT what FROM calls ORDER BY id')
  const release = await data.deployed('v1')
  expect((await story.run('backup')).code).toBe(0)
  const words = ['restore', 'latest', '--confirm', target] as const
  const before = countRecords(story)
  const first = await story.run(...words)
  expect(first.code, tailOf(first)).toBe(0)
  const length = countRecords(story) - before
  const faults: string[] = []
  let hits = 0
  const points = Array.from({ length }, (_, index) => index + 1)
  for (const point of sample(points, share)) {
    await data.sql("INSERT INTO calls (what) VALUES ('later')")
    const crash = await crashAt(story, words, point)
    hits += Number(crash.hit)
    const recover = await story.run('recover')
    const at = `${kind}, record ${point} of ${length} (${crash.last})`
    if (recover.code !== 0) faults.push(`${at}: recover ended with ${recover.code}\n${tailOf(recover)}`)
    const is = await rows()
    if (is !== live && is !== restored) faults.push(`${at}: ${JSON.stringify(is)}`)
    faults.push(...(await faultsOf(story, [release])).map(fault => `${at}: ${fault}`))
    const again = await story.run(...words)
    if (again.code !== 0) faults.push(`${at}: again ended with ${again.code}\n${tailOf(again)}`)
    if ((await rows()) !== restored) faults.push(`${at}: again left ${JSON.stringify(await rows())}`)
  }
  expect(faults).toEqual([])
  expect(hits).toBeGreaterThan(0)
  const finished = await story.run('restore finish', '--confirm', 'test')
  expect(finished.code, tailOf(finished)).toBe(0)
  expect(await data.kept()).toEqual([])
}

// Every record takes longer than other stories.
const patience = full ? 1_800_000 : undefined
test.each([
  ['sqlite', 4],
  ['postgres', 4],
  // Only its swap differs: it moves table after table.
  ['mysql', 2],
] as const)('%s', { ...(patience === undefined ? {} : { timeout: patience }) }, async (kind, points) => {
  await killAtEach(kind, points)
})
