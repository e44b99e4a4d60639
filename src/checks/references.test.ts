import { expect, test } from 'vitest'
import { References } from './references.ts'

test.each([
  ['a/b?c', '/documents/a%2Fb%3Fc/export'],
  ['..', '/documents/%252e%252e/export'],
  ['.', '/documents/%252e/export'],
])('a saved %j stays one piece of an address', (id, wanted) => {
  const references = new References(
    { secret: () => undefined, redact: input => input },
    new Map([['id', id]]),
  )
  const url = references.resolveUrl('http://app/documents/{{id}}/export')
  expect(new URL(url).pathname).toBe(wanted)
})
