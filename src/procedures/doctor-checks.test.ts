import { expect, test } from 'vitest'
import type { Config, HostConfig } from '../config/config.ts'
import type { CheckResult } from '../engine/check-result.ts'
import { checkFindings, doctorChecks } from './doctor-checks.ts'
import { byWeight, found } from './doctor-finding.ts'

const config = {
  environment: { name: 'production' },
  services: { worker: { kind: 'process', ports: [], drain: { check: 'queue' } } },
  gates: ['gate'],
  verify: { identity: { url: '/health' } },
  checks: {
    room: { kind: 'disk' },
    home: { kind: 'http', url: '/', method: 'GET', retries: 9 },
    order: { kind: 'http', url: '/order', method: 'POST' },
    queue: { kind: 'http', url: '/queue', method: 'GET' },
    gate: { kind: 'command', command: 'true' },
    probe: { kind: 'command', command: 'true' },
    form: { kind: 'page', url: '/', steps: [{ click: '#send' }] },
  },
} as unknown as Config
const host = { name: 'web1', roles: ['web'], root: '/srv/shop' } as unknown as HostConfig

const names = (runs: boolean) => {
  const { asked, left } = doctorChecks(config, host, runs)
  return { asked: asked.map(({ name }) => name), left: left.map(({ check }) => check) }
}

test('what only looks is asked, once; what may change data is left and named', () => {
  expect(names(true)).toEqual({ asked: ['room', 'home', 'gate'], left: ['order', 'queue', 'probe', 'form'] })
  expect(doctorChecks(config, host, true).asked.map(({ check }) => check.retries)).toEqual([0, 0, 0])
})

test('an app that runs nowhere yet is not asked', () => {
  expect(names(false)).toEqual({ asked: ['room', 'gate'], left: ['home', 'order', 'queue', 'probe', 'form'] })
})

test('the certificate of the web server before the app is looked at, where the document names one', () => {
  const tls = { certificate: '/etc/ssl/app.crt', key: '/etc/ssl/app.key' }
  const behind = { ...config, proxy: { names: ['shop.example.org'], tls } } as unknown as Config
  const last = doctorChecks(behind, host, false).asked.at(-1)
  const result = {
    check: 'proxy.tls',
    kind: 'tls',
    verdict: 'fail',
    blocks: true,
    observed: { en: '', de: '' },
  }
  const [finding] = checkFindings(behind, host, [result as unknown as CheckResult])

  expect(last).toMatchObject({ check: { file: '/etc/ssl/app.crt', name: 'shop.example.org', chain: true } })
  expect(finding?.key).toEqual(['proxy', 'tls'])
  expect(finding?.problem.next?.map(({ en }) => en)).toEqual([
    'On web1: openssl x509 -in /etc/ssl/app.crt -noout -subject -enddate',
  ])
})

test('what nobody could see is unknown, what only warns warns, and what passed is nothing', () => {
  const result = (check: string, verdict: string, blocks = true) =>
    ({
      check,
      kind: 'http',
      host: 'web1',
      verdict,
      blocks,
      observed: { en: 'seen', de: 'gesehen' },
    }) as CheckResult
  const findings = checkFindings(config, host, [
    result('order', 'fail', false),
    result('room', 'unknown'),
    result('home', 'fail'),
    result('gate', 'pass', false),
  ])

  expect(
    byWeight(findings).map(({ weight, problem, key }) => [weight, problem.code, key?.join('.')]),
  ).toEqual([
    ['blocks', 'STW-D708', 'checks.home'],
    ['unknown', 'STW-D709', 'checks.room'],
    ['warns', 'STW-D708', 'checks.order'],
  ])
  expect(findings[2]?.problem.next?.at(-1)?.en).toBe('stellwerk check production --only home')
})

test('a problem that no key made still knows where the document speaks of it', () => {
  const problem = (code: string) => ({ code, what: { en: '', de: '' }, where: { host: 'web1' } })
  expect(found(problem('STW-B590'), 'production').key).toEqual(['backup'])
  expect(found(problem('STW-H001'), 'production').key).toEqual([
    'environments',
    'production',
    'hosts',
    'web1',
  ])
  expect(found(problem('STW-B594'), 'production').weight).toBe('unknown')
  expect(found(problem('STW-D707'), 'production')).not.toHaveProperty('key')
})
