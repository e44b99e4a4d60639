// Bundles from elsewhere: every way to lie that we know must end in a Problem that names the file, and write nothing.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { aBundle, aHead, type Tree, writeTree } from '../../../test/rigs/a-bundle.ts'
import { bodyEntries, type ExpectedEntry, headEntries, mtimeOf } from './bundle.ts'
import { formatManifest, type Manifest, totalsOf } from './manifest.ts'
import { type SecretKey, sign } from './minisign.ts'
import { generateKey, readSecretKey } from './minisign-key.ts'
import { openBundle, verifyBundle } from './open.ts'
import { formatSums } from './sums.ts'
import { type TarHeader, tarEnd, tarHeader, tarPadding } from './tar-write.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'open-'))
})
afterEach(() => {
  rmSync(directory, { recursive: true, force: true })
})

const tree: Tree = {
  'app/server.js': 'serve()',
  'app/data.bin': Buffer.alloc(70_000, 7),
  'bin/run': { program: '#!/bin/sh\n' },
  latest: { link: 'app/server.js' },
  'zero.txt': '',
}

/** The parts of a good archive, to be bent by a test. */
async function parts() {
  const root = join(directory, 'tree')
  await writeTree(root, tree)
  const { manifest, head } = await aHead(root)
  const entries = [...headEntries(head, mtimeOf(manifest)), ...bodyEntries(manifest)]
  const chunks = entries.map(entry => ({ path: entry.header.path, bytes: entryBytes(entry, root) }))
  return { manifest, chunks, root }
}

function entryBytes({ header, content, file }: ExpectedEntry, root: string): Buffer {
  const body =
    content === undefined
      ? file
        ? readFileSync(join(root, file.path))
        : Buffer.alloc(0)
      : Buffer.from(content)
  return Buffer.concat([tarHeader(header), body, tarPadding(header.size)])
}

/** Any entry, with any type flag and a correct checksum. */
function forged(
  header: Partial<TarHeader> & { path: string; flag?: string; body?: string | Buffer },
): Buffer {
  const body = Buffer.from(header.body ?? '')
  const bytes = tarHeader({ type: 'file', size: body.length, mode: 0o444, mtime: 0, ...header })
  const block = bytes.subarray(bytes.length - 512)
  if (header.flag) block.write(header.flag, 156, 'latin1')
  block.fill(' ', 148, 156)
  block.write(
    `${block
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0`,
    148,
    'latin1',
  )
  return Buffer.concat([bytes, body, tarPadding(body.length)])
}

function archive(...tar: readonly Buffer[]): string {
  const path = join(directory, 'crafted.stw.tar.zst')
  writeFileSync(path, zstdCompressSync(Buffer.concat(tar)))
  return path
}

async function problemOf(path: string, trust: readonly string[] = []) {
  const before = readdirSync(directory).toSorted()
  const result = await verifyBundle(path, { trust })
  expect(readdirSync(directory).toSorted()).toEqual(before)
  if (result.ok) throw new Error('accepted')
  expect(result.error.what.de).not.toBe('')
  return `${result.error.code} ${result.error.what.en} ${result.error.why?.en ?? ''}`
}

/** A bundle whose manifest says what the test wants, with sums that agree: only the rules stand between it and a host. */
function claiming(manifest: Manifest, ...body: readonly Buffer[]): string {
  const text = formatManifest(manifest)
  const head = headEntries({ manifest: text, sums: formatSums(manifest, text) }, mtimeOf(manifest))
  return archive(...head.map(entry => entryBytes(entry, '')), ...body, tarEnd())
}

const empty: Manifest = {
  schema: 'stellwerk.bundle/1',
  app: 'shop',
  version: '1',
  gitSha: 'a'.repeat(40),
  dirty: false,
  builtAt: '2026-11-21T02:15:00Z',
  entries: [],
  totals: { files: 0, links: 0, directories: 0, bytes: 0 },
  directories: [],
  links: [],
  files: [],
}

function withContent(content: Partial<Pick<Manifest, 'files' | 'links' | 'directories'>>): Manifest {
  const manifest = { ...empty, ...content }
  return { ...manifest, totals: totalsOf(manifest) }
}

