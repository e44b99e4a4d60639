// A real Prometheus that watches a real server.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCheck } from '../../src/checks/index.ts'
import { check } from '../../src/config/schema/check.ts'
import { makeLocalHost } from '../../src/hosts/local.ts'
import { type Job, type Prometheus, startPrometheus } from '../rigs/prometheus.ts'
import { aCheck, aContext, Rig } from './checks.rig.ts'

const rig = new Rig()
const started = new AsyncDisposableStack()
let all: Readonly<Record<'up' | 'down' | 'late' | 'none', Prometheus>>
let api: string
let gone: string

// One each: a running one takes five seconds to see new targets.
beforeAll(async () => {
  api = `127.0.0.1:${await rig.http((_, response) => void response.end('queue 3\n'))}`
  gone = `127.0.0.1:${await rig.closedPort()}`
  const watching = { name: 'api', targets: [api], every: '2s' }
  const start = async (jobs: readonly Job[]) => started.use(await startPrometheus(jobs))
  const [up, down, late, none] = await Promise.all([
    start([watching]),
    start([watching, { name: 'node', targets: [gone], every: '2s' }]),
    start([{ name: 'late', targets: [api], every: '9999h' }]),
    start([]),
  ])
  all = { up, down, late, none }
})
afterAll(async () => {
  await started.disposeAsync()
  await rig.close()
})

const ask = (which: keyof typeof all, expected: object, props: object = {}) =>
  runCheck(
    'targets',
    aCheck({ kind: 'prometheus', url: `http://127.0.0.1:${all[which].port}/`, expect: expected, ...props }),
    aContext({ host: makeLocalHost({ name: 'web1' }) }),
  )
/** Prometheus looks at its targets when it likes: asks until it said that. */
const askUntil = async (which: keyof typeof all, said: RegExp, expected: object) => {
  for (let tries = 0; ; tries += 1) {
    const result = await ask(which, expected)
    if (said.test(result.observed.en) || tries === 600) return result
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

describe('targets that are up', () => {
  test('green: every target, the jobs and a value', async () => {
    const expected = { jobs: { api: 1 }, query: { expr: 'queue', value: { max: 5 } } }
    const result = await askUntil('up', /is 3$/, expected)

    expect(result).toMatchObject({ kind: 'prometheus', host: 'web1', verdict: 'pass' })
    expect(result.observed.en).toBe(`targets up: 1 of 1; queue {instance="${api}", job="api"} is 3`)
    expect(result.observed.de).toBe(`laufende Ziele: 1 von 1; queue {instance="${api}", job="api"} ist 3`)
  })

  test('red: a value out of its range, and a job with too few targets', async () => {
    const value = await askUntil('up', /at most/, {
      targets: 'any',
      queries: [{ expr: 'queue', value: { max: 2 } }],
    })
    expect(value.observed.en).toBe(`queue {instance="${api}", job="api"} is 3, expected at most 2`)

    const jobs = await ask('up', { jobs: { api: 2, node: 1 } })
    expect(jobs).toMatchObject({ verdict: 'fail', blocks: true })
    expect(jobs.observed.en).toBe('job api: 1 up, expected at least 2; job node: 0 up, expected at least 1')
  })

  test.each([
    ['NaN', '0/0', '0/0 is NaN'],
    ['no value', 'nothing_at_all', 'nothing_at_all has no value'],
    ['a query that cannot be read', 'sum(', 'Prometheus refuses: '],
  ])('unknown: %s', async (_, expr, said) => {
    const result = await ask('up', { queries: [{ expr, value: { min: 0 } }] })
    expect(result).toMatchObject({ verdict: 'unknown', blocks: true })
    expect(result.observed.en).toContain(said)
  })
})

test('red: a target that is down, with the reason', async () => {
  const result = await askUntil('down', /is down/, {})

  expect(result.observed.en).toMatch(
    new RegExp(`^target http://${gone}/metrics of job node is down: .*connection refused`),
  )
})

test('unknown: a target that was not asked yet, and no target at all', async () => {
  const late = await askUntil('late', /not asked/, { jobs: { late: 1 } })
  expect(late.verdict).toBe('unknown')
  expect(late.observed.en).toContain(`target http://${api}/metrics of job late was not asked yet`)

  expect(await ask('none', {})).toMatchObject({
    verdict: 'unknown',
    observed: { en: 'it watches no target', de: 'es beobachtet kein Ziel' },
  })
})

test('unknown: no Prometheus, and something else in its place', async () => {
  const nobody = await ask('up', {}, { url: `http://${gone}` })
  expect(nobody.verdict).toBe('unknown')
  expect(nobody.observed.en).toBe(`nothing listens on ${gone} (connection refused)`)

  const other = await rig.http((_, response) => response.setHeader('content-type', 'text/html').end('<html>'))
  expect(await ask('up', {}, { url: `http://127.0.0.1:${other}` })).toMatchObject({ verdict: 'unknown' })
})

test('unknown: a series that is no number', async () => {
  const histogram = JSON.stringify({
    status: 'success',
    data: { resultType: 'vector', result: [{ metric: {}, histogram: [1, {}] }] },
  })
  const other = await rig.http((_, response) =>
    response.setHeader('content-type', 'application/json').end(histogram),
  )
  const result = await ask(
    'up',
    { targets: 'any', queries: [{ expr: 'latency', value: { min: 0 } }] },
    { url: `http://127.0.0.1:${other}` },
  )
  expect([result.verdict, result.observed]).toEqual([
    'unknown',
    { en: 'latency is no number', de: 'latency ist keine Zahl' },
  ])
})

test('a check that asks nothing is refused', () => {
  expect(check.safeParse({ kind: 'prometheus', expect: { targets: 'any' } }).success).toBe(false)
})
