// What every Destination must do, whatever it speaks. Run by directories on this machine and over ssh, by SFTP, rsync and S3.
import { randomBytes } from 'node:crypto'
import { open, readdir, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Destination, Hashed, Source } from '../../src/backup/destination.ts'
import { ProblemError } from '../../src/core/problem.ts'
import { memory, sha256, sourceOf } from './destination-source.ts'

export interface DestinationUnderTest extends AsyncDisposable {
  readonly destination: Destination
  readonly how: Hashed['how']
  /** A second one to the same place, with a connection of its own; the rig closes it. */
  another(): Promise<Destination>
  /** Bits of the mode of a file; absent where files have none. */
  mode?(path: string): Promise<number>
  /** Changes one byte of what interrupted writes have left; absent where nobody can. */
  tamper?(): Promise<void>
  /** Makes everything that lies there look untouched for this long. */
  age(ms: number): Promise<void>
  /** Ends every connection; absent where there is none. New ones are welcome. */
  cut?(): Promise<void>
}

export interface Variants {
  /** One with room for 8 MB, more or less. */
  readonly small?: () => Promise<DestinationUnderTest>
}

type OnDisk = Required<Pick<DestinationUnderTest, 'mode' | 'tamper' | 'age'>>

/** How a destination whose files lie below `directory` of this machine is looked at and touched. */
export function onDisk(directory: string): OnDisk {
  const all = async () => {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true })
    return entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
  }
  return {
    mode: async path => (await stat(join(directory, path))).mode & 0o777,
    async tamper() {
      for (const file of (await all()).filter(path => path.includes('.part-'))) {
        await using handle = await open(file, 'r+')
        const byte = Buffer.alloc(1)
        await handle.read(byte, 0, 1, 1000)
        await handle.write(Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, 1000)
      }
    },
    async age(ms) {
      const then = new Date(Date.now() - ms)
      for (const file of await all()) await utimes(file, then, then)
    },
  }
}

const hour = 3_600_000
/** Big enough to be interrupted: more than all buffers on the way, and more than two parts of an S3 upload. */
const big = randomBytes(24_000_000)
const middle = 18_000_000

function once(action: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => {
    done ??= action()
    return done
  }
}

async function problemOf(promise: Promise<unknown>) {
  const failure = await promise.then(
    () => new Error('it did not reject'),
    (error: unknown) => error,
  )
  if (!ProblemError.is(failure)) throw failure
  return failure.problem
}