function aFile(path: string, size = 0): Manifest['files'][number] {
  return {
    path,
    size,
    sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    mode: '0444',
  }
}

describe('a good bundle', () => {
  it('opens, verifies and says what it holds', async () => {
    const made = await aBundle(directory, 'good', tree)

    const opened = await verifyBundle(made.path, { trust: [] })

    expect(opened).toEqual({ ok: true, value: made })
    expect(made.manifest.totals).toEqual({ files: 4, links: 1, directories: 2, bytes: 70_017 })
    expect(made.manifest.files.find(file => file.path === 'bin/run')?.mode).toBe('0555')
  })

  it('is the same bytes when it is made again', async () => {
    const one = await aBundle(directory, 'one', tree)
    const two = await aBundle(directory, 'two', tree)

    expect(readFileSync(one.path).equals(readFileSync(two.path))).toBe(true)
  })

  it('is what the crafted ones are made of', async () => {
    const { chunks } = await parts()

    const result = await verifyBundle(archive(...chunks.map(each => each.bytes), tarEnd()), { trust: [] })

    expect(result.ok).toBe(true)
  })
})

describe('an archive with an entry that the manifest does not list', () => {
  it.each([
    ['a climbing name', forged({ path: '../x', body: 'x' }), 'STW-R129 The archive holds "../x"'],
    ['an absolute name', forged({ path: '/etc/passwd', body: 'x' }), '"/etc/passwd"'],
    ['a link to outside', forged({ type: 'link', path: 'zz', target: '/etc' }), '"zz"'],
    ['a file through that link', forged({ path: 'zz/passwd', body: 'x' }), '"zz/passwd"'],
    ['a duplicate', forged({ path: 'zero.txt' }), '"zero.txt"'],
    ['a hard link', forged({ path: 'zz', flag: '1', target: '/etc/passwd' }), 'STW-R121'],
    ['a character device', forged({ path: 'zz', flag: '3' }), '"zz" is a character device'],
    ['a block device', forged({ path: 'zz', flag: '4' }), '"zz" is a block device'],
    ['a named pipe', forged({ path: 'zz', flag: '6' }), '"zz" is a named pipe'],
    [
      'a pax header that renames',
      forged({ path: 'zz', flag: 'x', body: '19 path=../escape\n' }),
      'pax header',
    ],
    ['an unknown type', forged({ path: 'zz', flag: 'S' }), 'STW-R121'],
    ['a huge size', forged({ path: 'zz', size: 2 ** 50 }), '"zz"'],
    ['a body behind a link', forged({ type: 'link', path: 'zz', target: 'app', size: 9 }), 'body'],
    ['escape codes in its name', forged({ path: 'a\u001b]0;x\u0007' }), '\\u001b'],
  ])('is refused: %s', async (_, entry, expected) => {
    const { chunks } = await parts()

    expect(await problemOf(archive(...chunks.map(each => each.bytes), entry, tarEnd()))).toContain(expected)
  })
})

