import { expect, test } from 'vitest'
import { httpCheck } from '../config/schema/check.ts'
import { withoutCredentials } from './credentials.ts'
import { judgeAnswer } from './http-verdict.ts'

test.each([
  ['{"access_token":"abcdefgh12345","id":7}', '{"access_token":"[secret]","id":7}'],
  ['{"sessionId": "0123456789', '{"sessionId": "[secret]'],
  [
    '"{\\"refreshToken\\":\\"abcdefgh12345\\",\\"id\\":7}"',
    '"{\\"refreshToken\\":\\"[secret]\\",\\"id\\":7}"',
  ],
  ['{"otp":123456}', '{"otp":[secret]}'],
  ['/callback?code=abc&state=1', '/callback?code=[secret]&state=1'],
  ['Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig', 'Bearer [secret]'],
])('%s', (input, wanted) => {
  expect(withoutCredentials(input)).toBe(wanted)
})

test.each(['{"status":"kritisch","code":"DB_DOWN","tokens":15,"session":null}', '/login?next=/x'])(
  'leaves %s',
  input => {
    expect(withoutCredentials(input)).toBe(input)
  },
)

test('what an answer brings to sign somebody in is neither said nor kept', () => {
  const token = 'b7e1c0ffee5a2d9b'
  const body = `{"access_token":"${token}"}`
  const { expect: wanted } = httpCheck.parse({ kind: 'http', url: '/', expect: { text: { contains: 'id' } } })
  const answer = (status: number) => ({
    status,
    headers: { location: `/in?token=${token}` },
    cookies: [],
    body: { text: body, bytes: body.length, whole: true, lastLine: body },
  })
  const results = [200, 302].map(status => judgeAnswer(wanted, answer(status), 5, input => input))
  expect(results.map(({ verdict }) => verdict)).toEqual(['fail', 'fail'])
  expect(JSON.stringify(results)).not.toContain(token)
})