export function destinationContract(
  name: string,
  make: () => Promise<DestinationUnderTest>,
  { small }: Variants = {},
): void {
  describe(`a destination: ${name}`, () => {
    let rig: DestinationUnderTest
    let there: Destination
    beforeAll(async () => {
      rig = await make()
      there = rig.destination
    })
    afterAll(async () => {
      await rig?.destination.close()
      await rig?.destination.close()
      await rig?.[Symbol.asyncDispose]()
    })

    const names = async (directory: string) => (await there.list(directory)).map(entry => entry.name).sort()
    const contentOf = async (path: string) => buffer(await there.read(path))

    it('takes a file into directories that are not there yet, and gives it back', async () => {
      const content = randomBytes(3_000_001)
      const source = sourceOf(content)
      const progress: number[] = []

      await there.write('app/daily/20261121T020000Z-4f1a/db.zst', source, {
        onProgress: done => progress.push(done),
      })

      expect(await contentOf('app/daily/20261121T020000Z-4f1a/db.zst')).toEqual(content)
      expect(source.opened).toEqual([0])
      expect(progress.at(-1)).toBe(content.length)
      expect(progress).toEqual(progress.toSorted((a, b) => a - b))
    })

    it('lists what lies right below a directory, with kind, size and time', async () => {
      await there.writeText('listed/one.json', '12345')
      await there.writeText('listed/deeper/two.json', '2')

      const entries = await there.list('listed')

      expect(entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
        expect.objectContaining({ name: 'deeper', kind: 'directory' }),
        { name: 'one.json', kind: 'file', bytes: 5, changedAt: expect.any(Number) },
      ])
      const changedAt = entries.find(entry => entry.name === 'one.json')?.changedAt ?? 0
      expect(Math.abs(changedAt - Date.now())).toBeLessThan(hour)
      expect(await names('')).toContain('listed')
    })

    it('lists nothing where there is no directory', async () => {
      expect(await there.list('nowhere')).toEqual([])
      expect(await there.list('nowhere/at/all')).toEqual([])
    })

    it('takes an empty file', async () => {
      await there.write('empty/file', sourceOf(Buffer.alloc(0)))

      expect(await contentOf('empty/file')).toEqual(Buffer.alloc(0))
      expect(await there.hash('empty/file')).toEqual({ sha256: sha256(''), bytes: 0, how: rig.how })
    })

    it('keeps files and documents to their owner', async () => {
      if (!rig.mode) return
      await there.write('private/file', sourceOf(Buffer.from('1')))
      await there.writeText('private/document', '1')

      expect(await rig.mode('private/file')).toBe(0o600)
      expect(await rig.mode('private/document')).toBe(0o600)
    })

    it('reads and replaces a document whole', async () => {
      const text = 'grün 中文 🚦\n'.repeat(20_000)

      await there.writeText('documents/manifest.json', text)
      const first = await there.readText('documents/manifest.json')
      await there.writeText('documents/manifest.json', 'short')

      expect(first).toBe(text)
      expect(await there.readText('documents/manifest.json')).toBe('short')
      expect(await names('documents')).toEqual(['manifest.json'])
    })

    it('knows the absence of a document from a failure', async () => {
      await there.writeText('absent/other', '1')

      expect(await there.readText('absent/none')).toBeUndefined()
      expect(await there.readText('absent/no/directory/none')).toBeUndefined()
      expect(await problemOf(there.read('absent/none'))).toMatchObject({
        code: expect.stringMatching(/^STW-B2/),
      })
      expect(await problemOf(there.hash('absent/none'))).toMatchObject({
        code: expect.stringMatching(/^STW-B2/),
      })
    })

    it.each([
      '/etc/passwd',
      '../up',
      'a/../../up',
      'a/..',
      '..',
      '.',
      './a',
      'a/./b',
      'a//b',
      'a/',
      'new\nline',
      'tab\there',
      'nul\0',
      'del\x7f',
    ])('refuses the path %j', async path => {
      const attempts: readonly (() => Promise<unknown>)[] = [
        () => there.list(path),
        () => there.readText(path),
        () => there.writeText(path, 'x'),
        () => there.read(path),
        () => there.write(path, sourceOf(Buffer.from('x'))),
        () => there.hash(path),
        () => there.remove(path),
        () => there.rename(path, 'fine'),
        () => there.rename('fine', path),
      ]

      for (const attempt of attempts)
        expect((await problemOf(Promise.resolve().then(attempt))).what.en).toContain(JSON.stringify(path))
    })

    it('does not take the top itself for a file', async () => {
      await there.writeText('top', 'stays')

      await problemOf(there.remove(''))
      await problemOf(there.writeText('', 'x'))

      expect(await there.readText('top')).toBe('stays')
    })

    it.each([
      'with space.txt',
      "it's.txt",
      '"quoted" $(touch x) `y` ${HOME}.txt',
      '-rf',
      '--help',
      'back\\slash',
      'star*?[a].txt',
      'grün-中文-🚦',
      '%2e%2e+&#;=,@:!',
      '~',
      '.hidden',
      'ends.',
      ' leads',
    ])('takes the name %j', async odd => {
      const path = `odd/${odd}/${odd}`

      await there.write(path, sourceOf(Buffer.from(odd)))
      await there.writeText(`${path}.json`, odd)

      expect(await names(`odd/${odd}`)).toEqual([odd, `${odd}.json`].sort())
      expect(await there.readText(path)).toBe(odd)
      expect(await there.hash(`${path}.json`)).toMatchObject({ sha256: sha256(odd) })
      await there.rename(path, `${path}.moved`)
      await there.remove(`${path}.moved`)
      expect(await names(`odd/${odd}`)).toEqual([`${odd}.json`])
    })

    it('hashes what lies there', async () => {
      await there.write('hashed/file', sourceOf(big))

      expect(await there.hash('hashed/file')).toEqual({
        sha256: sha256(big),
        bytes: big.length,
        how: rig.how,
      })
    })

    it.each([1, 1_000_003, big.length - 1, big.length])('reads from byte %i on', async from => {
      await there.write('offset/file', sourceOf(big))

      const rest = await buffer(await there.read('offset/file', { from }))

      expect(rest.equals(big.subarray(from))).toBe(true)
    })

    it('replaces a file', async () => {
      await there.write('replaced/file', sourceOf(Buffer.from('old, and longer')))
      await there.write('replaced/file', sourceOf(Buffer.from('new')))

      expect(await there.readText('replaced/file')).toBe('new')
    })

    it('renames', async () => {
      await there.writeText('renamed/from', 'content')

      await there.rename('renamed/from', 'renamed/to')

      expect(await names('renamed')).toEqual(['to'])
      expect(await there.readText('renamed/to')).toBe('content')
      await problemOf(there.rename('renamed/from', 'renamed/again'))
      expect(await names('renamed')).toEqual(['to'])
    })

    it('removes files and whole directories, and does not mind when they are gone', async () => {
      await there.writeText('removed/set/deep/one', '1')
      await there.writeText('removed/set/two', '2')
      await there.writeText('removed/set-2', 'stays')
      await there.writeText('removed/file', '3')

      await there.remove('removed/file')
      await there.remove('removed/set')
      await there.remove('removed/set')
      await there.remove('removed/no/directory')

      expect(await names('removed')).toEqual(['set-2'])
      expect(await there.list('removed/set')).toEqual([])
    })

    it('says how much room is left, or that it cannot say', async () => {
      const free = await there.free()

      expect(free === undefined || (Number.isSafeInteger(free) && free > 0)).toBe(true)
    })

    it('shows nothing of a file that is on its way', async () => {
      const seen: string[][] = []
      const source = sourceOf(big, {
        async onPiece(position) {
          if (position > middle && seen.length === 0) seen.push(await names('on-its-way'))
        },
      })

      await there.write('on-its-way/file', source)

      expect(seen).toEqual([[]])
      expect(await names('on-its-way')).toEqual(['file'])
    })

    it('goes on where a source has broken off', async () => {
      const first = sourceOf(big, { failAt: middle })
      await problemOf(there.write('resumed/file', first))
      expect(await names('resumed')).toEqual([])
      expect(await there.readText('resumed/file')).toBeUndefined()

      const second = sourceOf(big)
      const progress: number[] = []
      await there.write('resumed/file', second, { onProgress: done => progress.push(done) })

      expect(second.opened).toHaveLength(1)
      const [from] = second.opened
      expect(from).toBeGreaterThan(0)
      expect(from).toBeLessThanOrEqual(middle + 61_001)
      expect(second.given()).toBe(big.length - (from ?? 0))
      expect(Math.min(...progress)).toBeGreaterThanOrEqual(from ?? 0)
      expect(progress.at(-1)).toBe(big.length)
      expect((await contentOf('resumed/file')).equals(big)).toBe(true)
      expect(await names('resumed')).toEqual(['file'])
    })

    it('begins anew for other content of the same name', async () => {
      const other = randomBytes(1_000_000)
      await problemOf(there.write('other/file', sourceOf(big, { failAt: middle })))

      const source = sourceOf(other)
      await there.write('other/file', source)

      expect(source.opened).toEqual([0])
      expect((await contentOf('other/file')).equals(other)).toBe(true)
    })

    it('never makes a file of a partial that somebody has changed', async () => {
      if (!rig.tamper) return
      await problemOf(there.write('tampered/file', sourceOf(big, { failAt: middle })))
      await rig.tamper()

      // It may begin anew or say no; the next attempt at the latest is whole.
      const second = sourceOf(big)
      await there.write('tampered/file', second).catch(async (error: unknown) => {
        await problemOf(Promise.reject(error))
        expect(await names('tampered')).toEqual([])
        await there.write('tampered/file', sourceOf(big))
      })

      expect(second.opened[0]).toBeGreaterThan(0)
      expect((await contentOf('tampered/file')).equals(big)).toBe(true)
    })

    it.each([
      ['fewer', 7],
      ['more', -7],
    ])('refuses a source that gives %s bytes than it promised', async (_, lie) => {
      const content = randomBytes(200_000)

      await problemOf(there.write('promised/file', sourceOf(content, { lie })))

      expect(await names('promised')).toEqual([])
      expect(await there.readText('promised/file')).toBeUndefined()
    })

    it('keeps the old file when the new one does not arrive', async () => {
      await there.write('kept/file', sourceOf(Buffer.from('old')))

      await problemOf(there.write('kept/file', sourceOf(big, { failAt: middle })))

      expect(await there.readText('kept/file')).toBe('old')
    })

    it('says what is wrong when a source cannot be opened', async () => {
      const source: Source = {
        bytes: 5,
        sha256: sha256('12345'),
        open: () => Promise.reject(new Error('no such dump')),
      }

      const problem = await problemOf(there.write('unopened/file', source))

      expect(JSON.stringify(problem)).toContain('no such dump')
      expect(await names('unopened')).toEqual([])
    })

    it('stops a write when asked to, and goes on later', async () => {
      const abort = new AbortController()
      let [given, arrived] = [0, 0]
      // Not before something has arrived: what is cut off on its way need not lie there.
      const stop = () => {
        if (given > middle && arrived > 0) abort.abort()
      }
      const source = sourceOf(big, {
        onPiece(position) {
          given = position
          stop()
        },
      })
      const onProgress = (done: number) => {
        arrived = done
        stop()
      }

      await problemOf(there.write('aborted/file', source, { signal: abort.signal, onProgress }))
      expect(await names('aborted')).toEqual([])
      await problemOf(there.write('aborted/file', source, { signal: abort.signal }))
      const again = sourceOf(big)
      await there.write('aborted/file', again)

      expect(again.opened[0]).toBeGreaterThan(0)
      expect((await contentOf('aborted/file')).equals(big)).toBe(true)
    })

    it('stops a read and a hash when asked to', async () => {
      await there.write('stopped/file', sourceOf(big))
      const abort = new AbortController()
      const stream = await there.read('stopped/file', { signal: abort.signal })
      const consumed = (async () => {
        for await (const _ of stream) abort.abort()
      })()

      await expect(consumed).rejects.toBeDefined()
      await problemOf(there.read('stopped/file', { signal: abort.signal }))
      await problemOf(there.hash('stopped/file', { signal: abort.signal }))
      expect(await there.hash('stopped/file')).toMatchObject({ bytes: big.length })
    })

    it('leaves nothing of the final name when the connection breaks, and goes on later', async () => {
      const { cut } = rig
      if (!cut) return
      const breakOnce = once(cut)
      const source = sourceOf(big, {
        async onPiece(position) {
          if (position > middle) await breakOnce()
        },
      })

      await problemOf(there.write('cut/file', source))
      expect(await names('cut')).toEqual([])
      const again = sourceOf(big)
      await there.write('cut/file', again)

      expect(again.opened[0]).toBeGreaterThan(0)
      expect((await contentOf('cut/file')).equals(big)).toBe(true)
    })

    it('never takes the end of the connection for the end of a file', async () => {
      const { cut } = rig
      if (!cut) return
      await there.write('cut-read/file', sourceOf(big))
      const stream = await there.read('cut-read/file')
      const breakOnce = once(cut)
      let got = 0

      const consumed = (async () => {
        for await (const chunk of stream) {
          got += chunk.length
          await breakOnce()
        }
      })()

      await problemOf(consumed)
      expect(got).toBeLessThan(big.length)
      expect((await contentOf('cut-read/file')).equals(big)).toBe(true)
    })

    it('holds a whole file when two write different ones at once', async () => {
      const contents = [randomBytes(5_000_000), randomBytes(6_000_000)]
      const second = await rig.another()

      await Promise.all([
        there.write('twice/file', sourceOf(contents[0]!)),
        second.write('twice/file', sourceOf(contents[1]!)),
      ])

      const content = await contentOf('twice/file')
      expect(contents.some(one => one.equals(content))).toBe(true)
      expect(await names('twice')).toEqual(['file'])
    })

    it('holds a whole file when two write the same at once', async () => {
      const second = await rig.another()

      const ends = await Promise.allSettled([
        there.write('same/file', sourceOf(big)),
        second.write('same/file', sourceOf(big)),
      ])

      expect(ends.map(end => end.status)).toContain('fulfilled')
      for (const end of ends)
        if (end.status === 'rejected') expect(ProblemError.is(end.reason), String(end.reason)).toBe(true)
      expect((await contentOf('same/file')).equals(big)).toBe(true)
      expect(await names('same')).toEqual(['file'])
    })

    it('sweeps partial files that nobody has touched for long, and nothing else', async () => {
      await there.sweep(0)
      const other = Buffer.concat([big, Buffer.from('more')])
      await there.writeText('swept/document', 'old, but whole')
      await problemOf(there.write('swept/deep/old', sourceOf(big, { failAt: middle })))
      // What is still on its way when a source breaks off would make the partial young again; an answer comes after it.
      await there.readText('swept/document')
      await rig.age(50 * hour)
      await problemOf(there.write('swept/young', sourceOf(other, { failAt: middle })))

      expect(await there.sweep(48 * hour)).toBe(1)

      expect(await there.readText('swept/document')).toBe('old, but whole')
      const [old, young] = [sourceOf(big), sourceOf(other)]
      await there.write('swept/deep/old', old)
      await there.write('swept/young', young)
      expect(old.opened).toEqual([0])
      expect(young.opened[0]).toBeGreaterThan(0)
      expect(await there.sweep(48 * hour)).toBe(0)
    })

    it('does not fill the memory when nobody takes what is read', async () => {
      await there.write('slow/file', sourceOf(Buffer.concat([big, big])))
      const before = memory()

      const stream = await there.read('slow/file')
      // As much again passes beside it meanwhile.
      await there.hash('slow/file')
      const held = memory() - before

      expect(held).toBeLessThan(16_000_000)
      expect((await buffer(stream)).equals(Buffer.concat([big, big]))).toBe(true)
    })

    it('does not fill the memory when a source is faster than the way there', async () => {
      const content = Buffer.concat([big, big, big])
      const before = memory()
      const held: number[] = []
      const source = sourceOf(content, {
        async onPiece(position) {
          if (position % 50 === 0) held.push(memory() - before)
          await turn()
        },
      })

      await there.write('fast/file', source)

      expect(held.length).toBeGreaterThan(20)
      expect(Math.max(...held)).toBeLessThan(24_000_000)
    })

    it('takes several calls at once', async () => {
      const paths = Array.from({ length: 12 }, (_, i) => `at-once/${i}`)

      await Promise.all(paths.map(path => there.writeText(path, path)))

      expect(await Promise.all(paths.map(path => there.readText(path)))).toEqual(paths)
    })
  })

  if (small)
    describe(`a destination with a full disk: ${name}`, () => {
      let rig: DestinationUnderTest
      let there: Destination
      beforeAll(async () => {
        rig = await small()
        there = rig.destination
      })
      afterAll(async () => {
        await rig?.destination.close()
        await rig?.[Symbol.asyncDispose]()
      })

      it('says so, keeps what was there, and lets go of it', async () => {
        const kept = randomBytes(4_000_000)
        await there.write('set/kept', sourceOf(kept))

        const problem = await problemOf(there.write('set/too-big', sourceOf(big)))

        expect(problem.what.en).toMatch(/\bfull\b/)
        expect(problem.what.de).toMatch(/\bvoll\b/)
        expect((await there.list('set')).map(entry => entry.name)).toEqual(['kept'])
        expect((await buffer(await there.read('set/kept'))).equals(kept)).toBe(true)
        await there.remove('set/kept')
        await there.sweep(0)
        await there.write('set/fits', sourceOf(kept))
        expect(await there.hash('set/fits')).toMatchObject({ sha256: sha256(kept) })
      })
    })
}
