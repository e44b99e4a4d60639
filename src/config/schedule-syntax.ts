// How a schedule is written: in words, English or German, or as cron with five fields. Only the form; when it is due is computed elsewhere.

const time = '([01]\\d|2[0-3]):[0-5]\\d'
const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']
const germanWeekdays = ['sonntag', 'montag', 'dienstag', 'mittwoch', 'donnerstag', 'freitag', 'samstag']
const ordinals = ['first', 'second', 'third', 'fourth', 'last']
const germanOrdinals = ['erster', 'zweiter', 'dritter', 'vierter', 'letzter']

const day = `(${[...weekdays, ...germanWeekdays].join('|')})`
const words = [
  'hourly|stündlich',
  `(daily|täglich|weekdays|werktags|${day}s?) ${time}`,
  `(${[...ordinals, ...germanOrdinals].join('|')}) ${day} ${time}`,
  `(monthly|monatlich) (0?[1-9]|[12]\\d|3[01]) ${time}`,
].map(form => new RegExp(`^(${form})$`))

interface Field {
  readonly from: number
  readonly to: number
  /** Words for the numbers from `from` on. */
  readonly names?: readonly string[]
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const fields: readonly Field[] = [
  { from: 0, to: 59 },
  { from: 0, to: 23 },
  { from: 1, to: 31 },
  { from: 1, to: 12, names: months },
  // 0 and 7 are both Sunday.
  { from: 0, to: 7, names: weekdays.map(day => day.slice(0, 3)) },
]

export function isSchedule(text: string): boolean {
  const plain = text.normalize().toLowerCase()
  return words.some(form => form.test(plain)) || isCron(text)
}

/** Cron takes a day of the month and a weekday as either-or: "0 3 1-7 * 0" runs on each of the first seven days, too. */
export function hasBothDays(text: string): boolean {
  const [, , day = '*', , weekday = '*'] = split(text)
  return isCron(text) && !day.startsWith('*') && !weekday.startsWith('*')
}

function isCron(text: string): boolean {
  const parts = split(text)
  return parts.length === fields.length && fields.every((field, index) => fits(field, parts[index] ?? ''))
}

function split(text: string): string[] {
  return text.trim().split(/\s+/)
}

/** `*`, `5`, `1-5`, `mon-fri`, each with `/2` or not, in a list. */
function fits(field: Field, part: string): boolean {
  return part.split(',').every(item => {
    const [, range = '', step] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(item) ?? []
    if (step !== undefined && Number(step) < 1) return false
    if (range === '*') return true
    const [first = -1, last = first, ...more] = range.split('-').map(word => numberOf(field, word))
    return more.length === 0 && first >= field.from && last <= field.to && first <= last
  })
}

function numberOf({ from, names = [] }: Field, word: string): number {
  const named = names.indexOf(word.toLowerCase())
  if (named !== -1) return from + named
  return /^\d{1,2}$/.test(word) ? Number(word) : Number.NaN
}
