import { mkdtemp, rename, rm, symlink, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { problem } from '../../test/helpers/a-problem.ts'
import { aDatabase, aManifest, aProof, aSet } from '../../test/helpers/a-set.ts'
import { ProblemError } from '../core/problem.ts'
import { makeLocalHost } from '../hosts/local.ts'
import { acceptSet } from './accept.ts'
import { readCatalogue } from './catalogue.ts'
import type { Destination } from './destination.ts'
import { makeDirectoryDestination } from './destinations/directory.ts'
import { namingFor } from './names.ts'
import type { Document, Naming } from './naming.ts'
import { manifestHash } from './set.ts'

const owner = { app: 'shop', environment: 'production' }
const [one, two] = ['20261119T010000Z-0000', '20261120T010000Z-0000']

let path: string
let there: Destination
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'stw-catalogue-'))
  there = makeDirectoryDestination({ name: 'here', path, host: makeLocalHost({ name: 'here' }) })
})
afterEach(async () => {
  await there.close()
  await rm(path, { recursive: true })
})

async function put(
  naming: Naming,
  setClass: string,
  id: string,
  documents: Partial<Record<Document, unknown>>,
) {
  const part = naming.partFile(id, { of: 'db', store: 'main', ending: 'sql.gz' })
  await there.writeText(naming.path(setClass, id, part), 'dump')
  const manifest = documents['manifest.json'] ?? ''
  const about = {
    set: id,
    manifest: manifestHash(typeof manifest === 'string' ? manifest : JSON.stringify(manifest)),
  }
  for (const [document, given] of Object.entries(documents)) {
    const isProof = ['verified.json', 'drilled.json'].includes(document) && typeof given === 'object'
    const content = isProof ? { ...about, ...given } : given
    await there.writeText(
      naming.path(setClass, id, naming.documentFile(id, document as Document)),
      typeof content === 'string' ? content : JSON.stringify(content),
    )
  }
}

const of = (id: string, setClass = 'daily') => {
  const file = `backup-db-main-${id.slice(0, 15).replace('T', '_')}.sql.gz`
  return aManifest({ id, class: setClass, parts: [aDatabase({ file })] })
}
const doubts = [{ en: 'rows are gone', de: 'Zeilen fehlen' }]
const consent = {
  schema: 'stellwerk.accepted/1',
  by: 'anna',
  at: '2026-11-20T08:00:00Z',
  reason: 'old orders were archived',
} as const
const drill = aSet('2026-11-20T01:00:00Z', { state: 'drilled' }).drilled

