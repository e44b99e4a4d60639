import { expect, test } from 'vitest'
import { timeOfLine } from './log-time.ts'

const now = Date.parse('2026-11-21T14:00:00Z')
const moment = Date.parse('2026-11-21T13:59:58Z')

test.each([
  '2026-11-21T13:59:58Z started',
  '2026-11-21T14:59:58.000+01:00 INFO started',
  '[2026-11-21 15:29:58] app.ERROR: no connection',
  '2026-11-21 15:29:58,000 - root - ERROR - x',
  '2026/11/21 15:29:58 [error] 12#12: *1 connect() failed',
  'ERROR 2026-11-21 15:29:58 x',
  'time=2026-11-21T13:59:58Z level=error msg=x',
  'time="2026-11-21T13:59:58Z" level=error',
  '{"level":"error","time":1795269598000,"msg":"x"}',
  '{"ts":1795269598,"msg":"x"}',
  '{"timestamp":"2026-11-21T13:59:58Z"}',
  '127.0.0.1 - - [21/Nov/2026:13:59:58 +0000] "GET / HTTP/1.1" 200',
  // As `stellwerk proxy-config nginx` has it written, for both kinds of visitors and one without an address.
  '203.0.113.0 [2026-11-21T13:59:58+00:00] "GET / HTTP/1.1" 200 12 0.001',
  '2001:db8:1:: [2026-11-21T13:59:58+00:00] "GET / HTTP/1.1" 500 0 0.001',
  '2001:db8:: [2026-11-21T15:29:58+01:30] "GET / HTTP/1.1" 500 0 0.001',
  '- [2026-11-21T13:59:58+00:00] "GET / HTTP/1.1" 500 0 0.001',
  // As examples/serviceheft/deploy/nginx.conf has it.
  '2026-11-21T13:59:58+00:00 GET /api/cars 500 12 0.001',
  'Nov 21 15:29:58 web1 app[12]: x',
])('%s', line => {
  expect(timeOfLine(line, 90, now)).toBe(moment)
})

test.each([
  '    at Object.<anonymous> (/srv/app.js:1:1)',
  'ready',
  '',
  '12:30 lunch',
  'Error: 2026 is no year',
])('no time: %s', line => {
  expect(timeOfLine(line, 0, now)).toBeUndefined()
})

test('a time without a year is the last such', () => {
  expect(timeOfLine('Dec 31 23:59:58 web1 app: x', 0, Date.parse('2026-01-01T00:00:10Z'))).toBe(
    Date.parse('2025-12-31T23:59:58Z'),
  )
})
