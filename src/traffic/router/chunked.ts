// Follows the chunked coding byte by byte, so that a message can be passed on as it came and its end is still known
// exactly. Strict: bare LF, signs, `0x`, spaces around sizes and framing headers in trailers are errors.

const size = 0
const sizeMore = 1
const extension = 2
const sizeLf = 3
const data = 4
const dataCr = 5
const dataLf = 6
const trailerStart = 7
const trailerName = 8
const trailerValue = 9
const trailerLf = 10
const endLf = 11
const finished = 12

const cr = 13
const lf = 10

/** Longest size line and longest trailer section, in bytes. */
const maxExtension = 256
const maxTrailer = 8192

const forbiddenTrailer: ReadonlySet<string> = new Set([
  'content-length',
  'transfer-encoding',
  'host',
  'connection',
  'trailer',
  'te',
  'upgrade',
  'authorization',
  'content-encoding',
  'content-type',
  'content-range',
  'set-cookie',
  'cookie',
])

/** Receives the positions of payload bytes in the buffer being scanned. */
export type PayloadSink = (start: number, end: number) => void

export class ChunkScanner {
  #state = size
  #remaining = 0
  #digits = 0
  #spent = 0
  #name = ''
  readonly #payload: PayloadSink | undefined

  constructor(payload?: PayloadSink) {
    this.#payload = payload
  }

  get done(): boolean {
    return this.#state === finished
  }

  /** Scans from `start`; returns the index after the last byte that belongs to the message, or -1 when it is not the
   *  chunked coding. After the end was seen, `done` is true. */
  scan(buffer: Uint8Array, start: number): number {
    let index = start
    const length = buffer.length
    while (index < length && this.#state !== finished) {
      if (this.#state === data) {
        const take = Math.min(this.#remaining, length - index)
        this.#payload?.(index, index + take)
        this.#remaining -= take
        index += take
        if (this.#remaining === 0) this.#state = dataCr
        continue
      }
      if (!this.#step(buffer[index] ?? 0)) return -1
      index++
    }
    return index
  }

  #step(byte: number): boolean {
    switch (this.#state) {
      case size:
      case sizeMore:
        return this.#size(byte)
      case extension:
        if (byte === cr) this.#state = sizeLf
        else if (++this.#spent > maxExtension || !visible(byte)) return false
        return true
      case sizeLf:
        if (byte !== lf) return false
        this.#spent = 0
        this.#state = this.#remaining === 0 ? trailerStart : data
        return true
      case dataCr:
        this.#state = dataLf
        return byte === cr
      case dataLf:
        this.#state = size
        this.#digits = 0
        return byte === lf
      default:
        return this.#trailer(byte)
    }
  }

  #size(byte: number): boolean {
    const digit = hex(byte)
    if (digit >= 0) {
      // Twelve digits are 2^48: far above any chunk and far below what a number can hold exactly.
      if (++this.#digits > 12) return false
      this.#remaining = this.#state === size ? digit : this.#remaining * 16 + digit
      this.#state = sizeMore
      return true
    }
    if (this.#state === size) return false
    if (byte === cr) this.#state = sizeLf
    else if (byte === 59) {
      this.#spent = 0
      this.#state = extension
    } else return false
    return true
  }

  #trailer(byte: number): boolean {
    if (++this.#spent > maxTrailer) return false
    switch (this.#state) {
      case trailerStart:
        if (byte === cr) {
          this.#state = endLf
          return true
        }
        this.#name = ''
        this.#state = trailerName
        return this.#trailer(byte)
      case trailerName:
        if (byte === 58) {
          this.#state = trailerValue
          return this.#name !== '' && !forbiddenTrailer.has(this.#name.toLowerCase())
        }
        this.#name += String.fromCharCode(byte)
        return tokenByte(byte)
      case trailerValue:
        if (byte === cr) this.#state = trailerLf
        return byte === cr || visible(byte)
      case trailerLf:
        this.#state = trailerStart
        return byte === lf
      default:
        this.#state = finished
        return byte === lf
    }
  }
}

function hex(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48
  const lower = byte | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}

function visible(byte: number): boolean {
  return byte === 9 || (byte >= 32 && byte !== 127)
}

function tokenByte(byte: number): boolean {
  return (
    (byte >= 48 && byte <= 57) ||
    (byte >= 65 && byte <= 90) ||
    (byte >= 94 && byte <= 122) ||
    "!#$%&'*+-.|~".includes(String.fromCharCode(byte))
  )
}
