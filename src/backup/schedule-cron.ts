// Reads cron with five fields, as the cron of a Linux machine understands them.
import { text } from '../core/lang.ts'
import type { Schedule } from './schedule.ts'

interface Field {
  readonly from: number
  readonly to: number
  /** Words for the numbers from `from` on. */
  readonly names?: readonly string[]
}

const fields: readonly Field[] = [
  { from: 0, to: 59 },
  { from: 0, to: 23 },
  { from: 1, to: 31 },
  {
    from: 1,
    to: 12,
    names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  // 0 and 7 are both Sunday.
  { from: 0, to: 7, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
]

export function parseCron(written: string): Schedule | undefined {
  const parts = written.trim().split(/\s+/)
  if (parts.length !== fields.length) return undefined
  const lists = fields.map((field, index) => valuesOf(field, parts[index] ?? ''))
  const [minutes, hours, days, months, weekdays] = lists
  if (!minutes || !hours || !days || !months || !weekdays) return undefined
  const [, , day = '', month, weekday = ''] = parts
  const restricted = day !== '*' && weekday !== '*'
  // A field that begins with a star does not count as a choice of its own: then both must fit.
  const both = day.startsWith('*') || weekday.startsWith('*') ? 'and' : 'or'
  return {
    text: written,
    cron: parts.map((part, index) => explicit(part, fields[index])).join(' '),
    minutes,
    hours,
    ...(day === '*' ? {} : { days }),
    ...(month === '*' ? {} : { months }),
    ...(weekday === '*' ? {} : { weekdays: unique(weekdays.map(value => value % 7)) }),
    ...(restricted ? { both, warning: bothDays(written, both) } : {}),
  }
}

/** `*`, `5`, `1-5`, `mon-fri`, each with `/2` or not, in a list; undefined when it is none of these. */
function valuesOf(field: Field, part: string): readonly number[] | undefined {
  const values: number[] = []
  for (const item of part.split(',')) {
    const [, range = '', step] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(item) ?? []
    const [first = -1, end, ...more] =
      range === '*' ? [field.from, field.to] : range.split('-').map(word => numberOf(field, word))
    const last = end ?? (step === undefined ? first : field.to)
    const by = Number(step ?? 1)
    if (more.length > 0 || !(first >= field.from && last <= field.to && first <= last) || by < 1)
      return undefined
    for (let value = first; value <= last; value += by) values.push(value)
  }
  return unique(values)
}

function numberOf({ from, names = [] }: Field, word: string): number {
  const named = names.indexOf(word.toLowerCase())
  if (named !== -1) return from + named
  return /^\d{1,2}$/.test(word) ? Number(word) : Number.NaN
}

/** `5/10` as `5-59/10`: not every cron reads the short form. */
function explicit(part: string, field: Field | undefined): string {
  const items = part.split(',').map(item => item.replace(/^(\w+)\/(\d+)$/, `$1-${field?.to ?? ''}/$2`))
  return items.join(',')
}

function unique(values: readonly number[]): readonly number[] {
  return [...new Set(values)].toSorted((a, b) => a - b)
}

function bothDays(written: string, both: 'and' | 'or') {
  return both === 'or'
    ? text(
        `"${written}" is due on these days of the month and, besides, on these weekdays: cron does not ask for both. For the first Sunday write "first sunday 03:00"`,
        `„${written}“ ist an diesen Tagen des Monats fällig und außerdem an diesen Wochentagen: cron verlangt nicht beides. Für den ersten Sonntag „erster Sonntag 03:00“ schreiben`,
      )
    : text(
        `"${written}" is due only when the day of the month and the weekday both fit`,
        `„${written}“ ist nur fällig, wenn Tag und Wochentag beide passen`,
      )
}
