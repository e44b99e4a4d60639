// What can go wrong in a backup while somebody watches: a signal, a cut line, a full disk, a tool that dies, another backup. It says
// so, leaves nothing on the host and nothing at a destination that could be taken for a set, and the next one works.

import { randomBytes } from 'node:crypto'
import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import {
  type BackupStory,
  type BackupStoryOptions,
  openBackupStory,
  type SlowTool,
  slowTool,
} from '../rigs/backup-story.ts'
import type { Ended } from '../rigs/command-line.ts'
import { whyNoNas } from '../rigs/nas.ts'
import { isAlive, killAll } from '../rigs/processes.ts'
import { until } from '../rigs/router.ts'
import { whyNoDisk } from '../rigs/sshd.ts'
import { type Running, tailOf } from '../rigs/story.ts'

const noNas = whyNoNas()
const noDisk = whyNoDisk()
const times: string[] = []
afterAll(() => console.log(`from the harm to the end: ${times.join(', ')}`))
afterEach(() => void vi.unstubAllEnvs())

async function withTool(options: BackupStoryOptions = {}): Promise<{ backups: BackupStory; tool: SlowTool }> {
  const backups = await openBackupStory(options)
  const tool = await slowTool(backups.story.directory, 'sqlite3', '/usr/bin/sqlite3')
  vi.stubEnv('PATH', tool.path)
  const good = await backups.story.run('backup', '--class', 'daily')
  expect(good.code, tailOf(good)).toBe(0)
  return { backups, tool }
}

async function hanging(tool: SlowTool): Promise<readonly number[]> {
  await until('the dump to hang', async () => (await tool.waiting()).length > 0)
  return tool.waiting()
}

/** The one good set is there and whole, and nothing else is: not on the host, not at a destination. */
async function expectNothingLeft(backups: BackupStory): Promise<void> {
  expect(await backups.left()).toEqual([])
  expect(await backups.faults()).toEqual([])
  for (const place of Object.keys(backups.places)) {
    const { sets, broken } = await backups.catalogue(place)
    expect(sets.map(set => set.class)).toEqual(['daily'])
    expect(broken).toEqual([])
    const files = await readdir(backups.places[place] ?? '', { recursive: true })
    expect(files.filter(file => file.includes('.part-'))).toEqual([])
  }
}

async function expectNextWorks({ story }: BackupStory): Promise<void> {
  const next = await story.run('backup')
  expect(next.code, tailOf(next)).toBe(0)
}

async function ended(running: Running, harm: string, act: () => unknown): Promise<Ended> {
  const from = performance.now()
  await act()
  const result = await running.ended
  times.push(`${harm} ${Math.round(performance.now() - from)} ms`)
  return result
}

const uploading = (place: string) => (event: { type: string; step?: string }) =>
  event.type === 'progress' && event.step === `backup/store/${place}`

