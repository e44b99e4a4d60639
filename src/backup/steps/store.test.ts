import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { text } from '../../core/lang.ts'
import type { HereContext } from '../../engine/step.ts'
import { makeLocalHost } from '../../hosts/local.ts'
import { readCatalogue } from '../catalogue.ts'
import type { Destination } from '../destination.ts'
import { makeDirectoryDestination } from '../destinations/directory.ts'
import { namingFor } from '../names.ts'
import { type StoreStep, storeKind } from './store.ts'

const owner = { app: 'shop', environment: 'production' }
const set = '20261120T010000Z-4f1a'
const host = makeLocalHost({ name: 'web1' })
const dump = 'the dump of a database\n'
const facts = `server\t3.40.1\ntool\t3.40.1\nidentity\tm/app.sqlite\nsnapshot\t2026-11-20T01:00:00Z\nexact\tyes\nschema\t${'a'.repeat(64)}\ntable\tcalls\t2\tf\nend\n`

let base: string
let there: Destination
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'stw-store-'))
  there = makeDirectoryDestination({ name: 'nas', path: join(base, 'nas'), host })
  const out = join(base, 'spool/db-main.sqlite')
  await mkdir(join(base, 'spool'))
  const sha256 = createHash('sha256').update(dump).digest('hex')
  await writeFile(out, dump)
  await writeFile(`${out}.facts`, facts)
  await writeFile(`${out}.part`, `bytes\t${dump.length}\nsha256\t${sha256}\nseconds\t1\nend\n`)
})
afterEach(async () => {
  await there.close()
  await rm(base, { recursive: true })
})

test('a set that arrives whole is verified', async () => {
  expect(await store(there)).toMatchObject({ verdict: 'pass' })
  expect(await states()).toEqual(['verified'])
})

test.each([
  ['another content of the same length', 'THE dump of a database\n'],
  ['half of it', 'the dump'],
])('a destination that keeps %s has no set', async (_, kept) => {
  const lying: Destination = {
    ...there,
    write: async (path, source, options) => {
      await there.write(path, source, options)
      await writeFile(join(base, 'nas', path), kept)
    },
  }

  expect(await store(lying)).toMatchObject({ verdict: 'fail', problem: { code: 'STW-B031' } })
  expect(await states()).toEqual([])
})

test('a dump whose facts are cut is no set', async () => {
  await writeFile(join(base, 'spool/db-main.sqlite.facts'), facts.replace('end\n', ''))

  expect(await store(there)).toMatchObject({ verdict: 'fail', problem: { code: 'STW-B021' } })
  expect(await states()).toEqual([])
})

test('what is on its way when the part before turns out damaged is not brought any more', async () => {
  const arrived: string[] = []
  let stopped = false
  const damaged: Destination = {
    ...there,
    write: async (path, source, options) => {
      if (!path.endsWith('uploads.tar')) return there.write(path, source, options)
      arrived.push(path)
      // A line that never ends: only the signal does.
      await new Promise((_, reject) =>
        options?.signal?.addEventListener('abort', () => {
          stopped = true
          reject(new Error('stopped'))
        }),
      )
    },
    hash: async () => ({ sha256: 'f'.repeat(64), bytes: 1, how: 'read-back' }),
  }

  expect(await store(damaged, [await uploads()])).toMatchObject({ problem: { code: 'STW-B031' } })
  expect({ arrived: arrived.length, stopped }).toEqual({ arrived: 1, stopped: true })
  expect(await states()).toEqual([])
})

/** A second part in the spool. */
async function uploads(): Promise<StoreStep['parts'][number]> {
  const spool = join(base, 'spool')
  const out = join(spool, 'files-uploads.tar')
  const content = 'an archive\n'
  const sha256 = createHash('sha256').update(content).digest('hex')
  await writeFile(out, content)
  await writeFile(
    `${out}.facts`,
    `files\t1\nbytes\t1\nlinks\t0\ndirectories\t0\ndigest\t${sha256}\nmoved\t0\nend\n`,
  )
  await writeFile(`${out}.part`, `bytes\t${content.length}\nsha256\t${sha256}\nseconds\t1\nend\n`)
  const place = { store: 'uploads', host: 'web1', spool, out, path: out, file: 'uploads.tar' }
  return { ...place, kind: 'files', compression: 'none', encrypted: false }
}

async function states(): Promise<readonly string[]> {
  return (await readCatalogue(there, namingFor('sets', owner))).sets.map(({ state }) => state)
}

function store(destination: Destination, more: StoreStep['parts'] = []) {
  const spool = join(base, 'spool')
  const out = join(spool, 'db-main.sqlite')
  const place = { store: 'main', host: 'web1', spool, out, path: out, file: 'db-main.sqlite' }
  const step: StoreStep = {
    id: 'backup/store/nas',
    kind: 'backup.store',
    destination: 'nas',
    others: [],
    optional: false,
    decides: false,
    set,
    class: 'daily',
    naming: 'sets',
    head: { ...owner, run: '20261120_010000-backup-1f3a9c', by: 'anna' },
    parts: [{ ...place, kind: 'sqlite', format: 'file', compression: 'none', encrypted: false }, ...more],
    expect: {},
    shrinkPercent: 50,
    strict: false,
    title: text('Store', 'Ablegen'),
    timeout: 60_000,
    undo: { how: 'none', why: text('it is made anew', 'er wird neu gemacht') },
  }
  const context: HereContext = {
    host: undefined,
    signal: new AbortController().signal,
    emit: () => {},
    secret: () => undefined,
    redact: input => input,
  }
  const kind = storeKind({
    destination: async () => destination,
    hostNamed: () => host,
    now: () => new Date('2026-11-20T01:02:00Z'),
    version: '0.1.0',
  })
  return kind.run(step, context)
}
