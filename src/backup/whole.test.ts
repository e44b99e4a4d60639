import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { aDatabase, aManifest, aProof } from '../../test/helpers/a-set.ts'
import { makeLocalHost } from '../hosts/local.ts'
import { readCatalogue } from './catalogue.ts'
import type { Destination } from './destination.ts'
import { makeDirectoryDestination } from './destinations/directory.ts'
import { namingFor } from './names.ts'
import { manifestHash } from './set.ts'
import { wholeSets } from './whole.ts'

const owner = { app: 'shop', environment: 'production' }
const id = '20261119T010000Z-0000'

let path: string
let there: Destination
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'stw-whole-'))
  there = makeDirectoryDestination({ name: 'nas', path, host: makeLocalHost({ name: 'here' }) })
})
afterEach(async () => {
  await there.close()
  await rm(path, { recursive: true })
})

describe.each(['sets', 'dated'] as const)('parts of %s', kind => {
  const naming = namingFor(kind, owner)
  const file = naming.partFile(id, { of: 'db', store: 'main', ending: 'sql.gz' })
  const part = naming.path('daily', id, file)

  async function look() {
    const { sets } = await readCatalogue(there, naming)
    const { sets: whole, lost } = await wholeSets(there, naming, sets)
    return { states: whole.map(({ state }) => state), lost: lost.map(({ what }) => what.en) }
  }

  beforeEach(async () => {
    const manifest = aManifest({ id, class: 'daily', parts: [aDatabase({ file, bytes: 4 })] })
    const write = (document: 'manifest.json' | 'verified.json', content: unknown) =>
      there.writeText(naming.path('daily', id, naming.documentFile(id, document)), JSON.stringify(content))
    await there.writeText(part, 'dump')
    await write('manifest.json', manifest)
    await write('verified.json', { ...aProof, set: id, manifest: manifestHash(JSON.stringify(manifest)) })
  })

  it('count while all of them lie there', async () => {
    expect(await look()).toEqual({ states: ['verified'], lost: [] })
  })

  it('that are gone take the proofs of their set with them', async () => {
    await there.remove(part)

    expect(await look()).toEqual({ states: ['stored'], lost: [`set ${id} at nas: ${file} is gone`] })
  })

  it('that were cut take the proofs of their set with them', async () => {
    await there.remove(part)
    await there.writeText(part, 'dum')

    expect(await look()).toEqual({
      states: ['stored'],
      lost: [`set ${id} at nas: ${file} has 3 bytes instead of 4`],
    })
  })
})