describe('in a dump', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('%s ends the tool and takes everything back', async signal => {
    const { backups, tool } = await withTool()
    await using _ = backups
    await tool.stop()
    const running = backups.story.start('backup')
    const pids = await hanging(tool)

    const { code, problems } = await ended(running, `${signal} in a dump`, () => running.kill(signal))

    expect(code).toBe(1)
    expect(problems.map(problem => problem.code)).toContain('STW-E107')
    expect(await Promise.all(pids.map(isAlive))).not.toContain(true)
    await expectNothingLeft(backups)
    await tool.go()
    await expectNextWorks(backups)
  })

  test('a tool that is killed fails the backup', async () => {
    const { backups, tool } = await withTool()
    await using _ = backups
    await tool.stop()
    const running = backups.story.start('backup')
    const pids = await hanging(tool)

    const result = await ended(running, 'a killed tool', async () => {
      // A backup that failed looks whether the file is sound, with the same tool.
      await tool.go()
      await killAll(pids)
    })

    expect(result.code, tailOf(result)).toBe(1)
    expect(JSON.stringify(result.problems)).toMatch(/STW-B1\d\d/)
    expect(await backups.left()).toEqual([])
    expect(await backups.faults()).toEqual([])
    const { sets, broken } = await backups.catalogue('disk')
    expect(sets.map(set => [set.class, set.state])).toEqual([
      ['manual', 'suspect'],
      ['daily', 'verified'],
    ])
    expect(broken).toEqual([])
    await expectNextWorks(backups)
  })

  test('a store that fails leaves the others as evidence, to be had by name only', async () => {
    await using backups = await openBackupStory()
    const { story, host } = backups
    const good = await story.run('backup', '--class', 'daily')
    expect(good.code, tailOf(good)).toBe(0)
    await rm(join(host.root, 'shared/second.sqlite'))

    const result = await story.run('backup', '--class', 'daily')

    expect(result.code, tailOf(result)).toBe(1)
    expect(result.problems.map(problem => problem.code)).toEqual(['STW-B105'])
    expect(await backups.left()).toEqual([])
    const [partial, older] = (await backups.catalogue('disk')).sets
    if (!partial) throw new Error('nothing was kept')
    expect([partial.state, older?.state]).toEqual(['suspect', 'verified'])
    expect(partial.manifest.parts.map(({ store }) => store)).toEqual(['main', 'uploads'])
    expect(partial.manifest.missing).toMatchObject([{ store: 'second' }])
    const list = await story.run('backup list')
    expect(JSON.stringify(list.document)).toContain('"missing":[{"store":"second"')
    const accept = await story.run('backup accept', partial.id, '--reason', 'it is all there is')
    expect(accept.problems.map(problem => problem.code)).toEqual(['STW-B633'])

    const whole = await story.run('restore', partial.id, '--accept-unverified', 'it is all there is')
    expect(whole.problems.map(problem => problem.code)).toEqual(['STW-B473'])
    const unsure = await story.run('restore', partial.id, '--store', 'main')
    expect(unsure.problems.map(problem => problem.code)).toEqual(['STW-B463'])
    const one = await story.run(
      ...['restore', partial.id, '--store', 'main', '--to', join(host.root, 'main-copy.sqlite')],
      ...['--accept-unverified', 'it is all there is'],
    )
    expect(one.code, tailOf(one)).toBe(0)
    expect(JSON.stringify(one.events)).toContain(`Set ${partial.id} lacks second`)
  })

  test('kill -9 of the command: a deploy runs beside the dump that goes on, and the next backup ends it', async () => {
    const { backups, tool } = await withTool()
    await using _ = backups
    const { story } = backups
    await tool.stop()
    const running = story.start('backup')
    const pids = await hanging(tool)
    running.kill('SIGKILL')
    await running.ended

    await story.deployed(await story.bundle('v1'))
    expect(await Promise.all(pids.map(isAlive))).toContain(true)
    await tool.go()
    await expectNextWorks(backups)

    expect(await Promise.all(pids.map(isAlive))).not.toContain(true)
    expect(await backups.left()).toEqual([])
    expect(await backups.faults()).toEqual([])
  })

  test('a second one says who holds it, or waits; a deploy needs not wait', async () => {
    const { backups, tool } = await withTool()
    await using _ = backups
    const { story } = backups
    await tool.stop()
    const first = story.start('backup')
    const pids = await hanging(tool)

    const refused = await story.run('backup')
    expect(refused.code, tailOf(refused)).toBe(6)
    expect(JSON.stringify(refused.problems)).toContain('tester')
    await story.deployed(await story.bundle('v1'))
    const waiting = story.start('backup', '--wait', '2m')
    await waiting.until(event => event.type === 'waiting')
    await tool.go()
    killAll(pids)

    expect((await first.ended).code).toBe(1)
    const second = await waiting.ended
    expect(second.code, tailOf(second)).toBe(0)
    expect(await backups.left()).toEqual([])
    expect(await backups.faults()).toEqual([])
  })
})

