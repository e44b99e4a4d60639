// Files that outlive a release. A name holds the hash of its content: the same file twice is one file, and a name can
// be cached for ever.
import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type { Readable } from 'node:stream'

export interface Upload {
  readonly name: string
  readonly url: string
  readonly sha256: string
  readonly bytes: number
}

const contentTypes: Readonly<Record<string, string>> = {
  '.txt': 'text/plain; charset=utf-8',
  '.mp3': 'audio/mpeg',
  '.wav': 'audio/wav',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
}
const namePattern = /^[0-9a-f]{64}\.[a-z0-9]{1,8}$/

/** Streams to the disk; undefined when it is larger than `maxBytes`. Nothing is left of a failed upload. */
export async function saveUpload(
  body: Readable,
  wishedName: string,
  directory: string,
  maxBytes: number,
): Promise<Upload | undefined> {
  const extension = extname(wishedName).toLowerCase()
  const suffix = extension in contentTypes ? extension : '.bin'
  await mkdir(directory, { recursive: true })
  const part = join(directory, `.part-${randomUUID()}`)
  const hash = createHash('sha256')
  let bytes = 0
  try {
    // The stream stays open when it is too long: destroying it would take the connection, and the answer, with it.
    const chunks = body.iterator({ destroyOnReturn: false })
    const file = await open(part, 'wx', 0o644)
    try {
      for await (const chunk of chunks) {
        bytes += chunk.length
        if (bytes > maxBytes) return undefined
        hash.update(chunk)
        await file.writeFile(chunk)
      }
      await file.sync()
    } finally {
      await file.close()
    }
    const sha256 = hash.digest('hex')
    const name = `${sha256}${suffix}`
    await rename(part, join(directory, name))
    return { name, url: `/uploads/${name}`, sha256, bytes }
  } finally {
    await rm(part, { force: true })
  }
}

export async function openUpload(
  name: string,
  directory: string,
): Promise<{ readonly stream: Readable; readonly bytes: number; readonly contentType: string } | undefined> {
  if (!namePattern.test(name)) return undefined
  const path = join(directory, name)
  const found = await stat(path).catch(() => undefined)
  if (!found?.isFile()) return undefined
  const contentType = contentTypes[extname(name)] ?? 'application/octet-stream'
  return { stream: createReadStream(path), bytes: found.size, contentType }
}
