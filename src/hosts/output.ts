// What a person and a program keep of a stream: every line as it arrives, and the last MiB.
import { StringDecoder } from 'node:string_decoder'

const tailLimit = 1024 * 1024
/** A line without an end is given in pieces, or a stream of zeros would fill the memory. */
const lineLimit = 256 * 1024

export interface Output {
  push(bytes: Buffer): void
  /** Gives the last line when it has no newline. */
  end(): void
  /** The last MiB at most, never starting inside a character. */
  tail(): string
}

export function makeOutput(onLine: (line: string) => void = () => {}): Output {
  const decoder = new StringDecoder('utf8')
  const chunks: Buffer[] = []
  let size = 0
  let partial = ''

  function lines(text: string): void {
    const parts = text.split('\n')
    parts[0] = partial + parts[0]
    partial = parts.pop() ?? ''
    for (const line of parts) onLine(line)
    if (partial.length > lineLimit) {
      onLine(partial)
      partial = ''
    }
  }

  return {
    push(bytes) {
      chunks.push(bytes)
      size += bytes.length
      while (size - (chunks[0]?.length ?? 0) >= tailLimit) size -= chunks.shift()?.length ?? 0
      lines(decoder.write(bytes))
    },
    end() {
      lines(decoder.end())
      if (partial !== '') onLine(partial)
      partial = ''
    },
    tail() {
      const all = Buffer.concat(chunks)
      let start = Math.max(0, all.length - tailLimit)
      while (start > 0 && start < all.length && ((all[start] ?? 0) & 0xc0) === 0x80) start++
      return all.toString('utf8', start)
    },
  }
}