describe.skipIf(noNas)(`in an upload${noNas ? ` (skipped: ${noNas})` : ''}`, () => {
  async function withLarge(options: BackupStoryOptions = {}): Promise<BackupStory> {
    const backups = await openBackupStory({ nas: {}, ...options })
    const good = await backups.story.run('backup', '--class', 'daily')
    expect(good.code, tailOf(good)).toBe(0)
    await enlarge(backups, 60_000_000)
    return backups
  }

  test.each(['SIGINT', 'SIGTERM'] as const)('%s takes everything back', async signal => {
    await using backups = await withLarge()
    const running = backups.story.start('backup')
    await running.until(uploading('nas'))

    const { code, problems } = await ended(running, `${signal} in an upload`, () => running.kill(signal))

    expect(code).toBe(1)
    expect(problems.map(problem => problem.code)).toContain('STW-E107')
    // The first destination had its set whole before the signal came: it is one.
    expect(await backups.left()).toEqual([])
    expect(await backups.faults()).toEqual([])
    expect((await backups.catalogue('nas')).broken).toEqual([])
  })

  test('a NAS that goes away fails it; what it has is no set', async () => {
    await using backups = await withLarge()
    const { story, nas } = backups
    const running = story.start('backup')
    await running.until(uploading('nas'))

    const result = await ended(running, 'a NAS that goes away', () => nas?.stop())

    expect(result.code, tailOf(result)).toBe(1)
    expect(JSON.stringify(result.problems)).toMatch(/STW-B2\d\d/)
    expect(await backups.left()).toEqual([])
    expect(await backups.faults()).toEqual([])
    expect((await backups.catalogue('nas')).sets.map(set => set.class)).toEqual(['daily'])
    const off = await story.run('backup')
    expect(off.code, tailOf(off)).toBe(7)
    await nas?.start()
    await expectNextWorks(backups)
  })

  test('a line to the host that is cut leaves a whole set or none', async () => {
    await using backups = await withLarge({ hosts: 1, ssh: { rttMs: 0 } })
    for (const time of [
      uploading('nas'),
      (event: { type: string; step?: string }) =>
        event.type === 'step.begin' && event.step?.endsWith('files-uploads') === true,
    ]) {
      const running = backups.story.start('backup')
      await running.until(time)

      const result = await ended(running, 'a cut line', () => backups.host.ssh?.cut())

      expect([0, 1], tailOf(result)).toContain(result.code)
      expect(await backups.left()).toEqual([])
      expect(await backups.faults()).toEqual([])
      expect((await backups.catalogue('nas')).broken).toEqual([])
    }
  })

  test('a destination that is full says so, and has its room back', async () => {
    await using backups = await openBackupStory({ nas: { diskMB: 4 } })
    const good = await backups.story.run('backup', '--class', 'daily')
    expect(good.code, tailOf(good)).toBe(0)
    await enlarge(backups, 6_000_000)
    const disk = backups.places['disk'] ?? ''

    const result = await backups.story.run('backup')

    expect(result.code, tailOf(result)).toBe(1)
    expect(JSON.stringify(result.problems)).toMatch(/STW-B2\d\d/)
    await rm(join(disk, 'story/test/manual'), { recursive: true, force: true })
    await expectNothingLeft(backups)
    await rm(large(backups))
    await expectNextWorks(backups)
  })
})

test.skipIf(noDisk)('a host without room for the dump says so', async () => {
  await using backups = await openBackupStory({ hosts: 1, ssh: { diskMB: 12 } })
  const good = await backups.story.run('backup', '--class', 'daily')
  expect(good.code, tailOf(good)).toBe(0)
  await enlarge(backups, 7_000_000)

  const result = await backups.story.run('backup')

  expect(result.code, tailOf(result)).toBe(1)
  expect(JSON.stringify(result.problems)).toMatch(/STW-B\d\d\d/)
  // The stores that found room are kept as evidence, and count for nothing.
  expect(await backups.left()).toEqual([])
  for (const place of Object.keys(backups.places)) {
    const { sets, broken } = await backups.catalogue(place)
    expect(sets.map(set => [set.class, set.state])).toEqual([
      ['manual', 'suspect'],
      ['daily', 'verified'],
    ])
    expect(sets[0]?.manifest.missing).toMatchObject([{ store: 'uploads' }])
    expect(broken).toEqual([])
  }
  await rm(large(backups))
  await expectNextWorks(backups)
})

const large = ({ host }: BackupStory) => join(host.root, 'shared/uploads/large.bin')

async function enlarge(backups: BackupStory, bytes: number): Promise<void> {
  await writeFile(large(backups), randomBytes(bytes))
}
