import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSchedule } from '../config/schedule-syntax.ts'
import { dueSince, isZone, nextDue, type Schedule, wallTime } from './schedule.ts'
import { parseSchedule } from './schedule-words.ts'

const berlin = 'Europe/Berlin'

function scheduled(text: string): Schedule {
  const parsed = parseSchedule(text)
  if (!parsed.ok) throw new Error(parsed.error.what.en)
  return parsed.value
}

/** The due times of [from, to), as the wall of the zone shows them. */
function dues(text: string, zone: string, from: string, to: string): readonly string[] {
  const schedule = scheduled(text)
  const shown: string[] = []
  let due = nextDue(schedule, zone, new Date(Date.parse(from) - 1000))
  while (due && due.getTime() < Date.parse(to)) {
    shown.push(wallTime(due, zone))
    due = nextDue(schedule, zone, due)
  }
  return shown
}

describe('words and cron', () => {
  it.each([
    ['daily 02:00', 'täglich 02:00', '0 2 * * *'],
    ['hourly', 'stündlich', '0 * * * *'],
    ['monday 04:30', 'montags 04:30', '30 4 * * 1'],
    ['sunday 04:30', 'Sonntag 04:30', '30 4 * * 7'],
    ['weekdays 22:00', 'werktags 22:00', '0 22 * * mon-fri'],
    ['monthly 1 04:00', 'monatlich 1 04:00', '0 4 1 * *'],
  ])('%s, %s and %s are due at the same times', (english, german, cron) => {
    const span = ['2026-01-01T00:00Z', '2026-05-01T00:00Z'] as const

    const expected = dues(cron, berlin, ...span)

    expect(expected.length).toBeGreaterThan(3)
    expect(dues(english, berlin, ...span)).toEqual(expected)
    expect(dues(german, berlin, ...span)).toEqual(expected)
  })

  it.each([
    ['first sunday 03:00', 'erster Sonntag 03:00', 0, [1, 7]],
    ['third wednesday 03:00', 'dritter Mittwoch 03:00', 3, [15, 21]],
    ['last friday 03:00', 'letzter Freitag 03:00', 5, [22, 31]],
  ])('%s is due 12 times a year', (english, german, weekday, [from = 0, to = 0]) => {
    for (const year of [2026, 2027, 2028]) {
      const due = dues(english, berlin, `${year}-01-01T00:00Z`, `${year + 1}-01-01T00:00Z`)

      expect(due.map(shown => shown.slice(0, 7))).toEqual([...new Set(due.map(shown => shown.slice(0, 7)))])
      expect(due).toHaveLength(12)
      for (const shown of due) {
        const day = new Date(`${shown.slice(0, 10)}T12:00Z`)
        expect(day.getUTCDay()).toBe(weekday)
        expect(day.getUTCDate()).toBeGreaterThanOrEqual(from)
        expect(day.getUTCDate()).toBeLessThanOrEqual(to)
        expect(shown.slice(11)).toBe('03:00')
      }
      expect(dues(german, berlin, `${year}-01-01T00:00Z`, `${year + 1}-01-01T00:00Z`)).toEqual(due)
    }
  })

  it('the last Friday is one that no other Friday of its month follows', () => {
    const due = dues('last friday 18:00', berlin, '2028-01-01T00:00Z', '2028-04-01T00:00Z')

    expect(due).toEqual(['2028-01-28 18:00', '2028-02-25 18:00', '2028-03-31 18:00'])
  })

  it.each([
    '',
    'daily',
    'daily 2:00',
    'daily 24:00',
    'daily 02:60',
    'hourly 02:00',
    'fifth sunday 03:00',
    'constructor 03:00',
    'first 03:00',
    'first sunday',
    'monthly 04:00',
    'monthly 0 04:00',
    'monthly 32 04:00',
    '0 2 * *',
    '0 0 2 * * *',
    '60 2 * * *',
    '0 2 0 * *',
    '0 2 * 13 *',
    '0 2 * * 8',
    '0 2 * * fri-mon',
    '*/0 2 * * *',
    'x 2 * * *',
    '@daily',
  ])('%j is no schedule', text => {
    const parsed = parseSchedule(text)

    expect(parsed.ok ? undefined : parsed.error.code).toBe('STW-B300')
  })

  it.each(['0 0 30 2 *', '0 0 31 4,6,9,11 *'])('%j is never due', text => {
    const parsed = parseSchedule(text)

    expect(parsed.ok ? undefined : parsed.error.code).toBe('STW-B301')
  })

  it('what the configuration accepts can be computed', () => {
    const number = (from: number, to: number) => fc.integer({ min: from, max: to }).map(String)
    const field = (from: number, to: number) =>
      fc.oneof(
        fc.constant('*'),
        number(from, to),
        fc.tuple(number(from, to), number(from, to)).map(range => range.join('-')),
        fc.tuple(fc.constantFrom('*', String(from)), number(1, 9)).map(step => step.join('/')),
      )
    const cron = fc.tuple(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 7))
    const week = fc.constantFrom('', 'first ', 'last ')
    const day = fc.constantFrom('daily', 'sunday', 'friday')
    const word = fc.tuple(week, day, number(10, 23)).map(([which, on, hour]) => `${which}${on} ${hour}:05`)

    fc.assert(
      fc.property(
        fc.oneof(
          cron.map(fields => fields.join(' ')),
          word,
        ),
        text => {
          fc.pre(isSchedule(text))
          expect(parseSchedule(text).ok).toBe(true)
        },
      ),
    )
  })
})

