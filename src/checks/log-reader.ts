// Counts the lines of a log as they stream by, and keeps only the first that must not be there.
import type { LogCheck } from '../config/schema/check.ts'
import { timeOfLine } from './log-time.ts'

/** Who knows which lines are new: the script that prints them, the time they begin with, or all are. */
export type Cut = 'script' | 'lines' | 'all'

export class LogReader {
  lines = 0
  bad = 0
  bytes = 0
  first: string | undefined
  readonly #cut: Cut
  readonly #now: number
  readonly #forbid: RegExp | undefined
  readonly #ignore: readonly RegExp[]
  /** The first line of the script: seconds since 1970 of the host, its zone, the moment. */
  #moment: { now: number; zone: number; since: number } | undefined
  #isNew = true
  #seen = 0
  #timed = 0

  /** `now`: milliseconds since 1970, where the host does not say. */
  constructor(check: LogCheck, cut: Cut, now: number) {
    this.#cut = cut
    this.#forbid = check.forbid === undefined ? undefined : new RegExp(check.forbid, 'u')
    this.#ignore = check.ignore.map(one => new RegExp(one, 'u'))
    this.#now = now
  }

  /** Whether it could tell which lines are new. */
  get isTimed(): boolean {
    return this.#cut !== 'lines' || this.#seen === 0 || this.#timed > 0
  }

  read(line: string): void {
    if (this.#moment === undefined) {
      this.#moment = momentOf(line, this.#now)
      return
    }
    this.bytes += line.length + 1
    if (line.trim() === '') return
    this.#seen += 1
    if (this.#cut === 'lines' && !this.#isSince(line, this.#moment)) return
    this.lines += 1
    if (this.#forbid?.test(line) !== true || this.#ignore.some(one => one.test(line))) return
    this.bad += 1
    this.first ??= line
  }

  /** A line without a time belongs to the one before it; before the first time nobody knows, so those count. */
  #isSince(line: string, { now, zone, since }: { now: number; zone: number; since: number }): boolean {
    const at = timeOfLine(line, zone, now)
    if (at !== undefined) {
      this.#timed += 1
      // Whole seconds on both sides: the second of the switch counts.
      this.#isNew = at + 999 >= since
    }
    return this.#isNew
  }
}

function momentOf(line: string, fallback: number) {
  const [now = '', zone = '', since = ''] = line.split(' ')
  const sign = /^([+-])(\d\d)(\d\d)$/.exec(zone)
  return {
    now: Number(now) * 1000 || fallback,
    zone: sign === null ? 0 : (sign[1] === '-' ? -1 : 1) * (Number(sign[2]) * 60 + Number(sign[3])),
    since: Number(since) * 1000,
  }
}
