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
    'a server that has no such address',
    { kind: 'dns', name: 'app.example.org', server: '192.0.2.300:53' },
    /^server: must be <address>:<port>/,
  ],
  [
    'a port that there is not',
    { kind: 'tls', address: 'app.example.org:70000' },
    /^address: must be <name> or <name>:<port>/,
  ],
  [
    'a name with a port',
    { kind: 'tls', address: '192.0.2.7', name: 'app.example.org:443' },
    /^name: must be a name or an address without a port/,
  ],
  [
    'a secret without a limit',
    { kind: 'secret', secret: 'KEY', rotated: '2026-01-31' },
    /^: needs minLength/,
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
