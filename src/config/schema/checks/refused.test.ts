import { expect, test } from 'vitest'
import { check } from '../check.ts'

test.each<[string, Record<string, unknown>, RegExp]>([
  ['a list of roles that holds none', { kind: 'disk', minFree: '1GB', roles: [] }, /^roles: /],
  [
    'a server that nobody asks',
    { kind: 'dns', name: 'app.example.org', server: '192.0.2.53:53', from: 'host' },
    /^server: needs from: here/,
  ],
  [
    'a host that the app chooses',
    { kind: 'flow', steps: [{ name: 'a', url: 'https://{{host}}.example.org/x' }] },
    /^steps\.0\.url: must be a path such as/,
  ],
])('a check is refused for %s', (_, written, wanted) => {
  const { error } = check.safeParse(written)
  const [issue] = error?.issues ?? []
  expect(`${issue?.path.join('.')}: ${issue?.message}`).toMatch(wanted)
})