describe('an archive that was bent', () => {
  async function bent(
    bend: (chunks: { path: string; bytes: Buffer }[], root: string) => Buffer[],
  ): Promise<string> {
    const { chunks, root } = await parts()
    return archive(...bend(chunks, root))
  }
  const all = (chunks: { bytes: Buffer }[]) => chunks.map(each => each.bytes)
  const replace = (path: string, bytes: Buffer) => (chunks: { path: string; bytes: Buffer }[]) => [
    ...chunks.map(each => (each.path === path ? bytes : each.bytes)),
    tarEnd(),
  ]

  it.each([
    [
      'a changed file',
      replace('app/server.js', forged({ path: 'app/server.js', body: 'serveX)' })),
      'STW-R127 The file "app/server.js"',
    ],
    [
      'a longer file',
      replace('app/server.js', forged({ path: 'app/server.js', body: 'serve();' })),
      'has 8 bytes, not 7',
    ],
    [
      'another mode',
      replace('app/server.js', forged({ path: 'app/server.js', body: 'serve()', mode: 0o4755 })),
      '04755',
    ],
    [
      'a link instead of a file',
      replace('app/server.js', forged({ type: 'link', path: 'app/server.js', target: '/etc/passwd' })),
      '"app/server.js"',
    ],
    [
      'a link that leads elsewhere',
      replace('latest', forged({ type: 'link', path: 'latest', target: 'bin/run', mode: 0o777 })),
      '"latest"',
    ],
    [
      'a link with a special mode',
      replace('bin', forged({ type: 'directory', path: 'bin', mode: 0o4755 })),
      '"bin"',
    ],
    [
      'a huge size in a listed file',
      replace('zero.txt', forged({ path: 'zero.txt', size: 2 ** 45 })),
      '"zero.txt"',
    ],
    [
      'a missing file',
      replace('app/server.js', Buffer.alloc(0)),
      'STW-R128 The file "app/server.js" is missing',
    ],
    ['a missing last file', replace('zero.txt', Buffer.alloc(0)), 'STW-R128 The file "zero.txt" is missing'],
    [
      'a missing manifest',
      replace('.stellwerk-bundle.json', Buffer.alloc(0)),
      '".stellwerk-bundle.json" is missing',
    ],
    ['missing sums', replace('SHA256SUMS', Buffer.alloc(0)), '"SHA256SUMS" is missing'],
    ['other sums', replace('SHA256SUMS', forged({ path: 'SHA256SUMS', body: 'x' })), 'STW-R125'],
    ['no end', (chunks: { bytes: Buffer }[]) => all(chunks), 'ends early'],
    ['half an end', (chunks: { bytes: Buffer }[]) => [...all(chunks), Buffer.alloc(512)], 'ends early'],
    [
      'a cut inside a file',
      (chunks: { bytes: Buffer }[]) => [Buffer.concat(all(chunks)).subarray(0, 12_000)],
      'ends inside a file',
    ],
    [
      'data after its end',
      (chunks: { bytes: Buffer }[]) => [...all(chunks), tarEnd(), Buffer.from('more')],
      'data after its end',
    ],
    [
      'a second archive',
      (chunks: { bytes: Buffer }[]) => [...all(chunks), tarEnd(), ...all(chunks), tarEnd()],
      'data after its end',
    ],
    [
      'a damaged header',
      (chunks: { bytes: Buffer }[]) => {
        const bytes = Buffer.concat([...all(chunks), tarEnd()])
        bytes[10] = 0x41
        return [bytes]
      },
      'header is damaged',
    ],
    [
      'data in the padding',
      (chunks: { path: string; bytes: Buffer }[]) => {
        const server = chunks.find(each => each.path === 'app/server.js')
        server?.bytes.write('hidden', 512 + 100)
        return [...all(chunks), tarEnd()]
      },
      'data between two entries',
    ],
  ])('is refused: %s', async (_, bend, expected) => {
    expect(await problemOf(await bent(bend))).toContain(expected)
  })

  it('is refused when entries stand in another order', async () => {
    const path = await bent(chunks => [
      ...all(chunks.slice(0, 2)),
      ...all(chunks.slice(2).toReversed()),
      tarEnd(),
    ])

    expect(await problemOf(path)).toContain('STW-R128 The file "app" is missing')
  })

  it('is refused as the tar of another program', async () => {
    const { chunks } = await parts()
    const other = pack()
    for (const { path } of chunks) other.entry({ name: path }, 'x')
    other.finalize()
    const bytes: Buffer[] = []
    for await (const chunk of other) bytes.push(chunk as Buffer)

    expect(await problemOf(archive(...bytes))).toContain('not in the format')
  })
})

