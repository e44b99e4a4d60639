// Reads a body of any length: the first 1 MiB is kept, the rest is counted, and the last line is always known.
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib'

export interface Body {
  /** At most 1 MiB, as text. */
  readonly text: string
  /** As counted on the wire. */
  readonly bytes: number
  /** Whether `text` is everything. */
  readonly whole: boolean
  /** The last line that is not empty, without its newline; at most 64 KiB of it. */
  readonly lastLine: string
  /** Set when the connection ended before the body did. */
  readonly broken?: string
  /** Set when the content encoding cannot be undone; `text` is empty then. */
  readonly unreadable?: string
}

const keep = 1024 * 1024
const keepTail = 64 * 1024

const decoders: Readonly<
  Record<string, (data: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>>
> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
  zstd: promisify(zstdDecompress),
}

export class BodyReader {
  readonly #encoding: string
  readonly #charset: string | undefined
  #head: Buffer[] = []
  #headBytes = 0
  #tail = Buffer.alloc(0)
  #bytes = 0

  constructor(headers: Readonly<Record<string, string>>) {
    this.#encoding = (headers['content-encoding'] ?? 'identity').trim().toLowerCase()
    this.#charset = /charset="?([\w-]+)/i.exec(headers['content-type'] ?? '')?.[1]
  }

  /** Rejects only when `signal` is aborted. */
  async read(stream: Readable, signal: AbortSignal, onBytes: (bytes: number) => void): Promise<Body> {
    try {
      for await (const chunk of stream) {
        this.#add(chunk)
        onBytes(this.#bytes)
      }
    } catch (error) {
      if (signal.aborted) throw error
      return this.#result(error instanceof Error ? error.message : String(error))
    }
    return this.#encoding === 'identity' || this.#bytes === 0 ? this.#result() : this.#unpacked()
  }

  #add(chunk: Buffer): void {
    this.#bytes += chunk.length
    if (this.#headBytes < keep) {
      const part = chunk.subarray(0, keep - this.#headBytes)
      this.#head.push(part)
      this.#headBytes += part.length
    }
    this.#tail = Buffer.concat([this.#tail, chunk.subarray(-keepTail)]).subarray(-keepTail)
  }

  #result(broken?: string): Body {
    const text = this.#decode(Buffer.concat(this.#head))
    const complete = this.#bytes <= keep
    return {
      text,
      bytes: this.#bytes,
      whole: complete && broken === undefined,
      lastLine: lastLine(complete ? text : this.#decode(this.#tail)),
      ...(broken === undefined ? {} : { broken }),
    }
  }

  async #unpacked(): Promise<Body> {
    const unreadable = (why: string): Body => ({
      text: '',
      bytes: this.#bytes,
      whole: false,
      lastLine: '',
      unreadable: `${this.#encoding}: ${why}`,
    })
    const decoder = decoders[this.#encoding]
    if (!decoder) return unreadable('unknown content encoding')
    if (this.#bytes > keep) return unreadable('larger than 1 MiB')
    try {
      const text = this.#decode(await decoder(Buffer.concat(this.#head), { maxOutputLength: keep }))
      return { text, bytes: this.#bytes, whole: true, lastLine: lastLine(text) }
    } catch (error) {
      return unreadable(error instanceof Error ? error.message : String(error))
    }
  }

  /** Drops a byte order mark; a byte that does not fit becomes U+FFFD and matches nothing by accident. */
  #decode(data: Buffer): string {
    try {
      return new TextDecoder(this.#charset).decode(data)
    } catch {
      return new TextDecoder().decode(data)
    }
  }
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1)?.trimEnd() ?? ''
}
