// Goes through a bundle's archive in step with its manifest: each entry must be the one that belongs there.
import { createHash } from 'node:crypto'
import { text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'
import { readArchive } from './archive-file.ts'
import { fileAdditional, fileDiffers, fileMissing } from './archive-problems.ts'
import { refuse } from './boundary.ts'
import { type Bundle, bodyEntries, type ExpectedEntry, headEntries, mtimeOf } from './bundle.ts'
import type { BundleFile } from './manifest.ts'
import { comparePaths } from './path-rules.ts'
import { readTar, type TarEntry } from './tar-read.ts'

export interface Walked {
  readonly file: BundleFile
  /** Ends with a ProblemError when the content does not have the manifest's hash. May be left unread. */
  readonly body: AsyncIterable<Buffer>
}

/** The files of a bundle in order. Throws a ProblemError that names the first entry which is wrong, missing or
 *  additional. When the caller leaves early, the rest of the archive is not looked at. */
export async function* walkBundle(bundle: Bundle): AsyncGenerator<Walked, void, undefined> {
  const expected = [...headEntries(bundle.head, mtimeOf(bundle.manifest)), ...bodyEntries(bundle.manifest)]
  let index = 0
  for await (const entry of readTar(readArchive(bundle.path))) {
    const wanted = expected[index]
    const fault = entryFault(entry, wanted, expected)
    if (fault || !wanted) return refuse(fault ?? fileAdditional(entry.path))
    index += 1
    if (wanted.content !== undefined) await sameContent(entry, wanted.content)
    if (wanted.file) yield { file: wanted.file, body: checked(entry.body, wanted.file) }
  }
  const missing = expected[index]
  if (missing) refuse(fileMissing(missing.header.path))
}

/** Passes content through and hashes it; the last step throws when the hash is not the expected one. */
export async function* checked(
  body: AsyncIterable<Buffer>,
  file: BundleFile,
): AsyncGenerator<Buffer, void, undefined> {
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of body) {
    hash.update(chunk)
    size += chunk.length
    yield chunk
  }
  if (size !== file.size) refuse(fileDiffers(file.path, sizes(file.size, size)))
  if (hash.digest('hex') !== file.sha256) {
    refuse(
      fileDiffers(file.path, text('its content has another SHA-256', 'sein Inhalt hat eine andere SHA-256')),
    )
  }
}

function entryFault(
  entry: TarEntry,
  wanted: ExpectedEntry | undefined,
  all: readonly ExpectedEntry[],
): Problem | undefined {
  if (wanted?.header.path !== entry.path) {
    const later =
      wanted &&
      all.some(each => each.header.path === entry.path) &&
      comparePaths(entry.path, wanted.header.path) > 0
    return later ? fileMissing(wanted.header.path) : fileAdditional(entry.path)
  }
  const { header } = wanted
  if (entry.type !== header.type || entry.target !== header.target) {
    return fileDiffers(
      entry.path,
      text('it is of another kind, or leads elsewhere', 'sie ist von anderer Art oder führt woandershin'),
    )
  }
  if (entry.mode !== header.mode) {
    return fileDiffers(
      entry.path,
      text(
        `its mode is ${octal(entry.mode)}, not ${octal(header.mode)}`,
        `ihr Modus ist ${octal(entry.mode)}, nicht ${octal(header.mode)}`,
      ),
    )
  }
  return entry.size === header.size ? undefined : fileDiffers(entry.path, sizes(header.size, entry.size))
}

async function sameContent(entry: TarEntry, content: string): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of entry.body) chunks.push(chunk)
  if (Buffer.concat(chunks).toString('utf8') !== content) {
    refuse(
      fileDiffers(
        entry.path,
        text('the bundle was replaced while it was in use', 'das Bundle wurde während der Benutzung ersetzt'),
      ),
    )
  }
}

function sizes(expected: number, found: number) {
  return text(`it has ${found} bytes, not ${expected}`, `sie hat ${found} Bytes, nicht ${expected}`)
}

function octal(mode: number): string {
  return `0${mode.toString(8)}`
}
