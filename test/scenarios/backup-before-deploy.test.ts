// S4: a deploy that migrates makes a verified set first, or it does not migrate.
import { createHash } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type Catalogue, readCatalogue } from '../../src/backup/catalogue.ts'
import { makeDirectoryDestination } from '../../src/backup/destinations/directory.ts'
import { namingFor } from '../../src/backup/names.ts'
import { makeLocalHost } from '../../src/hosts/local.ts'
import { parseRecord } from '../../src/release/record.ts'
import type { Ended } from '../rigs/command-line.ts'
import { countRecords, crashAt, sample } from '../rigs/crash.ts'
import { columnsOf, type DataOptions, type DataStory, openDataStory } from '../rigs/data-story.ts'
import { type Nas, startNas, whyNoNas } from '../rigs/nas.ts'
import { currentOn, openStory, type Story, type StoryHost, tailOf } from '../rigs/story.ts'
import type { Document } from '../rigs/story-app.ts'
import { faultsOf } from '../rigs/story-state.ts'

afterEach(() => void vi.unstubAllEnvs())

/** Asks the bundle itself whether it would migrate. */
const pending = {
  pending: `${process.execPath} -e "process.exit(require('./migration.json').length > 0 ? 0 : 3)"`,
}
const column = (name: string) => [`ALTER TABLE calls ADD COLUMN ${name} text`]

function catalogueOf(path: string): Promise<Catalogue> {
  const naming = namingFor('sets', { app: 'story', environment: 'test' })
  const host = makeLocalHost({ name: 'here' })
  return readCatalogue(makeDirectoryDestination({ name: 'disk', path, host }), naming)
}

/** Sets that count, all of whose parts are what the manifest says. */
async function wholeSets(path: string): Promise<readonly string[]> {
  const counting = (await catalogueOf(path)).sets.filter(({ state }) => state === 'verified')
  for (const { id, class: setClass, manifest } of counting)
    for (const { file, sha256 } of manifest.parts) {
      const content = await readFile(join(path, 'story/test', setClass, id, file))
      expect(createHash('sha256').update(content).digest('hex'), `${id}/${file}`).toBe(sha256)
    }
  return counting.map(({ id }) => id)
}

function spoolOf({ root }: StoryHost): Promise<readonly string[]> {
  return readdir(join(root, 'backups/spool')).catch(() => [])
}

function hostOf({ hosts }: Story): StoryHost {
  const [host] = hosts
  if (!host) throw new Error('a story without a host')
  return host
}

async function recordOf({ root }: StoryHost, release: string) {
  return parseRecord(await readFile(join(root, 'releases', release, '.stellwerk.json'), 'utf8'))
}

async function openData(options: DataOptions = {}) {
  const data = await openDataStory('sqlite', { local: true, migrate: pending, ...options })
  return { data, story: data.story, host: hostOf(data.story) }
}

test('a pending migration gets a set first; without one there is neither a set nor a dump', async () => {
  const { data, story, host } = await openData()
  await using _ = data
  const v1 = await data.deployed('v1')
  expect((await catalogueOf(data.disk)).sets).toEqual([])
  expect((await recordOf(host, v1))?.backup).toBeUndefined()
  expect(await spoolOf(host)).toEqual([])

  const v2 = await data.deployed('v2', column('one'))

  const { sets, broken } = await catalogueOf(data.disk)
  expect(sets).toMatchObject([
    { class: 'pre-deploy', state: 'verified', manifest: { before: v2, release: { id: v1 } } },
  ])
  expect(broken).toEqual([])
  expect(await wholeSets(data.disk)).toHaveLength(1)
  expect((await recordOf(host, v2))?.backup).toBe(sets[0]?.id)
  expect(await spoolOf(host)).toEqual([])
  expect(await faultsOf(story)).toEqual([])
})

/** The old release serves, the schema is the old one, and nothing is left of the attempt. */
async function expectRefused(data: DataStory, old: string, ended: Ended): Promise<void> {
  const host = hostOf(data.story)
  expect(ended.code, tailOf(ended)).not.toBe(0)
  expect(ended.events.some(event => event.type === 'phase.begin' && event.phase === 'migrate')).toBe(false)
  expect(await columnsOf(data)).toBe('id,what')
  expect(await spoolOf(host)).toEqual([])
  expect(await faultsOf(data.story, [old])).toEqual([])
}

