import { expect, test } from 'vitest'
import { CookieJar } from './cookie-jar.ts'

const now = Date.parse('2026-11-21T12:00:00Z')

/** What a jar that took `line` at /api/login sends to `to`. */
function sent(line: string | readonly string[], to: string, from = 'https://app.example.org/api/login') {
  const jar = new CookieJar()
  const source = new URL(from)
  jar.store([line].flat(), source, source.hostname, now)
  const target = new URL(to)
  return jar.header(target, target.hostname, now)
}
const app = 'https://app.example.org'

test.each<[string, string | readonly string[], string, string | undefined]>([
  ['goes back to its host', 'sid=abc; HttpOnly', `${app}/api/x`, 'sid=abc'],
  ['keeps to the directory it came from', 'sid=abc', `${app}/other`, undefined],
  ['goes everywhere with Path=/', 'sid=abc; Path=/', `${app}/other`, 'sid=abc'],
  ['goes to its path', 'sid=abc; Path=/admin', `${app}/admin`, 'sid=abc'],
  [
    'does not go to a path that only begins alike',
    'sid=abc; Path=/admin',
    `${app}/administration`,
    undefined,
  ],
  ['does not go to another host', 'sid=abc; Path=/', 'https://evil.example.org/', undefined],
  [
    'goes to hosts below its Domain',
    'sid=abc; Path=/; Domain=.example.org',
    'https://x.example.org/',
    'sid=abc',
  ],
  ['is refused for a foreign Domain', 'sid=abc; Path=/; Domain=example.com', `${app}/`, undefined],
  ['is refused for a whole top-level domain', 'sid=abc; Path=/; Domain=org', `${app}/`, undefined],
  ['does not travel in clear when Secure', 'sid=abc; Path=/; Secure', 'http://app.example.org/', undefined],
  ['is gone when its age is 0', ['sid=abc; Path=/', 'sid=; Path=/; Max-Age=0'], `${app}/`, undefined],
  ['is gone when it expired', 'sid=abc; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT', `${app}/`, undefined],
  [
    'lives while Max-Age says so',
    'sid=abc; Path=/; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
    `${app}/`,
    'sid=abc',
  ],
  ['is replaced by its successor', ['sid=a; Path=/', 'sid=b; Path=/'], `${app}/`, 'sid=b'],
  ['stands before one of a shorter path', ['a=1; Path=/', 'b=2; Path=/api'], `${app}/api/x`, 'b=2; a=1'],
  ['keeps an equals sign in its value', 'sid=YQ==; Path=/', `${app}/`, 'sid=YQ=='],
  ['without a name is none', '=abc', `${app}/api/`, undefined],
])('a cookie %s', (_, line, to, wanted) => {
  expect(sent(line, to)).toBe(wanted)
})

test('the end of an address is no domain', () => {
  expect(sent('sid=abc; Path=/; Domain=0.0.1', 'http://10.0.0.1/', 'http://127.0.0.1/')).toBeUndefined()
})

test('a Secure cookie reaches the machine itself, where a tunnel ends', () => {
  expect(sent('sid=abc; Path=/; Secure', 'http://127.0.0.1:8080/', 'http://127.0.0.1:8080/')).toBe('sid=abc')
  expect(sent('sid=abc; Path=/; Secure', `${app}/`, 'http://app.example.org/')).toBeUndefined()
})
