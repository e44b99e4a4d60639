import { expect, test } from 'vitest'
import { claimsOf } from './claim.ts'

const content = `app: shop
checks:
  health: { kind: http, url: /health }
  # what a person wants to know
  disk:
    kind: disk
    minFree: 5GB

databases:
  main: { kind: postgres, password: "clear words" }
environments:
  production:
    override:
      checks: { health: { url: /other } }
`
const claims = claimsOf('stellwerk.yaml', content, 'production')

test('a claim is the lines of its key', () => {
  expect(claims(['checks', 'disk'])).toEqual({
    key: 'checks.disk',
    file: 'stellwerk.yaml',
    line: 5,
    text: 'disk:\n  kind: disk\n  minFree: 5GB',
  })
  expect(claims(['app'])?.text).toBe('app: shop')
})

test('an override of the environment is where the claim stands', () => {
  expect(claims(['checks', 'health'])).toMatchObject({
    key: 'environments.production.override.checks.health',
    line: 14,
  })
  expect(claimsOf('stellwerk.yaml', content, 'staging')(['checks', 'health'])?.line).toBe(3)
})

test('a default is claimed by what stands above it, and what stands nowhere by nobody', () => {
  expect(claims(['checks', 'disk', 'level'])?.key).toBe('checks.disk')
  expect(claims(['release', 'minFree'])).toBeUndefined()
})

test('no clear password is shown', () => {
  expect(claims(['databases', 'main'])?.text).not.toContain('clear words')
})
