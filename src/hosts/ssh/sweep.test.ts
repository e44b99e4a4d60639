import { once } from 'node:events'
import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { sweepControlDirectory } from './sweep.ts'

it('removes control sockets that nobody serves, and nothing else', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sweep-'))
  const served = createServer().listen(join(directory, 'aaaaaaaaaaaa'))
  const dead = createServer().listen(join(directory, 'dead'))
  const unfinished = createServer().listen(join(directory, 'unfinished'))
  await Promise.all([served, dead, unfinished].map(server => once(server, 'listening')))
  await rename(join(directory, 'dead'), join(directory, 'bbbbbbbbbbbb'))
  await rename(join(directory, 'unfinished'), join(directory, 'cccccccccccc.0123456789abcdef'))
  await writeFile(join(directory, 'notes.txt'), '')
  for (const server of [dead, unfinished]) server.close()

  await sweepControlDirectory(directory)
  await sweepControlDirectory(join(directory, 'absent'))

  expect((await readdir(directory)).toSorted()).toEqual([
    'aaaaaaaaaaaa',
    'cccccccccccc.0123456789abcdef',
    'notes.txt',
  ])
  served.close()
  await rm(directory, { recursive: true })
})
