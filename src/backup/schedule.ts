// When something is due, by the clock of a zone: each wall time once. A time that the clock leaps over in spring is due right
// after the leap; one that it shows twice in autumn is due the first time.
import { Cron } from 'croner'
import type { Text } from '../core/lang.ts'

export type Nth = 1 | 2 | 3 | 4 | 'last'

export interface Schedule {
  /** As it was written. */
  readonly text: string
  readonly minutes: readonly number[]
  readonly hours: readonly number[]
  /** 1 to 31; absent: every day. */
  readonly days?: readonly number[]
  /** 1 to 12; absent: every month. */
  readonly months?: readonly number[]
  /** 0 (Sunday) to 6; absent: every weekday. */
  readonly weekdays?: readonly number[]
  /** Only this one of the single weekday in its month. */
  readonly nth?: Nth
  /** With days and weekdays: whether both must fit, or one is enough, as cron has it. */
  readonly both?: 'and' | 'or'
  /** The five fields, when it was written as cron. */
  readonly cron?: string
  /** What a person may not expect of it. */
  readonly warning?: Text
}

/** The first due time after `after`; undefined when there is none. */
export function nextDue(schedule: Schedule, zone: string, after: Date): Date | undefined {
  return compiled(schedule, zone).nextRun(after) ?? undefined
}

/** The latest due time after `last` and not after `now`: however many were missed, one run catches up. `last` is when the last
 *  run began, or the due time it was for. */
export function dueSince(schedule: Schedule, zone: string, last: Date, now: Date): Date | undefined {
  const cron = compiled(schedule, zone)
  // previousRuns looks strictly before its reference, and a due time may be this very moment.
  const due = cron.previousRuns(2, new Date(now.getTime() + 1000)).find(run => run <= now)
  return due && due > last ? due : undefined
}

/** `2026-10-25 02:30`: what the clock on the wall shows. */
export function wallTime(at: Date, zone: string): string {
  return wallClock(zone).format(at)
}

export function isZone(zone: string): boolean {
  try {
    wallClock(zone)
    return true
  } catch {
    return false
  }
}

/** Formats as `wallTime` does; RangeError when there is no such zone. */
export function wallClock(zone: string): Intl.DateTimeFormat {
  // Swedish writes dates as ISO 8601 does.
  return new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' })
}

function compiled(schedule: Schedule, zone: string): Cron {
  const { minutes, hours, days, months, weekdays, nth, both } = schedule
  const list = (values: readonly number[] | undefined) => values?.join(',') ?? '*'
  const which = nth === undefined ? '' : nth === 'last' ? '#L' : `#${nth}`
  const pattern = `${list(minutes)} ${list(hours)} ${list(days)} ${list(months)} ${list(weekdays)}${which}`
  return new Cron(pattern, {
    timezone: zone,
    paused: true,
    mode: '5-part',
    // Lists count as fixed times too: a leap of the clock does not swallow them, and what it shows twice is due once.
    fixedTimeRule: 'no-wildcard',
    domAndDow: both === 'and',
  })
}
