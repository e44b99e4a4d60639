// Manifests of bundles that this machine has deployed, one file each by digest: a cache, so what cannot be read is absent.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Manifest } from '../release/bundle/manifest.ts'
import { parseManifest } from '../release/bundle/parse-manifest.ts'

export async function knownManifest(directory: string, digest: string): Promise<Manifest | undefined> {
  const content = await readFile(join(directory, `${digest}.json`), 'utf8').catch(() => undefined)
  const parsed = content === undefined ? undefined : parseManifest(content, digest)
  return parsed?.ok ? parsed.value : undefined
}

export async function rememberManifest(directory: string, digest: string, content: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const temporary = join(directory, `.${digest}.${process.pid}`)
  await writeFile(temporary, content, { mode: 0o600 })
  await rename(temporary, join(directory, `${digest}.json`))
}