describe.each(['sets', 'dated'] as const)('a catalogue of %s', kind => {
  const naming = namingFor(kind, owner)

  it('is empty where nothing lies', async () => {
    expect(await readCatalogue(there, naming)).toEqual({ sets: [], broken: [], strangers: [] })
  })

  it('reads the sets of every class, newest first', async () => {
    await put(naming, 'daily', one, { 'manifest.json': of(one) })
    await put(naming, 'daily', two, { 'manifest.json': of(two), 'verified.json': aProof })
    await put(naming, 'no-longer-configured', one, {
      'manifest.json': of(one, 'no-longer-configured'),
      'verified.json': aProof,
      'drilled.json': drill,
    })

    const { sets, broken, strangers } = await readCatalogue(there, naming)
    const only = await readCatalogue(there, naming, ['daily'])

    expect(sets.map(set => [set.class, set.id, set.state])).toEqual([
      ['daily', two, 'verified'],
      ['daily', one, 'stored'],
      ['no-longer-configured', one, 'drilled'],
    ])
    expect(sets[0]).toMatchObject({ manifest: of(two), verified: aProof })
    expect(sets[2]).toMatchObject({ drilled: drill })
    expect([broken, strangers]).toEqual([[], []])
    expect(only.sets).toHaveLength(2)
  })

  it.each([
    ['of an older Stellwerk', { manifest: undefined, set: undefined }, 'older'],
    ['of another manifest', { manifest: 'e'.repeat(64) }, 'another'],
    ['of another set', { set: two }, 'another'],
  ])('counts no proof %s', async (_, about, unbound) => {
    await put(naming, 'daily', one, {
      'manifest.json': of(one),
      'verified.json': { ...aProof, ...about },
      'drilled.json': { ...drill, ...about },
    })

    const [set] = (await readCatalogue(there, naming)).sets
    expect(set).toMatchObject({ state: 'stored', unbound })
    expect(set?.verified).toBeUndefined()
  })

  it('calls a set suspect whatever proofs it has', async () => {
    await put(naming, 'daily', one, {
      'manifest.json': { ...of(one), suspicions: doubts },
      'verified.json': aProof,
      'drilled.json': drill,
    })

    expect((await readCatalogue(there, naming)).sets.map(({ state }) => state)).toEqual(['suspect'])
  })

  it.each([
    [{ 'verified.json': aProof }, 'verified'],
    [{ 'verified.json': aProof, 'drilled.json': drill }, 'drilled'],
    [{}, 'stored'],
  ])('believes the proofs of a set that a person has accepted', async (proofs, state) => {
    await put(naming, 'daily', one, { 'manifest.json': { ...of(one), suspicions: doubts }, ...proofs })
    const [suspect] = (await readCatalogue(there, naming)).sets
    if (!suspect) throw new Error('no set')
    expect(suspect.state).toBe('suspect')

    await acceptSet(there, naming, suspect, consent)

    const { sets, broken, strangers } = await readCatalogue(there, naming)
    expect(sets).toMatchObject([{ state, accepted: consent }])
    expect([broken, strangers]).toEqual([[], []])
  })

  it('never believes the proofs of a set that lacks a store, whoever accepted it', async () => {
    const missing = [{ store: 'stats', why: { en: 'it is gone', de: 'sie fehlt' } }]
    await put(naming, 'daily', one, {
      'manifest.json': { ...of(one), missing },
      'verified.json': aProof,
      'accepted.json': consent,
    })

    expect((await readCatalogue(there, naming)).sets.map(({ state }) => state)).toEqual(['suspect'])
  })

  it.each([
    ['cannot be read', '{"by":'],
    ['gives no reason', { ...consent, reason: '' }],
    ['names nobody', { ...consent, by: '' }],
  ])('keeps its doubt about a set whose acceptance %s', async (_, document) => {
    await put(naming, 'daily', one, {
      'manifest.json': { ...of(one), suspicions: doubts },
      'verified.json': aProof,
      'accepted.json': document,
    })

    expect((await readCatalogue(there, naming)).sets.map(({ state }) => state)).toEqual(['suspect'])
  })

  it('removes an acceptance with its set', async () => {
    await put(naming, 'daily', one, { 'manifest.json': of(one), 'accepted.json': consent })
    const [set] = (await readCatalogue(there, naming)).sets

    for (const path of naming.pathsOf('daily', one, set?.files ?? [])) await there.remove(path)

    expect(await there.list(naming.classDirectory('daily'))).toEqual([])
  })

  it('does not believe a proof that cannot be read', async () => {
    await put(naming, 'daily', one, { 'manifest.json': of(one), 'verified.json': '{"at":' })

    expect((await readCatalogue(there, naming)).sets.map(({ state }) => state)).toEqual(['stored'])
  })

  it.each([
    ['is cut', '{"schema":"stellwerk.backup-set/1","id":'],
    ['is of another schema', { ...of(one), schema: 'stellwerk.backup/9' }],
    ['has no part', { ...of(one), parts: [] }],
    ['names another set', of(two)],
    ['names another class', of(one, 'manual')],
  ])('finds a set broken whose manifest %s', async (_, manifest) => {
    await put(naming, 'daily', one, { 'manifest.json': manifest })

    const { sets, broken } = await readCatalogue(there, naming)

    expect(sets).toEqual([])
    expect(broken).toEqual([
      expect.objectContaining({ id: one, class: 'daily', why: 'manifest cannot be read' }),
    ])
  })

  it('finds a set broken that has no manifest, and when it was touched last', async () => {
    await put(naming, 'daily', one, { SHA256SUMS: 'x' })
    const old = new Date('2026-11-01T00:00:00Z')
    const touched = new Date('2026-11-02T00:00:00Z')
    const [part, sums] = [
      naming.partFile(one, { of: 'db', store: 'main', ending: 'sql.gz' }),
      naming.documentFile(one, 'SHA256SUMS'),
    ]
    await utimes(join(path, naming.path('daily', one, part)), old, old)
    await utimes(join(path, naming.path('daily', one, sums)), touched, touched)
    if (kind === 'sets') await utimes(join(path, naming.path('daily', one, '')), old, old)

    const { broken } = await readCatalogue(there, naming)

    expect(broken).toMatchObject([{ id: one, why: 'no manifest', changedAt: touched.getTime() }])
  })

  it('has everything that is needed to remove a set', async () => {
    await put(naming, 'daily', one, { 'manifest.json': of(one), SHA256SUMS: 'x' })
    await put(naming, 'daily', two, { SHA256SUMS: 'x' })
    const { sets, broken } = await readCatalogue(there, naming)

    for (const set of [...sets, ...broken])
      for (const gone of naming.pathsOf(set.class, set.id, set.files)) await there.remove(gone)

    expect(await there.list(naming.classDirectory('daily'))).toEqual([])
  })

  it('names what lies between the sets and is none of them', async () => {
    await put(naming, 'daily', one, { 'manifest.json': of(one) })
    await there.writeText(`${naming.classDirectory('daily')}/notes.txt`, 'mine')
    await there.writeText(`${naming.classDirectory('photos')}/holiday.jpg`, 'mine')

    const { sets, strangers } = await readCatalogue(there, naming)

    expect(sets).toHaveLength(1)
    expect(strangers).toEqual([`${naming.classDirectory('daily')}/notes.txt`])
  })

  it('names a class behind a link and a file beside the classes', async () => {
    await put(naming, 'daily', one, { 'manifest.json': of(one) })
    await rename(join(path, naming.classDirectory('daily')), join(path, 'Elsewhere'))
    await symlink(join(path, 'Elsewhere'), join(path, naming.classDirectory('daily')))
    await there.writeText(naming.classDirectory('notes.txt'), 'mine')

    const { sets, strangers } = await readCatalogue(there, naming)
    const only = await readCatalogue(there, naming, ['daily'])

    expect(sets).toEqual([])
    expect(strangers).toEqual([naming.classDirectory('daily'), naming.classDirectory('notes.txt')])
    expect(only.strangers).toEqual([naming.classDirectory('daily')])
  })

  it.each(['list', 'readText'] as const)('is none when %s fails', async method => {
    await put(naming, 'daily', one, { 'manifest.json': of(one) })
    let calls = 0
    const failing: Destination = {
      ...there,
      [method]: (place: string) => {
        calls += 1
        // The top answers: a failure further down must not look like an empty class.
        if (method === 'list' && calls === 1) return there.list(place)
        return Promise.reject(new ProblemError(problem('STW-B201')))
      },
    }

    await expect(readCatalogue(failing, naming)).rejects.toThrow('STW-B201')
  })
})

