// What leaves this machine must be readable by the tar and sha256sum that hosts have: GNU's and BusyBox's.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { gunzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ProblemError } from '../../src/core/problem.ts'
import { quote } from '../../src/core/shell.ts'
import { compareSums, type Delta } from '../../src/release/bundle/delta.ts'
import { deltaTar, spoolDelta } from '../../src/release/bundle/delta-tar.ts'
import { aBundle, type Tree } from '../rigs/a-bundle.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'delta-'))
})
afterEach(() => {
  rmSync(directory, { recursive: true, force: true })
})

const deep = Array.from({ length: 8 }, (_, index) => `${index}`.repeat(40)).join('/')
const hard: Tree = {
  'plain.txt': 'plain',
  'with space/a b': 'space',
  "it's": 'quote',
  'double"quote': 'quote',
  '-rf': 'dash',
  '--': 'dashes',
  'dollar$HOME`id`;x': 'shell',
  'star*?[x]': 'glob',
  'ümläut/日本語/🚉.txt': 'utf-8',
  ['n'.repeat(100)]: 'exactly 100',
  ['m'.repeat(101)]: 'more than 100',
  ['p'.repeat(250)]: 'a long part',
  [`${deep}/file`]: 'more than 255',
  'bin/run': { program: '#!/bin/sh\n' },
  'block.bin': Buffer.alloc(512, 1),
  'big.bin': Buffer.alloc(1_000_003, 'x'),
  empty: '',
  'links/short': { link: '../plain.txt' },
  'links/long': { link: `../${deep}/file` },
  'links/ü -> x': { link: '../with space/a b' },
}

async function into(
  target: string,
  stream: Readable,
  command: readonly [string, ...string[]],
): Promise<void> {
  mkdirSync(target)
  const child = spawn(command[0], [...command.slice(1), '-x', '-o', '-f', '-', '-C', target], {
    stdio: ['pipe', 'ignore', 'inherit'],
  })
  const ended = once(child, 'exit')
  await pipeline(stream, child.stdin)
  expect((await ended)[0]).toBe(0)
}

function listed(root: string): Record<string, string> {
  const found: Record<string, string> = {}
  for (const name of readdirSync(root, { recursive: true }) as string[]) {
    const full = join(root, name)
    const stat = lstatSync(full)
    if (stat.isSymbolicLink()) found[name] = `-> ${readlinkSync(full)}`
    else if (stat.isFile())
      found[name] =
        `${(stat.mode & 0o777).toString(8)} ${readFileSync(full).toString('base64').slice(0, 100)}`
  }
  return found
}

const everything = (bundle: Awaited<ReturnType<typeof aBundle>>) => compareSums(undefined, bundle.sums)

describe.each([
  ['GNU tar', ['tar'], 'sha256sum'],
  ['BusyBox tar', ['busybox', 'tar'], 'busybox sha256sum'],
] as const)('%s', (_, tar, sha256sum) => {
  it('unpacks every name, mode and link, and the sums fit', async () => {
    const bundle = await aBundle(directory, 'next', hard)
    const target = join(directory, 'out')

    await into(target, deltaTar(bundle, everything(bundle), { compress: 'none' }).stream, tar)

    const found = listed(target)
    expect(Object.keys(found).toSorted()).toEqual(
      [...Object.keys(hard), 'SHA256SUMS', '.stellwerk-bundle.json'].toSorted(),
    )
    expect(found['bin/run']).toMatch(/^555 /)
    expect(found['plain.txt']).toMatch(/^444 /)
    expect(found[`${deep}/file`]).toBe(`444 ${Buffer.from('more than 255').toString('base64')}`)
    expect(found['links/long']).toBe(`-> ../${deep}/file`)
    const checked = execFileSync('sh', ['-c', `cd ${quote(target)} && ${sha256sum} -c SHA256SUMS`], {
      encoding: 'utf8',
    })
    expect(checked.trim().split('\n')).toHaveLength(bundle.manifest.totals.files + 1)
  })

  it('unpacks a delta over hard links of the base', async () => {
    const base = await aBundle(directory, 'base', { ...hard, 'gone.txt': 'gone', 'turned/x': 'was a file' })
    const next = await aBundle(directory, 'next', { ...hard, 'plain.txt': 'changed', 'new/deep/file': 'new' })
    const full = join(directory, 'full')
    await into(full, deltaTar(next, everything(next), { compress: 'none' }).stream, tar)
    const delta = compareSums(base.sums, next.sums)
    expect(delta).toMatchObject({
      added: ['new/deep/file'],
      changed: ['plain.txt'],
      removed: ['gone.txt', 'turned/x'],
    })

    const target = join(directory, 'out')
    const { stream, tarBytes } = deltaTar(next, delta, { compress: 'none' })
    let seen = 0
    stream.on('data', chunk => {
      seen += chunk.length
    })
    await into(target, stream, tar)
    for (const path of delta.unchanged)
      execFileSync('ln', ['--', join(directory, 'base', path), join(target, path)])
    // The base tree has the modes of a source tree, not of a release; only content is compared for linked files.
    const content = (root: string) =>
      Object.fromEntries(
        Object.entries(listed(root)).map(([name, text]) => [name, text.replace(/^\d+ /, '')]),
      )

    expect(content(target)).toEqual(content(full))
    expect(seen).toBe(tarBytes)
    expect(seen).toBeLessThan(100_000)
  })
})

