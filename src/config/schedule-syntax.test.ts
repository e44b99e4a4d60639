import { describe, expect, it } from 'vitest'
import { hasBothDays, isSchedule } from './schedule-syntax.ts'

describe('a schedule', () => {
  it.each([
    'hourly',
    'daily 02:00',
    'daily 23:59',
    'monday 04:30',
    'first sunday 03:00',
    'last friday 00:00',
    'weekdays 22:00',
    'mondays 04:30',
    'monthly 31 04:00',
    'täglich 02:00',
    'stündlich',
    'Montags 04:30',
    'erster Sonntag 03:00',
    'monatlich 1 04:00',
    '0 2 * * *',
    '*/15 0-6,22 1,15 jan-mar MON-FRI',
    '5/10 * * * 7',
  ])('is %j', text => {
    expect(isSchedule(text)).toBe(true)
  })

  it.each([
    '',
    'daily',
    'daily 2:00',
    'daily 24:00',
    'daily 02:60',
    'hourly 02:00',
    'someday 02:00',
    'fifth sunday 03:00',
    'first 03:00',
    'first sundays 03:00',
    'monthly 04:00',
    'monthly 0 04:00',
    'monthly 32 04:00',
    'daily 02:00 ',
    '0 2 * *',
    '0 0 2 * * *',
    '60 2 * * *',
    '0 24 * * *',
    '0 2 0 * *',
    '0 2 * 13 *',
    '0 2 * * 8',
    '0 2 * * fri-mon',
    '*/0 2 * * *',
    '1-2-3 2 * * *',
    '1/2/3 2 * * *',
    ', 2 * * *',
    'x 2 * * *',
  ])('is not %j', text => {
    expect(isSchedule(text)).toBe(false)
  })

  it.each([
    ['0 3 1-7 * 0', true],
    ['0 3 1-7 * *', false],
    ['0 3 * * 0', false],
    // After a star in front both must fit.
    ['0 3 */2 * 0', false],
    ['0 3 1-7 * 9', false],
    ['first sunday 03:00', false],
  ])('%j names a day of the month and a weekday: %j', (text, both) => {
    expect(hasBothDays(text)).toBe(both)
  })
})
