// Takes a script's own output out of the stream between the two reports of frame.ts, byte for byte and at once.

export interface Unframed {
  /** Process id of the script's shell, which is also its process group. Set with the first report. */
  readonly pid: number | undefined
  /** Exit code of the script. Set with the second report. */
  readonly code: number | undefined
  /** What came before the script began: a noisy login shell, or ssh's own words. The last 16 KiB. */
  readonly noise: string
  push(chunk: Buffer): void
  /** Gives what was held back because it looked like the beginning of a report. */
  end(): void
}

const noiseLimit = 16_384
/** Longer than any report; so a nonce without its newline within this distance is not a report. */
const reportLimit = 128

/** Calls `onData` with what the script wrote and `onChange` after each report. */
export function makeUnframe(nonce: string, onData: (bytes: Buffer) => void, onChange: () => void): Unframed {
  const marker = Buffer.from(`${nonce} `)
  let held: Buffer = Buffer.alloc(0)
  let noise = ''
  let pid: number | undefined
  let code: number | undefined

  function give(bytes: Buffer): void {
    if (bytes.length === 0 || code !== undefined) return
    if (pid === undefined) noise = (noise + bytes.toString('latin1')).slice(-noiseLimit)
    else onData(bytes)
  }

  function report(line: string): void {
    const [what, value] = line.split(' ')
    const number = Number(value)
    if (!Number.isInteger(number)) return
    if (what === 'begin' && pid === undefined) pid = number
    else if (what === 'end' && pid !== undefined && code === undefined) code = number
    else return
    onChange()
  }

  return {
    get pid() {
      return pid
    },
    get code() {
      return code
    },
    get noise() {
      return Buffer.from(noise, 'latin1').toString('utf8')
    },
    push(chunk) {
      let rest = held.length === 0 ? chunk : Buffer.concat([held, chunk])
      held = Buffer.alloc(0)
      for (;;) {
        const at = rest.indexOf(marker)
        if (at < 0) break
        give(rest.subarray(0, at))
        const end = rest.indexOf(0x0a, at)
        if (end < 0 && rest.length - at < reportLimit) {
          held = rest.subarray(at)
          return
        }
        if (end < 0) break
        report(rest.toString('latin1', at + marker.length, end))
        rest = rest.subarray(end + 1)
      }
      // Only a beginning of the nonce is held back, or a line would wait for the next one.
      const kept = overlap(rest, marker)
      give(rest.subarray(0, rest.length - kept))
      held = rest.subarray(rest.length - kept)
    },
    end() {
      give(held)
      held = Buffer.alloc(0)
    },
  }
}

/** Length of the longest end of `bytes` that is a beginning of `marker`. */
function overlap(bytes: Buffer, marker: Buffer): number {
  for (let length = Math.min(bytes.length, marker.length - 1); length > 0; length--) {
    if (bytes.subarray(bytes.length - length).equals(marker.subarray(0, length))) return length
  }
  return 0
}
