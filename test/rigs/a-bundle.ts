// A bundle from a few lines, without git: what the tests of reading, comparing and sending bundles start from.
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Bundle } from '../../src/release/bundle/bundle.ts'
import { formatManifest, type Manifest, totalsOf } from '../../src/release/bundle/manifest.ts'
import { type SecretKey, sign } from '../../src/release/bundle/minisign.ts'
import { openBundle } from '../../src/release/bundle/open.ts'
import { collect } from '../../src/release/bundle/output-directory.ts'
import { packBundle } from '../../src/release/bundle/pack.ts'
import { formatSums } from '../../src/release/bundle/sums.ts'

/** Text of a file, `{link}` for a symbolic link, `{program}` for an executable file. */
export type Tree = Readonly<
  Record<string, string | Buffer | { readonly link: string } | { readonly program: string }>
>

export async function writeTree(root: string, tree: Tree): Promise<void> {
  for (const [path, content] of Object.entries(tree)) {
    const full = join(root, path)
    await mkdir(dirname(full), { recursive: true })
    if (typeof content === 'string' || Buffer.isBuffer(content)) await writeFile(full, content)
    else if ('link' in content) await symlink(content.link, full)
    else {
      await writeFile(full, content.program)
      await chmod(full, 0o755)
    }
  }
}

/** The manifest and the sums of what lies below `root`. `about` replaces what the manifest says of its origin. */
export async function aHead(root: string, key?: SecretKey, about: Partial<Manifest> = {}) {
  const content = await collect(root, [], '.')
  const manifest: Manifest = {
    schema: 'stellwerk.bundle/1',
    app: 'shop',
    version: '1.2.3',
    gitSha: 'abc1234'.padEnd(40, '0'),
    dirty: false,
    builtAt: '2026-11-21T02:15:00Z',
    entries: [],
    ...about,
    totals: totalsOf(content),
    ...content,
  }
  const text = formatManifest(manifest)
  const sums = formatSums(manifest, text)
  const signature = key ? { signature: sign(Buffer.from(sums), key, { trusted: 'shop 1.2.3' }) } : {}
  return { manifest, head: { manifest: text, sums, ...signature } }
}

/** Writes `<directory>/<name>.stw.tar.zst`; the tree lies in `<directory>/<name>` afterwards. */
export async function aBundle(
  directory: string,
  name: string,
  tree: Tree,
  key?: SecretKey,
  about?: Partial<Manifest>,
): Promise<Bundle> {
  const root = join(directory, name)
  await mkdir(root, { recursive: true })
  await writeTree(root, tree)
  const path = join(directory, `${name}.stw.tar.zst`)
  await packBundle({ root, ...(await aHead(root, key, about)), path, signal: new AbortController().signal })
  const opened = await openBundle(path, { trust: [] })
  if (!opened.ok) throw new Error(JSON.stringify(opened.error))
  return opened.value
}
