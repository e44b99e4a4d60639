// Opens a bundle: reads its head, checks the signature first, then that manifest and sums agree and obey the rules.
import { text } from '../../core/lang.ts'
import { ProblemError } from '../../core/problem.ts'
import type { Result } from '../../core/result.ts'
import { archiveSize, readArchive } from './archive-file.ts'
import {
  archiveMalformed,
  archiveUnreadable,
  fileMissing,
  manifestUnreadable,
  sumsDiffer,
  sumsUnreadable,
  unsigned,
} from './archive-problems.ts'
import { asResult, refuse, unwrap } from './boundary.ts'
import type { Bundle, BundleHead, BundleSignature } from './bundle.ts'
import { parsePublicKey, readSignature, verify } from './minisign.ts'
import { parseManifest } from './parse-manifest.ts'
import { manifestName, signatureName, sumsName } from './path-rules.ts'
import { digestOf, formatSums, parseSums, sha256Of, sumsOf } from './sums.ts'
import { readTar } from './tar-read.ts'
import { walkBundle } from './walk.ts'

/** The head is held in memory; half a million files fit. */
const largestHead = 128 * 1024 * 1024
/** A bundle that claims to unpack to more than this many times its size (and 64 MiB) is refused as a bomb. */
const largestRatio = 1000
const ratioAllowance = 64 * 1024 * 1024

export interface OpenProps {
  /** Public keys, each the base64 line or the text of a minisign `.pub` file. With at least one, a bundle must carry a
   *  valid signature of one of them; with none, a signature is read but not checked. */
  readonly trust: readonly string[]
}

/** Reads the head only: cheap for a bundle of any size. Nothing is written. */
export function openBundle(path: string, props: OpenProps): Promise<Result<Bundle>> {
  return asResult(() => open(path, props))
}

/** Opens the bundle and reads all of it; the Problem names the first file that is wrong, missing or additional. */
export function verifyBundle(path: string, props: OpenProps): Promise<Result<Bundle>> {
  return asResult(async () => {
    const bundle = await open(path, props)
    await inFile(path, async () => {
      for await (const { body } of walkBundle(bundle)) for await (const _ of body);
    })
    return bundle
  })
}

function open(path: string, props: OpenProps): Promise<Bundle> {
  return inFile(path, async () => {
    const archiveBytes = await archiveSize(path)
    const head = await readHead(path)
    const signature = checkSignature(head, props.trust)
    const listed = parseSums(head.sums)
    if (!listed) return refuse(sumsUnreadable())
    if (listed.get(manifestName) !== sha256Of(head.manifest)) refuse(sumsDiffer(manifestName))
    const manifest = unwrap(parseManifest(head.manifest, path))
    compareLists(manifest, head, listed)
    if (manifest.totals.bytes > archiveBytes * largestRatio + ratioAllowance) {
      refuse(
        archiveUnreadable(
          path,
          text(
            `it would unpack to more than ${largestRatio} times its size`,
            `es würde auf mehr als das ${largestRatio}-Fache seiner Größe anwachsen`,
          ),
        ),
      )
    }
    return {
      path,
      archiveBytes,
      digest: digestOf(head.sums),
      manifest,
      sums: sumsOf(manifest),
      head,
      ...(signature ? { signature } : {}),
    }
  })
}

async function readHead(path: string): Promise<BundleHead> {
  const found: { name: string; content: string }[] = []
  const names = [manifestName, sumsName, signatureName]
  for await (const entry of readTar(readArchive(path))) {
    const name = names[found.length]
    if (entry.path !== name || entry.type !== 'file') break
    if (entry.size > largestHead)
      refuse(archiveMalformed(text(`${name} is too large`, `${name} ist zu groß`)))
    const chunks: Buffer[] = []
    for await (const chunk of entry.body) chunks.push(chunk)
    found.push({ name, content: decode(name, Buffer.concat(chunks)) })
    if (found.length === names.length) break
  }
  const [manifest, sums, signature] = found.map(each => each.content)
  if (manifest === undefined) return refuse(fileMissing(manifestName))
  if (sums === undefined) return refuse(fileMissing(sumsName))
  return { manifest, sums, ...(signature === undefined ? {} : { signature }) }
}

/** Strict: text that is compared and hashed later must stand for exactly the bytes in the archive. */
function decode(name: string, bytes: Buffer): string {
  const content = bytes.toString('utf8')
  return Buffer.from(content).equals(bytes)
    ? content
    : refuse(manifestUnreadable(name, text('it is not UTF-8', 'es ist kein UTF-8')))
}

function checkSignature(head: BundleHead, trust: readonly string[]): BundleSignature | undefined {
  if (head.signature === undefined) return trust.length === 0 ? undefined : refuse(unsigned())
  if (trust.length === 0) return { ...unwrap(readSignature(head.signature)), checked: false }
  const keys = trust.map(key => unwrap(parsePublicKey(key)))
  const { keyId, trustedComment } = unwrap(verify(Buffer.from(head.sums), head.signature, keys))
  return { keyId, trustedComment, checked: true }
}

function compareLists(
  manifest: Bundle['manifest'],
  head: BundleHead,
  listed: ReadonlyMap<string, string>,
): void {
  if (formatSums(manifest, head.manifest) === head.sums) return
  const known = new Map(manifest.files.map(file => [file.path, file.sha256]))
  const different =
    manifest.files.find(file => listed.get(file.path) !== file.sha256)?.path ??
    [...listed.keys()].find(path => path !== manifestName && !known.has(path))
  refuse(sumsDiffer(different ?? sumsName))
}

/** A Problem from inside the archive says in which bundle it was met. */
async function inFile<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!ProblemError.is(error)) throw error
    return refuse({ ...error.problem, where: { file: path, ...error.problem.where } })
  }
}
