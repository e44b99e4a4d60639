// kill -9 of a backup, wherever it is: no destination ever shows a set that counts and is not whole, the good one stays, and the
// next backup runs at once, without any recover, and clears what the dead one left.

import { readFile, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type BackupStory, type BackupStoryOptions, isThere, openBackupStory } from '../rigs/backup-story.ts'
import { type Crash, countRecords, crashAt, crashOnce, sample } from '../rigs/crash.ts'
import { full } from '../rigs/full.ts'
import { whyNoNas } from '../rigs/nas.ts'
import { tailOf } from '../rigs/story.ts'

const nas = whyNoNas() ? undefined : {}
let kills = 0
afterAll(() => console.log(`${kills} backups killed`))

/** In the order that they come. */
const files = [
  'RESTORE\\.md',
  'db-main\\.[^/]*',
  'db-second\\.[^/]*',
  'files-[^/]*',
  'SHA256SUMS',
  'manifest\\.json',
  'verified\\.json',
]

/** What must hold after a crash, and after the next backup. */
async function survived(backups: BackupStory, good: string, at: string): Promise<readonly string[]> {
  const { story } = backups
  const faults = [...(await backups.faults())]
  const again = await story.run('backup')
  if (again.code !== 0) faults.push(`the next backup ended with ${again.code}\n${tailOf(again)}`)
  faults.push(...(await backups.faults()), ...(await backups.left()).map(name => `left: ${name}`))
  for (const place of Object.keys(backups.places)) {
    const { sets } = await backups.catalogue(place)
    if (!sets.some(set => set.id === good && set.state === 'verified')) faults.push(`${place} lost ${good}`)
    const made = String(again.document?.['set'] ?? '')
    if ((await backups.newest(place)) <= good) faults.push(`${place} has nothing new ${made}`)
  }
  return faults.map(fault => `${at}: ${fault}`)
}

/** A good set of a class that no retention touches here. */
async function withGoodSet(backups: BackupStory): Promise<string> {
  const first = await backups.story.run('backup', '--class', 'daily')
  expect(first.code, tailOf(first)).toBe(0)
  return backups.newest('disk')
}

async function killAtEach(options: BackupStoryOptions, share: number): Promise<readonly string[]> {
  await using backups = await openBackupStory({ nas, ...options })
  const { story } = backups
  const good = await withGoodSet(backups)
  const before = countRecords(story)
  expect((await story.run('backup')).code).toBe(0)
  const length = countRecords(story) - before
  const points = Array.from({ length }, (_, index) => index + 1)
  const faults: string[] = []
  for (const point of sample(points, share)) {
    const crash = await crashAt(story, ['backup'], point)
    kills += Number(crash.hit)
    faults.push(...(await survived(backups, good, `record ${point} of ${length} (${crash.last})`)))
  }
  return faults
}

describe('kill -9 of a backup', () => {
  test.each([
    ['on this machine', {}],
    ['of a host over ssh', { hosts: 1 }],
  ])(`%s, at ${full ? 'every record' : 'some records, others each day'}`, async (_where, options) => {
    expect(await killAtEach(options, 4)).toEqual([])
  })

  test.each(nas ? ['disk', 'nas'] : ['disk'])('between two files at %s', async place => {
    await using backups = await openBackupStory({ nas, large: 3_000_000 })
    const { story, places } = backups
    const good = await withGoodSet(backups)
    const faults: string[] = []
    const top = join(places[place as 'disk'] ?? '', 'story/test/manual')
    for (const index of sample([...files.keys()], 2)) {
      const file = files[index] ?? ''
      const seen = new Set((await backups.catalogue(place)).sets.map(({ id }) => id))
      const broken = new Set((await backups.catalogue(place)).broken.map(({ id }) => id))
      const isNew = (name: string) => !seen.has(name) && !broken.has(name)
      const crash = await crashOnce(story, ['backup'], () =>
        isThere(top, new RegExp(`/${file}$`), name => isNew(name.split('/')[0] ?? '')),
      )
      kills += Number(crash.hit)
      if (!crash.hit) faults.push(`${file} never came`)
      faults.push(...(await survived(backups, good, file)))
    }
    expect(faults).toEqual([])
  })
})

test('a dead backup of another machine is in nobody’s way once its lease has expired', async () => {
  await using backups = await openBackupStory()
  const { story, directory } = backups
  const good = await withGoodSet(backups)
  const crash: Crash = await crashAt(story, ['backup'], 3)
  expect(crash.hit).toBe(true)
  const lock = join(directory, '.stellwerk/lock')
  const owner = JSON.parse(await readFile(lock, 'utf8'))
  await writeFile(lock, `${JSON.stringify({ ...owner, machine: 'elsewhere', boot: 'another boot' })}\n`)

  const refused = await story.run('backup')
  expect(refused.code, tailOf(refused)).toBe(6)
  expect(JSON.stringify(refused.problems)).toContain('elsewhere')

  const long = new Date(Date.now() - 3_600_000)
  await utimes(lock, long, long)
  expect(await survived(backups, good, 'lease expired')).toEqual([])
})