describe('a file that is no archive', () => {
  it.each([
    ['garbage', () => Buffer.from('no archive at all'), 'not zstd data'],
    ['nothing', () => Buffer.alloc(0), 'cut off'],
    ['a cut', (good: Buffer) => good.subarray(0, good.length - 5), 'cut off'],
    ['a longer cut', (good: Buffer) => good.subarray(0, 300), 'cut off'],
    [
      'garbage after its end',
      (good: Buffer) => Buffer.concat([good, Buffer.from('x')]),
      'data after its end',
    ],
    ['a second frame', (good: Buffer) => Buffer.concat([good, zstdCompressSync('x')]), 'data after its end'],
    ['gzip', () => Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]), 'not zstd data'],
  ])('is refused: %s', async (_, bend, expected) => {
    const good = await aBundle(directory, 'good', tree)
    const path = join(directory, 'bad.stw.tar.zst')
    writeFileSync(path, bend(readFileSync(good.path)))

    expect(await problemOf(path)).toContain(expected)
  })

  it('is refused with any flipped bit', async () => {
    const good = await aBundle(directory, 'good', tree)
    const bytes = readFileSync(good.path)
    const path = join(directory, 'flipped.stw.tar.zst')
    for (let position = 0; position < bytes.length; position += 37) {
      const flipped = Buffer.from(bytes)
      flipped[position] = (flipped[position] ?? 0) ^ 0x10
      writeFileSync(path, flipped)

      const result = await verifyBundle(path, { trust: [] })

      // A bit of the frame that zstd itself does not use may flip without any effect on the content.
      if (result.ok) expect(zstdDecompressSync(flipped).equals(zstdDecompressSync(bytes))).toBe(true)
    }
  })

  it('is refused: missing, or a directory', async () => {
    expect(await problemOf(join(directory, 'none'))).toContain('no such file')
    expect(await problemOf(directory)).toContain('not a file')
  })
})

describe('a manifest that lies with matching sums', () => {
  it.each([
    ['a climbing file', { files: [aFile('../x')] }, 'STW-R123 "../x"'],
    ['an absolute file', { files: [aFile('/etc/passwd')] }, '"/etc/passwd"'],
    ['a name with a newline', { files: [aFile('a\nb')] }, 'STW-R125 SHA256SUMS is not a list'],
    ['a reserved name', { files: [aFile('SHA256SUMS')] }, 'reserved'],
    ['a name twice', { files: [aFile('a'), aFile('a')] }, 'a name appears twice'],
    ['a directory twice', { directories: ['d', 'd'] }, '"d" may not be in a bundle the name appears twice'],
    ['a wrong order', { files: [aFile('b'), aFile('a')] }, 'not sorted'],
    ['a file as a directory too', { files: [aFile('a')], directories: ['a'] }, 'appears twice'],
    ['a link as a file too', { files: [aFile('a')], links: [{ path: 'a', target: 'b' }] }, 'appears twice'],
    [
      'a file below a link',
      { files: [aFile('l/passwd')], links: [{ path: 'l', target: 'd' }], directories: ['d'] },
      '"l" is not a directory',
    ],
    ['a file below nothing', { files: [aFile('d/x')] }, '"d" is not a directory'],
    ['a link to an absolute path', { links: [{ path: 'l', target: '/etc' }] }, 'absolute'],
    ['a link to outside', { links: [{ path: 'l', target: '../../etc' }] }, 'outside'],
    [
      'links that climb together',
      {
        directories: ['a', 'a/b'],
        links: [
          { path: 'a/b/up', target: '../..' },
          { path: 'x', target: 'a/b/up/../y' },
        ],
      },
      'outside',
    ],
    ['a link to itself', { links: [{ path: 'l', target: 'l' }] }, 'back to itself'],
    ['a link to nothing', { links: [{ path: 'l', target: '' }] }, 'not a usable path'],
    ['more than a disk holds', { files: [aFile('bomb', 2 ** 50)] }, '1000 times its size'],
  ])('is refused: %s', async (_, content, expected) => {
    const path = claiming(withContent(content))

    expect(await problemOf(path)).toContain(expected)
  })

  it('is refused with wrong totals, an unknown field or a mode with more rights', async () => {
    expect(await problemOf(claiming({ ...empty, totals: { ...empty.totals, files: 1 } }))).toContain('totals')
    expect(await problemOf(claiming({ ...empty, extra: 1 } as Manifest))).toContain('STW-R122')
    expect(
      await problemOf(claiming(withContent({ files: [{ ...aFile('a'), mode: '4777' as '0444' }] }))),
    ).toContain('mode')
  })

  it.each([
    ['one file more', (sums: string) => `${sums}${'b'.repeat(64)}  zz\n`, '"zz"'],
    ['one file less', (sums: string) => sums.replace(/.* {2}a\n/, ''), '"a"'],
    ['another hash', (sums: string) => sums.replace(/.* {2}a\n/, `${'b'.repeat(64)}  a\n`), '"a"'],
    [
      'another order',
      (sums: string) => sums.trim().split('\n').toReversed().join('\n').concat('\n'),
      'SHA256SUMS',
    ],
  ])('is refused when its sums list %s', async (_, bend, expected) => {
    const manifest = withContent({ files: [aFile('a')] })
    const text = formatManifest(manifest)
    const head = { manifest: text, sums: bend(formatSums(manifest, text)) }
    const path = archive(
      ...headEntries(head, mtimeOf(manifest)).map(entry => entryBytes(entry, '')),
      forged({ path: 'a' }),
      tarEnd(),
    )

    expect(await problemOf(path)).toContain(
      `disagree about ${expected.startsWith('"') ? expected : JSON.stringify(expected)}`,
    )
  })

  it('says in which bundle it was met', async () => {
    const path = claiming(withContent({ files: [aFile('../x')] }))

    const result = await openBundle(path, { trust: [] })

    expect(result).toMatchObject({ ok: false, error: { where: { file: path } } })
  })

  it('cannot make a small file unpack into a large one', async () => {
    // 400 MB of zeros in some kB, honestly listed: more than a thousand times the archive's size.
    const manifest = withContent({ files: [aFile('zeros', 400_000_000)] })
    const path = claiming(
      manifest,
      forged({ path: 'zeros', body: Buffer.alloc(50_000_000), size: 400_000_000 }),
    )

    expect(await problemOf(path)).toContain('1000 times')
    expect(statSync(path).size).toBeLessThan(100_000)
  })
})