describe('what is no backup refuses the deploy before the migration', () => {
  test('a dump that fails', async () => {
    const { data, story } = await openData()
    await using _ = data
    const v1 = await data.deployed('v1')
    const bin = join(story.directory, 'broken')
    await mkdir(bin)
    await writeFile(
      join(bin, 'sqlite3'),
      '#!/bin/sh\n[ "${1-}" != --version ] || exec /usr/bin/sqlite3 --version\necho "disk I/O error" >&2\nexit 1\n',
    )
    await chmod(join(bin, 'sqlite3'), 0o755)
    vi.stubEnv('PATH', `${bin}:${process.env['PATH']}`)

    const ended = await story.run('deploy', '--bundle', await data.bundle('v2', column('one')))

    expect(ended.said).toContain('disk I/O error')
    await expectRefused(data, v1, ended)
    expect((await catalogueOf(data.disk)).sets).toEqual([])
  })

  test('a dump that is far smaller than the one before it', async () => {
    const { data, story } = await openData()
    await using _ = data
    const v1 = await data.deployed('v1')
    await data.sql(
      'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO calls (what) SELECT hex(randomblob(100)) FROM n',
    )
    expect((await story.run('backup')).code).toBe(0)
    await data.sql('DELETE FROM calls')

    const ended = await story.run('deploy', '--bundle', await data.bundle('v2', column('one')))

    expect(ended.problems.map(({ code }) => code)).toContain('STW-B032')
    await expectRefused(data, v1, ended)
    const { sets, broken } = await catalogueOf(data.disk)
    expect([sets.map(set => set.class), broken]).toEqual([['manual'], []])
  })

  test('a dump without the tables that it must have', async () => {
    const expected = { tables: ['orders'] }
    const { data, story } = await openData({
      document: given => {
        const { main } = given['databases'] as { main: Document }
        return { ...given, databases: { main: { ...main, expect: expected } } }
      },
    })
    await using _ = data
    const v1 = await data.deployed('v1')

    const ended = await story.run('deploy', '--bundle', await data.bundle('v2', column('one')))

    expect(ended.problems.map(({ code }) => code)).toContain('STW-B032')
    await expectRefused(data, v1, ended)
    expect((await catalogueOf(data.disk)).sets).toEqual([])
  })

  const noNas = whyNoNas()
  describe.skipIf(noNas)(`a destination${noNas ? ` (skipped: ${noNas})` : ''}`, () => {
    const withNas =
      (nas: Nas, more: Document = {}) =>
      (given: Document) => ({
        ...given,
        backup: {
          ...(given['backup'] as Document),
          destinations: {
            nas: {
              kind: 'sftp',
              address: `${nas.user}@127.0.0.1`,
              port: nas.port,
              path: '/volume1/backup',
              hostKey: nas.hostKey,
              identityFile: nas.identityFile,
              ...more,
            },
          },
        },
      })

    test.each([
      ['that is off', 7, {}],
      ['that is off, the only one and optional', 1, { optional: true }],
    ])('%s', async (_what, code, more) => {
      await using nas = await startNas()
      const { data, story } = await openData({ document: withNas(nas, more) })
      await using _ = data
      const v1 = await data.deployed('v1')
      await nas.stop()

      const ended = await story.run('deploy', '--bundle', await data.bundle('v2', column('one')))

      expect(ended.code, tailOf(ended)).toBe(code)
      await expectRefused(data, v1, ended)
    })

    test('that is full', async () => {
      await using nas = await startNas({ diskMB: 2 })
      const { data, story } = await openData({ document: withNas(nas) })
      await using _ = data
      const v1 = await data.deployed('v1')
      await data.sql(
        'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000) INSERT INTO calls (what) SELECT hex(randomblob(500)) FROM n',
      )

      const ended = await story.run('deploy', '--bundle', await data.bundle('v2', column('one')))

      expect(JSON.stringify(ended.problems)).toMatch(/STW-B2\d\d/)
      await expectRefused(data, v1, ended)
      const { sets, broken } = await catalogueOf(join(nas.files, 'backup'))
      expect([sets, broken]).toEqual([[], []])
    })
  })
})

test('--without-backup goes on, and who and why stay with the run', async () => {
  const { data, story, host } = await openData()
  await using _ = data
  await data.deployed('v1')
  const bundle = await data.bundle('v2', column('one'))
  const typed = 'the NAS burns,\ntoken=abcdef12'
  const shown = await story.run('plan deploy', '--bundle', bundle, '--without-backup', typed)
  expect(shown.said).toContain('the NAS burns, token=[secret]')

  const ended = await story.run('deploy', '--bundle', bundle, '--without-backup', typed)

  expect(ended.code, tailOf(ended)).toBe(0)
  expect((await catalogueOf(data.disk)).sets).toEqual([])
  const runs = join(host.root, '.stellwerk/runs')
  const newest = (await readdir(runs)).toSorted().at(-1) ?? ''
  const plan = JSON.parse(await readFile(join(runs, newest, 'plan.json'), 'utf8'))
  expect(plan.summary.backupWaived).toEqual({
    by: expect.stringContaining('tester'),
    reason: 'the NAS burns, token=[secret]',
  })
})

