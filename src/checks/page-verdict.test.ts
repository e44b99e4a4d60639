import { expect, test } from 'vitest'
import { check, type PageCheck } from '../config/schema/check.ts'
import { judgePage, type Seen } from './page-verdict.ts'

const seen: Seen = {
  status: 200,
  load: 1500,
  text: ' Welcome\n',
  assets: 3,
  failed: [],
  errors: [],
  waiting: [],
}
const judge = (expected: object, more: Partial<Seen> = {}) =>
  judgePage(
    check.parse({ kind: 'page', url: '/', expect: expected }) as PageCheck,
    { ...seen, ...more },
    input => input,
  ).attempt

test('a page that is as expected says what was seen', () => {
  expect(judge({ text: 'Welcome', maxLoad: '2s' })).toMatchObject({
    verdict: 'pass',
    observed: { en: '200, 3 requests, loaded after 1.5 s', de: '200, 3 Anfragen, geladen nach 1.5 s' },
  })
})

const failed = ['a', 'b', 'c', 'd'].map(name => ({ url: `http://x/${name}.js?key=1`, why: '404' }))
test.each<[string, object, Partial<Seen>, string]>([
  [
    'a wrong status hides what follows from it',
    { text: 'x' },
    { status: 404 },
    'answered 404, expected 200 (',
  ],
  [
    'a status that is wanted',
    { status: 404, text: 'x' },
    { status: 404 },
    'the visible text is "Welcome", expected "x" (',
  ],
  ['too slow', { maxLoad: '1s' }, {}, 'was loaded after 1.5 s, expected at most 1.0 s ('],
  ['no visible text', { text: 'x' }, { text: '' }, 'the visible text is "", expected "x" ('],
  [
    'many requests that failed',
    {},
    { failed },
    'requests that failed: http://x/a.js 404, http://x/b.js 404, http://x/c.js 404, +1 (',
  ],
  ['a loud console', {}, { errors: ['TypeError: x'] }, 'errors in the console: "TypeError: x" ('],
])('%s', (_, expected, more, said) => {
  const result = judge(expected, more)

  expect(result.verdict).toBe('fail')
  expect(result.observed.en.startsWith(said), result.observed.en).toBe(true)
})

test('a request that nobody answers is no evidence', () => {
  expect(judge({}, { waiting: ['http://x/api?key=1'] })).toMatchObject({
    verdict: 'unknown',
    observed: { de: 'Anfragen ohne Antwort: http://x/api (200, 3 Anfragen, geladen nach 1.5 s)' },
  })
  expect(judge({}, { waiting: ['http://x/api'], errors: ['x'] }).verdict).toBe('fail')
  expect(judge({ assets: 'any' }, { waiting: ['http://x/api'] }).verdict).toBe('pass')
})

test('what is allowed is no fault', () => {
  expect(judge({ assets: 'any', console: 'any' }, { failed, errors: ['x'] }).verdict).toBe('pass')
})
