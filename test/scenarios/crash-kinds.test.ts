// kill -9 in the middle of work that other crash tests do not meet: the copy of raw files, a drill, an operation.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BackupStory, isThere, openBackupStory } from '../rigs/backup-story.ts'
import { crashAt, crashOnce } from '../rigs/crash.ts'
import { tailOf } from '../rigs/story.ts'
import { faultsOf } from '../rigs/story-state.ts'

let backups: BackupStory
beforeAll(async () => {
  backups = await openBackupStory({
    document: document => ({
      ...document,
      operations: {
        // What it began is seen, and it ends by itself soon: nobody can take back half of a command.
        slow: { command: 'touch started && sleep 2 && touch over' },
        quick: { command: 'touch quick' },
      },
      backup: { ...(document['backup'] as object), drill: { host: 'local' } },
    }),
  })
  const good = await backups.story.run('backup', '--class', 'daily')
  expect(good.code, tailOf(good)).toBe(0)
})
afterAll(async () => backups?.[Symbol.asyncDispose]())

test('a copy of raw files leaves nothing that counts, and the next one clears what it left', async () => {
  const { story } = backups
  // Its first record is that of the room, the third that of the first file.
  const crash = await crashAt(story, ['backup', '--class', 'shadow'], 3)
  expect(crash.hit).toBe(true)
  const { sets, broken } = await backups.catalogue('disk')
  expect([sets.map(set => set.class), broken]).toEqual([['daily'], []])

  const next = await story.run('backup', '--class', 'shadow')
  expect(next.code, tailOf(next)).toBe(0)
  expect(await backups.left()).toEqual([])
  expect((await backups.catalogue('disk')).sets.map(set => set.state).toSorted()).toEqual([
    'suspect',
    'verified',
  ])
})

test('a drill proves nothing, and the next one removes what it restored', async () => {
  const { story, directory } = backups
  const place = join(directory, 'drill')
  const crash = await crashOnce(story, ['drill'], () => isThere(place, /\.sqlite$/, () => true))
  expect(crash.hit).toBe(true)
  expect((await backups.catalogue('disk')).sets.map(set => set.state)).not.toContain('drilled')

  const next = await story.run('drill')
  expect(next.code, tailOf(next)).toBe(0)
  expect((await readdir(place)).filter(name => name !== '.stellwerk')).toEqual([])
})

test('an operation frees its lock by recover, and the next one runs', async () => {
  const { story, host } = backups
  const release = await story.deployed(await story.bundle('v1'))
  const seen = () => isThere(host.root, /(^|\/)started$/, () => true)
  const crash = await crashOnce(story, ['operation', 'slow', '--yes'], seen)
  expect(crash.hit).toBe(true)

  const recover = await story.run('recover')
  expect(recover.code, tailOf(recover)).toBe(0)
  const next = await story.run('operation', 'quick', '--yes')
  expect(next.code, tailOf(next)).toBe(0)
  expect(isThere(host.root, /(^|\/)quick$/, () => true)).toBe(true)
  expect(await faultsOf(story, [release])).toEqual([])
})
