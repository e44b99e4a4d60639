// Writes tar in the GNU format: names as they are in UTF-8, long ones by an "L" or "K" entry. The newer pax headers would
// be shorter to write, but BusyBox tar skips them and unpacks every long name to the same file.

export interface TarHeader {
  readonly type: 'file' | 'directory' | 'link'
  /** Relative, without a trailing slash. */
  readonly path: string
  /** Bytes; 0 for directories and links. */
  readonly size: number
  readonly mode: number
  /** Seconds since 1970. */
  readonly mtime: number
  /** Links only. */
  readonly target?: string
}

export const blockSize = 512
const flags = { file: '0', directory: '5', link: '2', longPath: 'L', longTarget: 'K' } as const

/** The header of one entry, with the entries for long names before it. The body and `tarPadding` follow. */
export function tarHeader(header: TarHeader): Buffer {
  const name = Buffer.from(header.type === 'directory' ? `${header.path}/` : header.path)
  const target = Buffer.from(header.target ?? '')
  const parts: Buffer[] = []
  if (target.length > 100) parts.push(...longName(flags.longTarget, target))
  if (name.length > 100) parts.push(...longName(flags.longPath, name))
  parts.push(block(name, target, flags[header.type], header))
  return Buffer.concat(parts)
}

/** Zeros that fill the last block of a body. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc((blockSize - (size % blockSize)) % blockSize)
}

/** Two zero blocks: without them a reader cannot tell an end from a lost connection. */
export function tarEnd(): Buffer {
  return Buffer.alloc(2 * blockSize)
}

/** Bytes that one entry takes in the stream. */
export function tarSize(header: TarHeader): number {
  return tarHeader(header).length + header.size + tarPadding(header.size).length
}

function longName(flag: string, name: Buffer): Buffer[] {
  const body = Buffer.concat([name, Buffer.alloc(1)])
  const header = { size: body.length, mode: 0o644, mtime: 0 }
  return [block(Buffer.from('././@LongLink'), Buffer.alloc(0), flag, header), body, tarPadding(body.length)]
}

function block(
  name: Buffer,
  target: Buffer,
  flag: string,
  header: Pick<TarHeader, 'size' | 'mode' | 'mtime'>,
): Buffer {
  const output = Buffer.alloc(blockSize)
  name.copy(output, 0, 0, Math.min(name.length, 100))
  octal(output, 100, 8, header.mode)
  octal(output, 108, 8, 0)
  octal(output, 116, 8, 0)
  octal(output, 124, 12, header.size)
  octal(output, 136, 12, header.mtime)
  output.fill(' ', 148, 156)
  output.write(flag, 156, 'latin1')
  target.copy(output, 157, 0, Math.min(target.length, 100))
  output.write('ustar  \0', 257, 'latin1')
  octal(
    output,
    148,
    7,
    output.reduce((sum, byte) => sum + byte, 0),
  )
  return output
}

/** `width` counts the closing NUL. Sizes beyond 8 GiB are written in base 256, as GNU and BusyBox tar read them. */
function octal(output: Buffer, offset: number, width: number, value: number): void {
  const digits = value.toString(8)
  if (digits.length < width) {
    output.write(`${digits.padStart(width - 1, '0')}\0`, offset, 'latin1')
    return
  }
  output.fill(0, offset, offset + width)
  output[offset] = 0x80
  output.writeBigUInt64BE(BigInt(value), offset + width - 8)
}