it('lets GNU sha256sum verify a name with a backslash', async () => {
  const bundle = await aBundle(directory, 'next', { 'a\\b': 'x', 'c\\\\n': 'y' })
  const target = join(directory, 'out')

  await into(target, deltaTar(bundle, everything(bundle), { compress: 'none' }).stream, ['tar'])

  expect(
    execFileSync('sha256sum', ['--strict', '-c', 'SHA256SUMS'], { cwd: target, encoding: 'utf8' }),
  ).toContain('OK')
})

it('compresses the same stream for zstd, for gzip, or not', async () => {
  const bundle = await aBundle(directory, 'next', hard)
  const all = everything(bundle)

  const plain = await buffer(deltaTar(bundle, all, { compress: 'none' }).stream)

  expect(
    zstdDecompressSync(await buffer(deltaTar(bundle, all, { compress: 'zstd' }).stream)).equals(plain),
  ).toBe(true)
  expect(gunzipSync(await buffer(deltaTar(bundle, all, { compress: 'gzip' }).stream)).equals(plain)).toBe(
    true,
  )
})

it('reads the archive only when a file travels', async () => {
  const bundle = await aBundle(directory, 'next', hard)
  const nothing = compareSums(bundle.sums, bundle.sums)
  rmSync(bundle.path)

  const bytes = await buffer(deltaTar(bundle, nothing, { compress: 'none' }).stream)

  expect(bytes.includes('SHA256SUMS')).toBe(true)
})

describe('a bundle that changed after it was opened', () => {
  async function failure(bend: (tar: Buffer) => Buffer, delta?: Delta): Promise<string> {
    const bundle = await aBundle(directory, 'next', hard)
    writeFileSync(bundle.path, zstdCompressSync(bend(zstdDecompressSync(readFileSync(bundle.path)))))
    const { stream } = deltaTar(bundle, delta ?? everything(bundle), { compress: 'zstd' })
    try {
      await buffer(stream)
      return 'sent'
    } catch (error) {
      return ProblemError.is(error) ? `${error.problem.code} ${error.problem.what.en}` : String(error)
    }
  }

  it.each([
    [
      'content',
      (tar: Buffer) => swap(tar, 'more than 255', 'more than 256'),
      `STW-R127 The file "${deep}/file"`.slice(0, 200),
    ],
    [
      'head',
      (tar: Buffer) => swap(tar, '"version": "1.2.3"', '"version": "6.6.6"'),
      'STW-R127 The file ".stellwerk-bundle.json"',
    ],
    ['length', (tar: Buffer) => tar.subarray(0, tar.length - 5000), 'STW-R121'],
  ])('ends the stream with a Problem: %s', async (_, bend, expected) => {
    expect(await failure(bend)).toContain(expected)
  })

  it('ends the stream when the delta was made for another bundle', async () => {
    const other = await aBundle(directory, 'other', { 'not-there': 'x' })

    expect(await failure(tar => tar, compareSums(undefined, other.sums))).toContain('"not-there" is missing')
  })
})

describe('a spooled delta', () => {
  it('feeds many hosts from one private file, and goes away', async () => {
    const bundle = await aBundle(directory, 'next', hard)
    const spool = join(directory, 'spool')
    mkdirSync(spool)

    const result = await spoolDelta(bundle, everything(bundle), { compress: 'zstd', directory: spool })

    if (!result.ok) throw new Error(result.error.code)
    const [one, two] = await Promise.all([buffer(result.value.open()), buffer(result.value.open())])
    expect(one.equals(two)).toBe(true)
    expect(one.length).toBe(result.value.bytes)
    expect(zstdDecompressSync(one).length).toBe(result.value.tarBytes)
    const [file] = (readdirSync(spool, { recursive: true }) as string[]).filter(name => name.endsWith('.tar'))
    expect(statSync(join(spool, file ?? '')).mode & 0o777).toBe(0o600)
    await result.value.remove()
    await result.value.remove()
    expect(readdirSync(spool)).toEqual([])
  })

  it('leaves nothing behind when the bundle is wrong', async () => {
    const bundle = await aBundle(directory, 'next', hard)
    const spool = join(directory, 'spool')
    mkdirSync(spool)
    cpSync((await aBundle(directory, 'other', { x: 'y' })).path, bundle.path)

    const result = await spoolDelta(bundle, everything(bundle), { compress: 'zstd', directory: spool })

    expect(result).toMatchObject({ ok: false, error: { code: 'STW-R127' } })
    expect(readdirSync(spool)).toEqual([])
  })
})

function swap(tar: Buffer, from: string, to: string): Buffer {
  const at = tar.lastIndexOf(from)
  expect(at).toBeGreaterThan(0)
  const copy = Buffer.from(tar)
  copy.write(to, at)
  return copy
}
