// Reads the tar format that tar-write.ts writes, and nothing else: no hard links, no devices, no pax headers, no data
// after the end. A small grammar leaves a crafted archive nothing to say. Every fault is a ProblemError (STW-R121).
import { text } from '../../core/lang.ts'
import { archiveMalformed } from './archive-problems.ts'
import { refuse } from './boundary.ts'
import { ByteReader } from './byte-reader.ts'
import { blockSize } from './tar-write.ts'

export interface TarEntry {
  readonly type: 'file' | 'directory' | 'link'
  /** As in the archive, without a directory's trailing slash; not yet checked against any rule. */
  readonly path: string
  readonly size: number
  readonly mode: number
  readonly target?: string
  /** The content; may be left unread or half read. */
  readonly body: AsyncIterable<Buffer>
}

/** Longest name in a long-name entry: a larger one is not a name. */
const longestName = 8192

const types = new Map<string, TarEntry['type']>([
  ['0', 'file'],
  ['5', 'directory'],
  ['2', 'link'],
])
const otherTypes = new Map([
  ['\0', 'an entry of the old tar format'],
  ['1', 'a hard link'],
  ['3', 'a character device'],
  ['4', 'a block device'],
  ['6', 'a named pipe'],
  ['x', 'a pax header'],
  ['g', 'a pax header'],
])

export async function* readTar(source: AsyncIterable<Buffer>): AsyncGenerator<TarEntry, void, undefined> {
  const reader = new ByteReader(source)
  let long: { path?: string; target?: string } = {}
  try {
    for (;;) {
      const header = await reader.exact(blockSize)
      if (header === undefined) return refuseTar('it ends early', 'es endet zu früh')
      if (header.every(byte => byte === 0)) break
      const fields = decode(header)
      if (fields.flag === 'L' || fields.flag === 'K') {
        long = { ...long, [fields.flag === 'L' ? 'path' : 'target']: await longName(reader, fields.size) }
        continue
      }
      const path = long.path ?? fields.name
      const type = types.get(fields.flag)
      if (type === undefined) return refuseType(path, fields.flag)
      if (type !== 'file' && fields.size !== 0)
        return refuseTar(
          `${JSON.stringify(path)} has a body it may not have`,
          `${JSON.stringify(path)} hat einen unerlaubten Inhalt`,
        )
      const body = reader.body(fields.size)
      yield {
        type,
        path: type === 'directory' ? path.replace(/\/$/, '') : path,
        size: fields.size,
        mode: fields.mode,
        ...(type === 'link' ? { target: long.target ?? fields.target } : {}),
        body,
      }
      await body.return(undefined)
      await reader.skip()
      await padding(reader, fields.size)
      long = {}
    }
    await onlyZeros(reader)
  } finally {
    await reader.close()
  }
}

interface Fields {
  readonly name: string
  readonly mode: number
  readonly size: number
  readonly flag: string
  readonly target: string
}

function decode(header: Buffer): Fields {
  const expected = number(header, 148, 8)
  const sum = header.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0)
  if (expected !== sum) return refuseTar('a header is damaged', 'ein Kopf ist beschädigt')
  if (header.toString('latin1', 257, 265) !== 'ustar  \0') {
    return refuseTar(
      'it is not in the format that Stellwerk writes',
      'es hat nicht das Format, das Stellwerk schreibt',
    )
  }
  const size = number(header, 124, 12)
  if (!Number.isSafeInteger(size)) return refuseTar('a size is not a number', 'eine Größe ist keine Zahl')
  return {
    name: string(header, 0, 100),
    mode: number(header, 100, 8),
    size,
    flag: header.toString('latin1', 156, 157),
    target: string(header, 157, 100),
  }
}

function string(header: Buffer, offset: number, length: number): string {
  const field = header.subarray(offset, offset + length)
  const end = field.indexOf(0)
  return field.toString('utf8', 0, end < 0 ? length : end)
}

/** NaN when the field is not a number; base 256 only as tar-write.ts writes it. */
function number(header: Buffer, offset: number, length: number): number {
  if (header[offset] === 0x80) {
    const value = header.readBigUInt64BE(offset + length - 8)
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : Number.NaN
  }
  const digits = string(header, offset, length).trim()
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN
}

async function longName(reader: ByteReader, size: number): Promise<string> {
  if (size < 2 || size > longestName) return refuseTar('a name is too long', 'ein Name ist zu lang')
  const body = await reader.exact(size)
  if (body === undefined || body.indexOf(0) !== size - 1)
    return refuseTar('a long name is damaged', 'ein langer Name ist beschädigt')
  await padding(reader, size)
  return body.toString('utf8', 0, size - 1)
}

/** Bytes between a body and the next header must be zero, or an archive could carry what nobody verifies. */
async function padding(reader: ByteReader, size: number): Promise<void> {
  const length = (blockSize - (size % blockSize)) % blockSize
  if (length === 0) return
  const bytes = await reader.exact(length)
  if (bytes === undefined) return refuseTar('it ends early', 'es endet zu früh')
  if (bytes.some(byte => byte !== 0))
    return refuseTar('it holds data between two entries', 'es enthält Daten zwischen zwei Einträgen')
}

async function onlyZeros(reader: ByteReader): Promise<void> {
  const second = await reader.exact(blockSize)
  if (second === undefined) return refuseTar('it ends early', 'es endet zu früh')
  if (second.some(byte => byte !== 0))
    return refuseTar('it holds data after its end', 'es enthält Daten nach seinem Ende')
  const after = await reader.exact(1)
  if (after !== undefined)
    return refuseTar('it holds data after its end', 'es enthält Daten nach seinem Ende')
}

function refuseType(path: string, flag: string): never {
  const name = otherTypes.get(flag) ?? `an entry of type ${JSON.stringify(flag)}`
  return refuseTar(
    `${JSON.stringify(path)} is ${name}; a bundle holds files, directories and symbolic links only`,
    `${JSON.stringify(path)} ist kein zulässiger Eintrag (Typ ${JSON.stringify(flag)}); ein Bundle enthält nur Dateien, Verzeichnisse und symbolische Links`,
  )
}

function refuseTar(en: string, de: string): never {
  return refuse(archiveMalformed(text(en, de)))
}
