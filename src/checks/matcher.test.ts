import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Matcher } from '../config/schema/check.ts'
import type { JsonValue } from '../core/json.ts'
import { text } from '../core/lang.ts'
import { type MatchOptions, match } from './matcher.ts'

const json: MatchOptions = { source: 'json', redact: input => input }
const plain: MatchOptions = { ...json, source: 'text' }
const name = text('$.x', '$.x')

describe('match says nothing when the value matches', () => {
  const rows: [JsonValue | undefined, Matcher, MatchOptions?][] = [
    ['gesund', 'gesund'],
    [null, null],
    [0, 0],
    [false, { equals: false }],
    ['osrm', { not: 'haversine_fallback' }],
    ['warnung', { oneOf: ['gesund', 'warnung'] }],
    ['all is well', { contains: 'well' }],
    [['a', 'b'], { contains: 'b' }],
    ['v2.1', { matches: '^v\\d' }],
    [5, { min: 5, max: 5 }],
    [null, { exists: true }],
    [undefined, { exists: false }],
    [[1, 2], { minItems: 2 }],
    ['5', 5, plain],
    ['true', true, plain],
    [' 80.5\n', { min: 80, max: 81 }, plain],
  ]

  test.each(rows)('%j %j', (value, matcher, options = json) => {
    expect(match(name, value, matcher, options)).toBeUndefined()
  })
})

describe('match says what is wrong', () => {
  const rows: [JsonValue | undefined, Matcher, string, string, MatchOptions?][] = [
    ['kritisch', 'gesund', '$.x is "kritisch", expected "gesund"', '$.x ist "kritisch", erwartet "gesund"'],
    ['2', 2, '$.x is "2", expected 2', '$.x ist "2", erwartet 2'],
    [false, true, '$.x is false, expected true', '$.x ist false, erwartet true'],
    [undefined, 'ok', '$.x is missing, expected "ok"', '$.x fehlt, erwartet "ok"'],
    [undefined, { exists: true }, '$.x is missing, expected any value', '$.x fehlt, erwartet irgendein Wert'],
    [
      undefined,
      { not: 'a' },
      '$.x is missing, expected anything but "a"',
      '$.x fehlt, erwartet alles außer "a"',
    ],
    ['boom', { exists: false }, '$.x is "boom", expected no value', '$.x ist "boom", erwartet kein Wert'],
    ['a', { not: 'a' }, '$.x is "a", expected anything but "a"', '$.x ist "a", erwartet alles außer "a"'],
    [
      'c',
      { oneOf: ['a', 1] },
      '$.x is "c", expected one of "a", 1',
      '$.x ist "c", erwartet eines von "a", 1',
    ],
    [
      'abc',
      { contains: 'd' },
      '$.x is "abc", expected something that contains "d"',
      '$.x ist "abc", erwartet etwas, das "d" enthält',
    ],
    [
      12,
      { contains: '1' },
      '$.x is 12 (a number), expected something that contains "1"',
      '$.x ist 12 (eine Zahl), erwartet etwas, das "1" enthält',
    ],
    [
      'v2',
      { matches: '^v1$' },
      '$.x is "v2", expected a match of /^v1$/u',
      '$.x ist "v2", erwartet etwas, das zu /^v1$/u passt',
    ],
    [
      '(',
      { matches: '(' },
      '$.x is "(", expected a match of /(/u',
      '$.x ist "(", erwartet etwas, das zu /(/u passt',
    ],
    [3, { min: 10 }, '$.x is 3, expected at least 10', '$.x ist 3, erwartet mindestens 10'],
    [
      '12',
      { min: 10, max: 20 },
      '$.x is "12" (a text), expected at least 10 and at most 20',
      '$.x ist "12" (ein Text), erwartet mindestens 10 und höchstens 20',
    ],
    [
      [],
      { minItems: 1 },
      '$.x is [], expected a list of at least 1',
      '$.x ist [], erwartet eine Liste mit mindestens 1',
    ],
    [
      { a: 1 },
      { minItems: 1 },
      '$.x is {"a":1} (an object), expected a list of at least 1',
      '$.x ist {"a":1} (ein Objekt), erwartet eine Liste mit mindestens 1',
    ],
    [
      null,
      { max: 1 },
      '$.x is null (nothing), expected at most 1',
      '$.x ist null (nichts), erwartet höchstens 1',
    ],
    [
      '5x',
      { min: 1 },
      '$.x is "5x" (a text), expected at least 1',
      '$.x ist "5x" (ein Text), erwartet mindestens 1',
      plain,
    ],
    ['0x10', 16, '$.x is "0x10", expected 16', '$.x ist "0x10", erwartet 16', plain],
  ]

  test.each(rows)('%j %j', (value, matcher, en, de, options = json) => {
    expect(match(name, value, matcher, options)).toEqual({ en, de })
  })
})

test('a long value is shortened after its secret is taken out', () => {
  const secret = 'x'.repeat(200)
  const redact = (input: string) => input.replaceAll(secret, '[secret]')

  const failure = match(name, `${secret}${'y'.repeat(200)}`, 'ok', { source: 'json', redact })

  expect(failure?.en).toMatch(/^\$\.x is "\[secret\]y+…, expected "ok"$/)
})

test('never throws, and a missing value passes only where it must be absent', () => {
  const scalar = fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.constant(null))
  const matcher = fc.oneof(
    scalar,
    fc.record(
      {
        equals: scalar,
        not: scalar,
        contains: fc.string(),
        matches: fc.string(),
        min: fc.double(),
        max: fc.double(),
        minItems: fc.nat(),
        exists: fc.boolean(),
      },
      { requiredKeys: [] },
    ),
  )
  const value = fc.option(fc.jsonValue(), { nil: undefined })
  fc.assert(
    fc.property(value, matcher, fc.constantFrom(json, plain), (given, wanted, options) => {
      const failure = match(name, given as JsonValue | undefined, wanted as Matcher, options)
      const absent = typeof wanted === 'object' && wanted !== null && wanted.exists === false
      if (given === undefined) expect(failure === undefined).toBe(absent)
    }),
  )
})

test('an expression that would never end on a hostile answer matches nothing, in time', () => {
  const food = `${'a'.repeat(60)}!`
  const failure = match(text('the body', 'der Inhalt'), food, { matches: '^(a+)+$' }, plain)
  expect(failure?.en).toContain('expected a match of /^(a+)+$/u')
})
