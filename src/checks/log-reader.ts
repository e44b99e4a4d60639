// Counts the lines of a log as they stream by, and keeps only the first that must not be there.
import type { LogCheck } from '../config/schema/check.ts'
import { timeOfLine } from './log-time.ts'
import { siftLines } from './pattern.ts'

/** Who knows which lines are new: the script that prints them, the time they begin with, or all are. */
export type Cut = 'script' | 'lines' | 'all'

/** Characters that are looked at together. */
const batch = 250_000
/** Lines without a time that are kept: what a program says as it dies is shorter. */
const mostOrphans = 2000

export class LogReader {
  lines = 0
  bad = 0
  bytes = 0
  first: string | undefined
  /** A line that must not be there, and nobody knows whether it is new: without a time, behind the last old one. */
  doubtful: string | undefined
  /** The expressions would not end on a line: nothing is known of it and of those behind it. */
  isEndless = false
  readonly #cut: Cut
  readonly #now: number
  readonly #forbid: string | undefined
  readonly #ignore: readonly string[]
  #waiting: string[] = []
  #size = 0
  #moment: Moment | undefined
  #isNew = true
  /** Lines without a time behind the last old one, while it is the last. */
  #orphans: string[] = []
  #seen = 0
  #timed = 0

  /** `now`: milliseconds since 1970, where the host does not say. */
  constructor(check: LogCheck, cut: Cut, now: number) {
    this.#cut = cut
    this.#forbid = check.forbid
    this.#ignore = check.ignore
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
    if (this.#forbid === undefined || this.isEndless) return
    this.#waiting.push(line)
    this.#size += line.length
    if (this.#size >= batch) this.#sift()
  }

  /** Looks at the lines that still wait for it. */
  end(): void {
    this.#sift()
    // What was not written to since is as old as its last line says.
    if (this.#forbid === undefined || !this.#moment || this.#moment.changed < this.#moment.since) return
    const bad = siftLines(this.#orphans, this.#forbid, this.#ignore)
    if (bad === undefined) this.isEndless = true
    else this.doubtful = this.#orphans[bad[0] ?? -1]
  }

  #sift(): void {
    const lines = this.#waiting
    this.#waiting = []
    this.#size = 0
    if (this.#forbid === undefined || lines.length === 0) return
    const bad = siftLines(lines, this.#forbid, this.#ignore)
    if (bad === undefined) {
      this.isEndless = true
      return
    }
    this.bad += bad.length
    this.first ??= lines[bad[0] ?? -1]
  }

  /** A line without a time belongs to the one before it; before the first time nobody knows, so those count. What a program says
   *  as it dies has no time either: behind an old line it may be older or newer than the moment, unless it is indented. */
  #isSince(line: string, { now, zone, since }: Moment): boolean {
    const at = timeOfLine(line, zone, now)
    if (at !== undefined) {
      this.#timed += 1
      // Whole seconds on both sides: the second of the switch counts.
      this.#isNew = at + 999 >= since
      if (!this.#isNew) this.#orphans = []
    } else if (!this.#isNew && !/^\s/.test(line) && this.#orphans.length < mostOrphans)
      this.#orphans.push(line)
    return this.#isNew
  }
}

/** What the script says first: milliseconds since 1970 but for the zone, in minutes. */
interface Moment {
  readonly now: number
  readonly zone: number
  readonly since: number
  /** When the file was last written to; 0 where nobody asked. */
  readonly changed: number
}

function momentOf(line: string, fallback: number): Moment {
  const [now = '', zone = '', since = '', changed = ''] = line.split(' ')
  const sign = /^([+-])(\d\d)(\d\d)$/.exec(zone)
  return {
    now: Number(now) * 1000 || fallback,
    zone: sign === null ? 0 : (sign[1] === '-' ? -1 : 1) * (Number(sign[2]) * 60 + Number(sign[3])),
    since: Number(since) * 1000,
    changed: (Number(changed) || 0) * 1000,
  }
}