test('a saved plan makes the set that it names, and no other', async () => {
  const { data, story } = await openData()
  await using _ = data
  const v1 = await data.deployed('v1')
  await data.deployed('v2', column('one'))
  const [earlier = ''] = await wholeSets(data.disk)
  const file = join(story.directory, 'saved.json')
  const saved = await story.run(
    'plan deploy',
    '--bundle',
    await data.bundle('v3', column('two')),
    '--save',
    file,
  )
  expect(saved.code, tailOf(saved)).toBe(0)
  const content = await readFile(file, 'utf8')
  const set: string = JSON.parse(content).plan.summary.backup.set

  const edits = [
    content.replace(`"set": "${set}"`, `"set": "${earlier}"`),
    content.replaceAll(set, earlier),
    content.replaceAll(set, '20991231T000000Z-0000'),
  ]
  for (const [index, edited] of edits.entries()) {
    expect(edited).not.toBe(content)
    await writeFile(file, edited)
    const refused = await story.run('deploy', '--plan', file)
    expect(refused.code, `edit ${index}\n${tailOf(refused)}`).toBe(1)
    expect(refused.problems.map(({ code }) => code)).toContain('STW-D304')
    expect(await wholeSets(data.disk)).toEqual([earlier])
  }
  await writeFile(file, content)
  const ended = await story.run('deploy', '--plan', file)

  expect(ended.code, tailOf(ended)).toBe(0)
  expect(await wholeSets(data.disk)).toEqual([set, earlier])
  expect(await currentOn(hostOf(story))).not.toBe(v1)
})

test('kill -9 at the records of such a deploy, then recover: one release, and no spool', async () => {
  const { data, story, host } = await openData()
  await using _ = data
  await data.deployed('v1')
  const before = countRecords(story)
  await data.deployed('v2', column('one'))
  const length = countRecords(story) - before
  const faults: string[] = []
  const points = Array.from({ length }, (_, index) => index + 1)
  for (const point of sample(points, 4)) {
    const bundle = await data.bundle(`at${point}`, column(`at${point}`))
    const crash = await crashAt(story, ['deploy', '--bundle', bundle], point)
    const recover = await story.run('recover')
    const at = `record ${point} of ${length} (${crash.last})`
    if (recover.code !== 0) faults.push(`${at}: recover ended with ${recover.code}\n${tailOf(recover)}`)
    faults.push(...(await faultsOf(story)).map(fault => `${at}: ${fault}`))
    faults.push(...(await spoolOf(host)).map(name => `${at}: spool ${name}`))
    const { backup } = (await recordOf(host, await currentOn(host))) ?? {}
    const whole = await wholeSets(data.disk)
    if (backup === undefined || !whole.includes(backup)) faults.push(`${at}: current refers to ${backup}`)
  }
  expect(faults).toEqual([])
  await data.deployed('last', column('last'))
})

test('a backup runs while a deploy migrates, and neither takes what is the other’s', async () => {
  const { data, story, host } = await openData()
  await using _ = data
  await data.deployed('v1')
  const wait = ['sh while [ ! -e data/go ]; do sleep 0.1; done', ...column('one')]
  const running = story.start('deploy', '--bundle', await data.bundle('v2', wait))
  await running.until(event => event.type === 'step.begin' && event.step === 'migrate/local/main')

  const backup = await story.run('backup')
  expect(backup.code, tailOf(backup)).toBe(0)
  expect(await spoolOf(host)).toHaveLength(1)
  await writeFile(join(host.root, 'shared/data/go'), '')
  const ended = await running.ended

  expect(ended.code, tailOf(ended)).toBe(0)
  expect(await wholeSets(data.disk)).toHaveLength(2)
  expect(await spoolOf(host)).toEqual([])
})

test('several hosts: the one with the database cannot be left out', async () => {
  await using story = await openStory({ app: 'static', hosts: 2 })
  const disk = join(story.directory, 'disk')
  await mkdir(disk)
  const [web, db] = story.hosts
  if (!web || !db) throw new Error('two hosts')
  await mkdir(join(db.root, 'shared'), { recursive: true })
  {
    using database = new DatabaseSync(join(db.root, 'shared/app.sqlite'))
    database.exec("CREATE TABLE calls (what text); INSERT INTO calls VALUES ('first')")
  }
  await story.configure(given => {
    const environments = structuredClone(given['environments']) as {
      test: { hosts: Record<string, Document> }
    }
    for (const [{ name }, role] of [
      [web, 'web'],
      [db, 'db'],
    ] as const)
      environments.test.hosts[name] = { ...environments.test.hosts[name], roles: [role] }
    return {
      environments,
      databases: {
        main: { kind: 'sqlite', file: 'app.sqlite', role: 'db', migrate: { command: ':', role: 'db' } },
      },
      backup: {
        destinations: { disk: { kind: 'directory', path: disk } },
        reserve: '1MB',
        compression: 'gzip',
      },
    }
  })
  const bundle = await story.bundle('v1')

  const refused = await story.run('deploy', '--bundle', bundle, '--hosts', web.name)
  expect(refused.code, tailOf(refused)).toBe(1)
  expect(refused.problems.map(({ code }) => code)).toEqual(['STW-B061'])
  const release = await story.deployed(bundle)

  const { sets } = await catalogueOf(disk)
  expect(sets).toMatchObject([{ manifest: { before: release, parts: [{ host: db.name }] } }])
  expect((await recordOf(db, release))?.backup).toBe(sets[0]?.id)
  expect(await faultsOf(story)).toEqual([])
})
