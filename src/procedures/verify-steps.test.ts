import { expect, test } from 'vitest'
import { aConfig } from '../../test/helpers/a-deploy.ts'
import { longestRun } from '../checks/index.ts'
import { checkStep, readyStep } from './verify-steps.ts'

const host = () => {
  const config = aConfig('router: {kind: symlink, listen: "127.0.0.1:8080", reload: nginx -s reload}')
  const [first] = config.hosts
  if (!first) throw new Error('a config has a host')
  return { config, first }
}

test('smoke checks run one after another, and each has its time', () => {
  const { config, first } = host()
  const home = config.checks['home']
  if (!home) throw new Error('a config has a check')
  const checks = { home, again: home, 'and-again': home }
  const step = (purpose: 'health' | 'smoke') =>
    checkStep('verify', { ...config, checks }, first, purpose, Object.keys(checks))[0]

  expect(step('health')?.timeout).toBe(longestRun([home]) + 10_000)
  expect(step('smoke')?.timeout).toBe(3 * longestRun([home]) + 10_000)
})

test.each([1_000, 25_000, 180_000, 3_600_000])(
  'a slot is waited for as long as ready.timeout says: %i ms',
  timeout => {
    const [asked] = readyStep(host().first, 'web', 3001, '/ready', timeout).checks
    if (!asked) throw new Error('a ready step asks')
    const { retries, every } = asked.check

    expect(retries).toBeLessThanOrEqual(100)
    expect(retries * every).toBeGreaterThanOrEqual(timeout)
    expect(retries * every).toBeLessThan(timeout + every)
  },
)
