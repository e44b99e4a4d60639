import { expect, test } from 'vitest'
import type { Config } from '../config/config.ts'
import { Secret } from '../core/secret.ts'
import type { Context } from './context.ts'
import { withWaivers } from './waiving.ts'

const reason = 'the disk is replaced on Monday'

/** What the command's words make of a config with one check. */
function waivers(flags: Context['flags']) {
  const now = () => new Date('2026-11-21T23:30:00Z')
  const context = { flags, wiring: { self: { by: 'anna' }, clock: { now } } } as unknown as Context
  const kept = { by: 'Ben', reason: 'kept from the file', until: '2026-12-24' }
  const secrets = new Map([['PASS', new Secret('hunter2-hunter2')]])
  const config = { checks: { disk: {}, page: {} }, waivers: { page: kept }, secrets } as unknown as Config
  const result = withWaivers(context, config)
  return result.ok ? result.value.waivers : result.error.map(({ code, what }) => `${code} ${what.en}`)
}

test('the words of a command stand beside those of the file', () => {
  expect(waivers({ waive: ['disk'], reason, until: '2026-12-01' })).toEqual({
    disk: { by: 'anna', reason, until: '2026-12-01' },
    page: { by: 'Ben', reason: 'kept from the file', until: '2026-12-24' },
  })
  expect(Object.keys(waivers({}))).toEqual(['page'])
})

test('a reason is one line without secrets: it stays in plans on each host', () => {
  const typed = 'hunter2-hunter2 opens it,\n\u001b[2Jtoken=abcdef, until Monday'

  expect(waivers({ waive: ['disk'], reason: typed, until: '2026-12-01' })).toMatchObject({
    disk: { reason: '[secret] opens it, [2Jtoken=[secret], until Monday' },
  })
})

test.each<[string, Context['flags'], string]>([
  ['an unknown check', { waive: ['dsk'], reason, until: '2026-12-01' }, 'STW-U001 There is no check "dsk"'],
  ['no reason', { waive: ['disk'], until: '2026-12-01' }, 'STW-K600 --waive needs a reason'],
  [
    'a reason that says nothing',
    { waive: ['disk'], reason: ' because   ', until: '2026-12-01' },
    'STW-K600 The reason "because" is too short',
  ],
  ['no end', { waive: ['disk'], reason }, 'STW-K601 --waive needs the day it ends'],
  [
    'an end that is no day',
    { waive: ['disk'], reason, until: '2026-02-30' },
    'STW-K601 --until takes a date, not "2026-02-30"',
  ],
  [
    'an end in the past',
    { waive: ['disk'], reason, until: '2026-11-20' },
    'STW-K602 --until 2026-11-20 is over',
  ],
  [
    'no end in sight',
    { waive: ['disk'], reason, until: '2027-02-20' },
    'STW-K603 A waiver until 2027-02-20 lasts too long',
  ],
])('%s is refused', (_, flags, said) => {
  expect(waivers(flags)).toEqual([said])
})

test.each(['2026-11-21', '2027-02-19'])('%s is a day it may end on', until => {
  expect(waivers({ waive: ['disk'], reason, until })).toMatchObject({ disk: { until } })
})