describe('a signature in a bundle', () => {
  async function aKey(): Promise<{ secret: SecretKey; publicKey: string }> {
    const pair = await generateKey({})
    const secret = await readSecretKey(pair.secretKey.reveal())
    if (!secret.ok) throw new Error('key')
    return { secret: secret.value, publicKey: pair.publicKey }
  }

  it('is checked against the trusted keys', async () => {
    const { secret, publicKey } = await aKey()
    const signed = await aBundle(directory, 'signed', tree, secret)

    const opened = await openBundle(signed.path, { trust: [publicKey] })

    expect(opened).toMatchObject({
      ok: true,
      value: { signature: { keyId: secret.keyId, trustedComment: 'shop 1.2.3', checked: true } },
    })
    expect(signed.signature?.checked).toBe(false)
  })

  it('must be there when keys are trusted, and be of one of them', async () => {
    const { secret } = await aKey()
    const { publicKey } = await aKey()
    const unsigned = await aBundle(directory, 'unsigned', tree)
    const signed = await aBundle(directory, 'signed', tree, secret)

    expect(await problemOf(unsigned.path, [publicKey])).toContain('STW-R126')
    expect(await problemOf(signed.path, [publicKey])).toContain('STW-R133')
    expect(await problemOf(signed.path, ['nonsense'])).toContain('STW-R130')
  })

  it('does not change the digest', async () => {
    const { secret } = await aKey()

    const signed = await aBundle(directory, 'signed', tree, secret)
    const unsigned = await aBundle(directory, 'unsigned', tree)

    expect(signed.digest).toBe(unsigned.digest)
  })

  it('covers links and modes through the manifest', async () => {
    const { secret, publicKey } = await aKey()
    const manifest = withContent({ links: [{ path: 'l', target: 'a' }], files: [aFile('a')] })
    const text = formatManifest(manifest)
    const sums = formatSums(manifest, text)
    const bent = formatManifest({ ...manifest, links: [{ path: 'l', target: 'b' }] })
    const signature = sign(Buffer.from(sums), secret, { trusted: '' })
    const entries = headEntries({ manifest: bent, sums, signature }, 0)

    const path = archive(...entries.map(entry => entryBytes(entry, '')), tarEnd())

    expect(await problemOf(path, [publicKey])).toContain('disagree about ".stellwerk-bundle.json"')
  })
})
