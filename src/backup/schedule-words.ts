// Reads a schedule: words in English or German, or cron with five fields.
import { text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Nth, Schedule } from './schedule.ts'
import { parseCron } from './schedule-cron.ts'

const weekdays: Readonly<Record<string, number>> = {
  ...numbered(['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']),
  ...numbered(['sonntag', 'montag', 'dienstag', 'mittwoch', 'donnerstag', 'freitag', 'samstag']),
}

const ordinals: Readonly<Record<string, Nth>> = {
  first: 1,
  second: 2,
  third: 3,
  fourth: 4,
  last: 'last',
  erster: 1,
  zweiter: 2,
  dritter: 3,
  vierter: 4,
  letzter: 'last',
}

const everyHour = Array.from({ length: 24 }, (_, hour) => hour)
const workdays = [1, 2, 3, 4, 5]

export function parseSchedule(written: string): Result<Schedule> {
  const schedule = parseWords(written) ?? parseCron(written)
  if (!schedule) return err(notASchedule(written))
  return isPossible(schedule) ? ok(schedule) : err(never(written))
}

function parseWords(written: string): Schedule | undefined {
  const all = written.normalize().toLowerCase().split(' ')
  if (all.length === 1 && (all[0] === 'hourly' || all[0] === 'stündlich'))
    return { text: written, minutes: [0], hours: everyHour }
  const time = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(all.at(-1) ?? '')
  if (!time) return undefined
  const at = { text: written, minutes: [Number(time[2])], hours: [Number(time[1])] }
  const [first = '', second] = all.slice(0, -1)
  if (all.length === 2) return plain(at, first)
  if (all.length !== 3 || second === undefined) return undefined
  if (first === 'monthly' || first === 'monatlich') return monthly(at, second)
  const [nth, weekday] = [entryOf(ordinals, first), entryOf(weekdays, second)]
  return nth === undefined || weekday === undefined ? undefined : { ...at, weekdays: [weekday], nth }
}

/** `daily`, `weekdays`, `monday`, `mondays`, `montags`. */
function plain(at: Schedule, word: string): Schedule | undefined {
  if (word === 'daily' || word === 'täglich') return at
  if (word === 'weekdays' || word === 'werktags') return { ...at, weekdays: workdays }
  const weekday = entryOf(weekdays, word) ?? entryOf(weekdays, word.replace(/s$/, ''))
  return weekday === undefined ? undefined : { ...at, weekdays: [weekday] }
}

function monthly(at: Schedule, word: string): Schedule | undefined {
  const day = /^\d{1,2}$/.test(word) ? Number(word) : 0
  if (day < 1 || day > 31) return undefined
  if (day < 29) return { ...at, days: [day] }
  return {
    ...at,
    days: [day],
    warning: text(
      `"${at.text}" leaves out the months that have no day ${day}`,
      `„${at.text}“ lässt die Monate aus, die keinen Tag ${day} haben`,
    ),
  }
}

function numbered(names: readonly string[]): Record<string, number> {
  return Object.fromEntries(names.map((name, index) => [name, index]))
}

function entryOf<T>(table: Readonly<Record<string, T>>, word: string): T | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined
}

/** Cron accepts the 30th of February. */
function isPossible({ days, months, weekdays: on, both }: Schedule): boolean {
  if (!days || (on && both === 'or')) return true
  const lengths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
  return (months ?? lengths.keys().map(index => index + 1)).some(month =>
    days.some(day => day <= (lengths[month - 1] ?? 0)),
  )
}

function notASchedule(written: string): Problem {
  return {
    code: 'STW-B300',
    what: text(`"${written}" is not a schedule`, `„${written}“ ist kein Zeitplan`),
    why: text(
      'it is neither one of the words nor cron with five fields',
      'er besteht weder aus den bekannten Worten noch aus fünf Cron-Feldern',
    ),
    next: [
      text(
        'Write it like one of these: "daily 02:00", "hourly", "monday 04:30", "weekdays 22:00", "first sunday 03:00", "monthly 1 04:00", "0 2 * * *"',
        'So etwa schreiben: „täglich 02:00“, „stündlich“, „montags 04:30“, „werktags 22:00“, „erster Sonntag 03:00“, „monatlich 1 04:00“, „0 2 * * *“',
      ),
    ],
  }
}

function never(written: string): Problem {
  return {
    code: 'STW-B301',
    what: text(`"${written}" is never due`, `„${written}“ ist niemals fällig`),
    why: text('no month has such a day', 'kein Monat hat einen solchen Tag'),
  }
}
