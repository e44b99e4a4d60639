// Cuts a stream of chunks into the pieces a format asks for, without copying more than one small piece.
import { text } from '../../core/lang.ts'
import { archiveMalformed } from './archive-problems.ts'
import { refuse } from './boundary.ts'

export class ByteReader {
  readonly #source: AsyncIterator<Buffer>
  #chunk: Buffer = Buffer.alloc(0)
  /** Bytes of the current body that were not read yet. */
  #left = 0

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** Exactly `length` bytes; undefined when the stream ends before. For headers, not for content. */
  async exact(length: number): Promise<Buffer | undefined> {
    if (this.#chunk.length >= length) return this.#take(length)
    const parts: Buffer[] = []
    let missing = length
    while (missing > 0) {
      if (this.#chunk.length === 0 && !(await this.#next())) return undefined
      const part = this.#take(missing)
      parts.push(part)
      missing -= part.length
    }
    return Buffer.concat(parts)
  }

  /** The next `length` bytes as they arrive. A stream that ends inside is refused. */
  body(length: number): AsyncGenerator<Buffer, void, undefined> {
    // Not inside the generator, which does not start before somebody reads from it.
    this.#left = length
    return this.#parts()
  }

  /** Passes over what is left of the body. */
  async skip(): Promise<void> {
    while (this.#left > 0) await this.#some()
  }

  async close(): Promise<void> {
    await this.#source.return?.()
  }

  async *#parts(): AsyncGenerator<Buffer, void, undefined> {
    while (this.#left > 0) yield await this.#some()
  }

  async #some(): Promise<Buffer> {
    if (this.#chunk.length === 0 && !(await this.#next())) {
      return refuse(archiveMalformed(text('it ends inside a file', 'es endet mitten in einer Datei')))
    }
    const part = this.#take(this.#left)
    this.#left -= part.length
    return part
  }

  async #next(): Promise<boolean> {
    for (;;) {
      const next = await this.#source.next()
      if (next.done) return false
      this.#chunk = next.value
      if (this.#chunk.length > 0) return true
    }
  }

  #take(most: number): Buffer {
    const part = this.#chunk.subarray(0, most)
    this.#chunk = this.#chunk.subarray(part.length)
    return part
  }
}