describe('a day of the month and a weekday', () => {
  it('are either-or, and the warning says so', () => {
    const schedule = scheduled('0 3 1-7 * 0')

    expect(schedule.warning?.en).toContain('first sunday 03:00')
    expect(dues('0 3 1-7 * 0', 'UTC', '2026-01-01T00:00Z', '2026-02-01T00:00Z')).toHaveLength(7 + 3)
  })

  it('must both fit when one begins with a star, as cron has it', () => {
    expect(scheduled('0 3 */2 * 0').warning?.en).toContain('both fit')
    expect(dues('0 3 */2 * 0', 'UTC', '2026-01-01T00:00Z', '2026-02-01T00:00Z')).toEqual([
      '2026-01-11 03:00',
      '2026-01-25 03:00',
    ])
  })

  it('one alone gets no warning, a day that some months lack does', () => {
    expect(scheduled('0 3 1-7 * *').warning).toBeUndefined()
    expect(scheduled('first sunday 03:00').warning).toBeUndefined()
    expect(scheduled('monthly 31 03:00').warning?.de).toContain('31')
  })
})

describe('the clock of a zone', () => {
  it.each([
    // S10: in Berlin 02:30 does not exist on the first day and is shown twice on the second.
    ['daily 02:30', berlin, '2026-03-28T12:00Z', ['2026-03-29 03:00', '2026-03-30 02:30']],
    ['daily 02:30', berlin, '2026-10-24T12:00Z', ['2026-10-25 02:30', '2026-10-26 02:30']],
    ['daily 02:00', berlin, '2026-03-28T12:00Z', ['2026-03-29 03:00', '2026-03-30 02:00']],
    ['daily 02:00', berlin, '2026-10-24T12:00Z', ['2026-10-25 02:00', '2026-10-26 02:00']],
    ['daily 02:30', 'Australia/Sydney', '2026-10-03T12:00Z', ['2026-10-04 03:00', '2026-10-05 02:30']],
    ['daily 02:30', 'Australia/Sydney', '2026-04-04T12:00Z', ['2026-04-05 02:30', '2026-04-06 02:30']],
    ['daily 02:15', 'Australia/Lord_Howe', '2026-10-03T12:00Z', ['2026-10-04 02:30', '2026-10-05 02:15']],
    ['daily 01:45', 'Australia/Lord_Howe', '2026-04-04T12:00Z', ['2026-04-05 01:45', '2026-04-06 01:45']],
    ['daily 00:00', 'America/Sao_Paulo', '2018-11-03T12:00Z', ['2018-11-04 01:00', '2018-11-05 00:00']],
    ['daily 00:00', berlin, '2026-12-31T12:00Z', ['2027-01-01 00:00', '2027-01-02 00:00']],
    ['daily 02:30', berlin, '2028-02-28T12:00Z', ['2028-02-29 02:30', '2028-03-01 02:30']],
    ['daily 02:30', 'Asia/Kathmandu', '2026-01-01T12:00Z', ['2026-01-02 02:30', '2026-01-03 02:30']],
  ])('%s in %s after %s', (text, zone, after, [first, second]) => {
    const schedule = scheduled(text)

    const due = nextDue(schedule, zone, new Date(after))
    const next = due && nextDue(schedule, zone, due)

    expect([due, next].map(at => at && wallTime(at, zone))).toEqual([first, second])
  })

  it.each([berlin, 'Australia/Sydney', 'America/New_York', 'Pacific/Chatham', 'UTC'])(
    'a day in %s has one run, an hour has one',
    zone => {
      const year = ['2026-01-01T12:00Z', '2027-01-01T12:00Z'] as const

      for (const text of ['daily 00:30', 'daily 02:30']) {
        const days = dues(text, zone, ...year).map(shown => shown.slice(0, 10))
        expect(days).toHaveLength(365)
        expect(new Set(days).size).toBe(365)
      }
      for (const from of [
        '2026-03-01',
        '2026-03-27',
        '2026-04-03',
        '2026-09-25',
        '2026-10-02',
        '2026-10-23',
      ]) {
        const to = new Date(Date.parse(from) + 5 * 86_400_000).toISOString()
        const hours = dues('hourly', zone, `${from}T12:00Z`, to).map(shown => shown.slice(0, 13))
        expect(new Set(hours).size).toBe(hours.length)
        expect(hours.length).toBeGreaterThanOrEqual(4 * 24 + 11)
      }
    },
  )

  it('29 February comes when there is one', () => {
    expect(dues('0 4 29 2 *', berlin, '2026-01-01T00:00Z', '2037-01-01T00:00Z')).toEqual([
      '2028-02-29 04:00',
      '2032-02-29 04:00',
      '2036-02-29 04:00',
    ])
  })

  it('knows which zones there are', () => {
    expect([berlin, 'UTC', 'Atlantis/Poseidonis', ''].map(isZone)).toEqual([true, true, false, false])
  })
})

