import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makeLocalHost } from '../hosts/local.ts'
import { claimSecond } from './claim.ts'
import type { Destination } from './destination.ts'
import { makeDirectoryDestination } from './destinations/directory.ts'
import { namingFor } from './names.ts'

let path: string
let there: Destination
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'stw-claim-'))
  there = makeDirectoryDestination({ name: 'here', path, host: makeLocalHost({ name: 'here' }) })
})
afterEach(async () => {
  await there.close()
  await rm(path, { recursive: true })
})

let drawn = 0
function claim(app: string) {
  const { claim: how, ...naming } = namingFor('dated', { app, environment: 'production' })
  if (!how) throw new Error('no claims')
  return claimSecond({
    destinations: [there],
    naming: { ...naming, claim: how },
    class: 'daily',
    now: new Date('2026-11-20T01:00:00.700Z'),
    random: () => Uint8Array.of(drawn++),
  })
}

it('gives apps that begin in the same second a second each', async () => {
  const claims = await Promise.all(['shop', 'blog', 'wiki'].map(claim))

  expect(new Set(claims.map(({ id }) => id)).size).toBe(3)
  await Promise.all(claims.map(({ release }) => release()))
  expect(await readdir(join(path, 'daily'))).toEqual([])
})

it('passes over a second that somebody has used, whatever they call their files', async () => {
  await there.writeText('daily/x', '')
  await writeFile(join(path, 'daily/backup-db-20261120_010000.sql.gz'), 'of another tool')

  expect((await claim('shop')).id).toBe('20261120T010001Z-0000')
})
