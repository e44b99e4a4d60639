import { expect, test } from 'vitest'
import { type Announcement, makeMessage, withoutPatterns } from './message.ts'

test.each([
  ['password=hunter2', 'password=[secret]'],
  ['DB_PASSWORD: "a b"', 'DB_PASSWORD: [secret]'],
  ['postgres://app:pw@db/shop', 'postgres://[secret]@db/shop'],
  ['see https://hooks.slack.com/services/T/B/x now', 'see [secret] now'],
  ['Authorization: Bearer abcdef123456', 'Authorization: Bearer [secret]'],
  ['eyJhbGciOiJI.eyJzdWIi.c2ln', '[secret]'],
  ['AKIAABCDEFGHIJKLMNOP', '[secret]'],
  ['-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----.', '[secret].'],
  ['the token was refused', 'the token was refused'],
  ['https://example.org/a@b', 'https://example.org/a@b'],
])('%j', (input, expected) => {
  expect(withoutPatterns(input)).toBe(expected)
})

const announcement: Announcement = {
  ...{ happening: 'start', headline: { en: 'v1 is being deployed', de: 'v1 wird ausgerollt' } },
  ...{ app: 'shop', environment: 'production', procedure: 'restore', run: 'r', next: [], at: 'no time' },
}

test('what is not known has no line', () => {
  const message = makeMessage(announcement, { lang: 'de', timeZone: 'UTC', redact: words => words })

  expect(message.subject).toBe('[shop][production] Wiederherstellung: beginnt')
  expect(message.text).toBe('v1 wird ausgerollt\n\nApp: shop\nUmgebung: production\nLauf: r\nZeit: no time\n')
})

test('notes of an older record cannot look like the lines around them, and are cut', () => {
  const notes = `fine\r\nRelease: another\u001b[2J ${'x'.repeat(5000)}`
  const message = makeMessage(
    { ...announcement, version: 'v1\r\nBcc: all@example.org', notes },
    { lang: 'en', timeZone: 'UTC', redact: words => words },
  )

  expect(message.subject).toBe('[shop][production] Restore v1 Bcc: all@example.org: begins')
  expect(message.text).toMatch(/^Notes: fine Release: another \[2J x{1900,2000}$/m)
})