describe('due since the last run', () => {
  const daily = scheduled('daily 02:30')
  const at = (last: string, now: string) =>
    dueSince(daily, berlin, new Date(last), new Date(now))?.toISOString()

  it.each([
    ['nothing yet', '2026-11-20T01:30:00Z', '2026-11-21T01:29:59.999Z', undefined],
    ['to the millisecond', '2026-11-20T01:30:00Z', '2026-11-21T01:30:00Z', '2026-11-21T01:30:00.000Z'],
    ['already run', '2026-11-21T01:30:00Z', '2026-11-21T12:00:00Z', undefined],
    ['already run, begun a little later', '2026-11-21T01:30:07Z', '2026-11-21T12:00:00Z', undefined],
    ['five missed, one run', '2026-11-15T01:30:00Z', '2026-11-20T12:00:00Z', '2026-11-20T01:30:00.000Z'],
    ['02:30 a second time in autumn', '2026-10-25T00:30:00Z', '2026-10-25T01:45:00Z', undefined],
    ['the leap in spring', '2026-03-28T01:30:00Z', '2026-03-29T01:00:00Z', '2026-03-29T01:00:00.000Z'],
    ['after the leap in spring', '2026-03-29T01:00:00Z', '2026-03-29T20:00:00Z', undefined],
    ['a clock that went back', '2026-11-21T01:30:00Z', '2026-11-19T12:00:00Z', undefined],
  ])('%s', (_, last, now, expected) => {
    expect(at(last, now)).toBe(expected)
  })

  it('agrees with nextDue: the next time after the last run, unless more were missed', () => {
    const from = Date.parse('2026-01-01T00:00Z')
    const minutes = fc.integer({ min: 0, max: 366 * 24 * 60 })
    const texts = fc.constantFrom(
      'daily 02:30',
      'hourly',
      'first sunday 03:00',
      '*/20 2 * * *',
      '0 3 1-7 * 0',
    )

    fc.assert(
      fc.property(texts, minutes, fc.integer({ min: 0, max: 4000 }), (text, start, later) => {
        const schedule = scheduled(text)
        const last = new Date(from + start * 60_000)
        const now = new Date(last.getTime() + later * 60_000)

        const due = dueSince(schedule, berlin, last, now)

        const next = nextDue(schedule, berlin, last)
        if (!next || next > now) expect(due).toBeUndefined()
        else {
          expect(due?.getTime()).toBeGreaterThanOrEqual(next.getTime())
          const after = nextDue(schedule, berlin, due ?? now)
          expect(after && after > now).toBe(true)
        }
      }),
      { numRuns: 200 },
    )
  })
})