describe('a directory that others use too', () => {
  const naming = namingFor('dated', owner)

  it('leaves the sets of another environment alone', async () => {
    await put(naming, 'daily', one, { 'manifest.json': { ...of(one), environment: 'staging' } })

    const { sets, broken, strangers } = await readCatalogue(there, naming)

    expect([sets, broken]).toEqual([[], []])
    expect(strangers).toHaveLength(2)
  })

  it('takes nothing of another app that has used the same second', async () => {
    await put(naming, 'daily', one, { 'manifest.json': of(one), 'verified.json': aProof })
    const [own] = (await readCatalogue(there, naming)).sets
    const theirs = 'backup-db-blog-20261119_010000.sql.gz'
    await there.writeText(`daily/${theirs}`, 'of another app')

    const { sets, strangers } = await readCatalogue(there, naming)

    expect(sets[0]?.files).toEqual(own?.files)
    expect(naming.pathsOf('daily', one, sets[0]?.files ?? [])).not.toContain(`daily/${theirs}`)
    expect(strangers).toEqual([`daily/${theirs}`])
  })

  it('leaves dumps of other tools alone, which have our names and no manifest', async () => {
    await there.writeText('daily/backup-db-20251029_010000.sql.gz', 'x')
    await there.writeText('daily/backup-db-20251029_010000.sql.gz.sha256', 'x')
    await there.writeText('daily/backup-manifest-20251029_010000.txt', 'x')

    const { sets, broken, strangers } = await readCatalogue(there, naming)

    expect([sets, broken]).toEqual([[], []])
    expect(strangers).toContain('daily/backup-db-20251029_010000.sql.gz')
  })
})
