// Checks as steps, and the proof of which release answers.
import type { RequestListener } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type CheckStep, type IdentityStep, makeCheckKinds, runIdentity } from '../../src/checks/index.ts'
import { type IdentityProbe, identity } from '../../src/config/schema/identity.ts'
import { systemClock } from '../../src/core/clock.ts'
import { text } from '../../src/core/lang.ts'
import { ProblemError } from '../../src/core/problem.ts'
import type { Event } from '../../src/engine/events.ts'
import type { HereContext } from '../../src/engine/step.ts'
import { makeLocalHost } from '../../src/hosts/local.ts'
import { aCheck, aContext, Rig } from './checks.rig.ts'

const oldRelease = '20261120_101500-0ld0ld0'
const newRelease = '20261121_021500-abc1234'

let rig: Rig
beforeEach(() => {
  rig = new Rig()
})
afterEach(() => rig.close())

function aProbe(input: Record<string, unknown>): IdentityProbe {
  const parsed = identity.parse({ retries: 0, ...input })
  if ('waived' in parsed) throw new Error('a waived identity cannot be asked')
  return parsed
}

describe('identity', () => {
  const ask = async (probe: Record<string, unknown>, listener: RequestListener) => {
    const port = await rig.http(listener)
    const context = aContext({ host: makeLocalHost({ name: 'web1' }), address: { host: '127.0.0.1', port } })
    return runIdentity(aProbe(probe), newRelease, context)
  }
  const steady = (sentence: string) => sentence.replaceAll(/\b[\d.]+ (ms|s)\b/g, 'T')
  const json =
    (body: unknown): RequestListener =>
    (_, response) =>
      response.setHeader('content-type', 'application/json').end(JSON.stringify(body))

  test.each<[string, Record<string, unknown>, RequestListener]>([
    ['a header', { header: 'X-Release' }, (_, response) => response.setHeader('x-release', newRelease).end()],
    [
      'a header of a redirect',
      { header: 'x-release' },
      (_, response) => response.writeHead(302, { location: '/admin', 'x-release': newRelease }).end(),
    ],
    ['JSON', { json: '$.app.release' }, json({ app: { release: newRelease } })],
    ['text', { text: true }, (_, response) => response.end(`${newRelease}\n`)],
  ])('is proven by %s', async (_, probe, listener) => {
    const result = await ask(probe, listener)

    expect(result).toMatchObject({
      check: 'identity',
      kind: 'identity',
      host: 'web1',
      verdict: 'pass',
      blocks: false,
    })
    expect(result.observed.en).toBe(`answers release ${newRelease}`)
    expect(result.details['release']).toBe(newRelease)
  })

  test('another release is a fail, in words', async () => {
    const result = await ask({ json: '$.release' }, json({ release: oldRelease }))

    expect(result).toMatchObject({ verdict: 'fail', blocks: true })
    expect(result.observed.en).toBe(`answers release ${oldRelease}, expected ${newRelease}`)
    expect(result.observed.de).toBe(`es antwortet Release ${oldRelease}, erwartet ${newRelease}`)
  })

  test.each<[Record<string, unknown>, RequestListener, string]>([
    [{ header: 'X-Release' }, (_, response) => response.end(), 'no header X-Release (200 OK, 0 bytes, T)'],
    [
      { header: 'X-Release' },
      (_, response) => response.setHeader('x-release', '').end(),
      'no header X-Release (200 OK, 0 bytes, T)',
    ],
    [{ json: '$.release' }, json({ version: 1 }), '$.release holds no text (200 OK, 13 bytes, T)'],
    [{ json: '$.release' }, json({ release: null }), '$.release holds no text (200 OK, 16 bytes, T)'],
    [
      { json: '$.release' },
      (_, response) => response.end('<html>'),
      'the answer is not JSON (200 OK, 6 bytes, T)',
    ],
    [{ text: true }, (_, response) => response.end(), 'the body is empty (200 OK, 0 bytes, T)'],
    [
      { text: true },
      (_, response) => response.end('<!doctype html><p>hello'),
      'what it tells is no release id (200 OK, 23 bytes, T)',
    ],
    [
      { text: true },
      (_, response) => response.writeHead(503).end(newRelease),
      'the status is not 2xx (503 Service Unavailable, 23 bytes, T)',
    ],
  ])('%j cannot be told', async (probe, listener, why) => {
    const result = await ask(probe, listener)

    expect(result.verdict).toBe('unknown')
    expect(steady(result.observed.en)).toBe(`does not tell its release: ${why}`)
  })

  test('is asked again while the old process still answers', async () => {
    let asked = 0
    const result = await ask({ text: true, retries: 5, every: '5ms' }, (_, response) => {
      asked += 1
      response.end(asked < 3 ? oldRelease : newRelease)
    })
    expect([result.verdict, result.attempts]).toEqual(['pass', 3])
  })
})

describe('steps', () => {
  const kinds = makeCheckKinds({ clock: systemClock, here: makeLocalHost({ name: 'here' }), directory: '/' })
  const base = {
    id: 'verify/web1/health',
    host: 'web1',
    title: text('Health', 'Gesundheit'),
    timeout: 30_000,
    undo: { how: 'none', why: text('it only looks', 'sie sieht nur nach') },
  } as const
  const context = (events: Event[]): HereContext => ({
    host: makeLocalHost({ name: 'web1' }),
    signal: new AbortController().signal,
    emit: event => events.push(event),
    secret: () => undefined,
    redact: input => input,
  })
  const health = (port: number, level: 'error' | 'warn' = 'error'): CheckStep => ({
    ...base,
    kind: 'check',
    purpose: 'health',
    address: { host: '127.0.0.1', port },
    root: '/',
    checks: [
      {
        name: 'health',
        check: aCheck({
          kind: 'http',
          url: '/api/health',
          level,
          expect: { json: { '$.status': 'gesund' } },
        }),
      },
      { name: 'disk', check: aCheck({ kind: 'disk', minFree: '1kB' }) },
    ],
  })
  const saying =
    (status: string): RequestListener =>
    (_, response) =>
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ status }))

  test('all green: one line, one event for each check, the results as data', async () => {
    const port = await rig.http(saying('gesund'))
    const events: Event[] = []

    const outcome = await kinds.check.run(health(port), context(events))

    expect(outcome.verdict).toBe('pass')
    expect(outcome.observed).toEqual({
      en: '2 checks passed: health, disk',
      de: '2 Prüfungen bestanden: health, disk',
    })
    expect(outcome.problem).toBeUndefined()
    expect(Object.keys(outcome.data ?? {})).toEqual(['health', 'disk'])
    expect(events).toMatchObject([
      {
        code: 'STW-E013',
        type: 'check.result',
        step: base.id,
        result: { check: 'health', verdict: 'pass', host: 'web1' },
      },
      {
        code: 'STW-E013',
        type: 'check.result',
        step: base.id,
        result: { check: 'disk', verdict: 'pass', host: 'web1' },
      },
    ])
  })

  test('one red: the verdict is fail and the problem says what, why and what to do', async () => {
    const port = await rig.http(saying('kritisch'))

    const outcome = await kinds.check.run(health(port), context([]))

    expect(outcome.verdict).toBe('fail')
    expect(outcome.observed.en).toMatch(
      /^health: \$\.status is "kritisch", expected "gesund" \(200 OK, 21 bytes, /,
    )
    expect(outcome.problem).toMatchObject({
      code: 'STW-K001',
      what: { en: 'Check "health" did not pass', de: 'Prüfung "health" nicht bestanden' },
      where: { step: base.id, host: 'web1' },
      why: { en: expect.stringMatching(/^\$\.status is "kritisch"/) },
      next: [{ en: `On web1: curl -i http://127.0.0.1:${port}/api/health` }],
      evidence: '{"status":"kritisch"}',
    })
  })

  test('smoke ends with the first check that holds the release back: users have it meanwhile', async () => {
    const events: Event[] = []
    const red = { ...health(await rig.http(saying('kritisch'))), purpose: 'smoke' } as const
    const warned = { ...health(await rig.http(saying('kritisch')), 'warn'), purpose: 'smoke' } as const

    const outcome = await kinds.check.run(red, context(events))
    const all = await kinds.check.run(warned, context([]))

    expect(outcome.verdict).toBe('fail')
    expect(events).toHaveLength(1)
    expect(Object.keys(all.data ?? {})).toEqual(['health', 'disk'])
  })

  test('one unknown blocks too, a warning does not', async () => {
    const port = await rig.http(() => undefined)
    const step = health(port)
    const slow = {
      ...step,
      checks: step.checks.map(({ name, check }) => ({ name, check: { ...check, timeout: 100 } })),
    }
    const warning = await kinds.check.run(health(await rig.http(saying('kritisch')), 'warn'), context([]))

    const outcome = await kinds.check.run({ ...slow, checks: slow.checks.slice(0, 1) }, context([]))

    expect(outcome).toMatchObject({
      verdict: 'unknown',
      problem: {
        code: 'STW-K002',
        what: { en: 'Check "health" could not tell', de: 'Prüfung "health" ohne Ergebnis' },
      },
    })
    expect(warning.verdict).toBe('pass')
    expect(warning.observed.en).toMatch(/^health: \$\.status is "kritisch"/)
  })

  test('a step without a check has seen nothing', async () => {
    const outcome = await kinds.check.run({ ...health(1), checks: [] }, context([]))
    expect(outcome).toMatchObject({ verdict: 'unknown', problem: { code: 'STW-K003' } })
  })

  test('a check that breaks is unknown, whatever it is, and the others are asked', async () => {
    const step = health(await rig.http(saying('gesund')))
    const broken: HereContext = {
      ...context([]),
      secret: name => {
        throw new TypeError(`no ${name}`)
      },
    }
    const asking = aCheck({ kind: 'http', url: '/api/health', headers: { authorization: '${KEY}' } })
    const printing = aCheck({ kind: 'command', command: 'echo "$KEY"' })
    const checks = [{ name: 'asking', check: asking }, { name: 'printing', check: printing }, ...step.checks]
    const outcome = await kinds.check.run({ ...step, checks }, broken)

    expect([outcome.verdict, outcome.problem?.code]).toEqual(['unknown', 'STW-K002'])
    expect(outcome.data).toMatchObject({
      asking: 'unknown: the check itself broke: no KEY',
      printing: 'unknown: the check itself broke: no KEY',
      health: expect.stringMatching(/^pass: /),
      disk: expect.stringMatching(/^pass: /),
    })
  })

  test('a host that breaks is unknown', async () => {
    const gone = { ...makeLocalHost({ name: 'web1' }), run: () => Promise.reject(new TypeError('no host')) }
    const step = health(await rig.http(saying('gesund')))
    const outcome = await kinds.check.run(step, { ...context([]), host: gone })

    expect(outcome.data).toMatchObject({
      health: expect.stringMatching(/^pass: /),
      disk: 'unknown: the check itself broke: no host',
    })
  })

  test('no declared secret is told, whoever shows it', async () => {
    const value = 'sentinel-0815-4711'
    const port = await rig.http(saying(`x${value}`))
    const events: Event[] = []
    const step = health(port)
    // Cut in its middle: half a secret is no better.
    const command = `printf '%0290d%s' 0 ${value}; echo; echo ${value} >&2; exit 1`
    const outcome = await kinds.check.run(
      {
        ...step,
        checks: [...step.checks, { name: 'printing', check: aCheck({ kind: 'command', command }) }],
      },
      { ...context(events), redact: input => input.replaceAll(value, '[secret]') },
    )

    expect(outcome.verdict).toBe('fail')
    expect(JSON.stringify(events)).toContain('[secret]')
    expect(JSON.stringify({ ...outcome, problem: { ...outcome.problem, next: [] } })).not.toContain(
      'sentinel',
    )
    expect(JSON.stringify(events)).not.toContain('sentinel')
  })

  test('no declared secret is told where a host is lost in words of its own', async () => {
    const value = 'sentinel-0815-4711'
    const what = text(`refused ${value}`, `verweigert ${value}`)
    const run = () => Promise.reject(new ProblemError({ code: 'STW-H001', what }))
    const events: Event[] = []
    const step = health(await rig.http(saying('gesund')))
    const outcome = await kinds.check.run(step, {
      ...context(events),
      host: { ...makeLocalHost({ name: 'web1' }), run },
      redact: input => input.replaceAll(value, '[secret]'),
    })

    expect(outcome.data?.['disk']).toBe('unknown: refused [secret]')
    expect(JSON.stringify([outcome, events])).not.toContain('sentinel')
  })

  test('identity: the old release and no release', async () => {
    const step = (port: number): IdentityStep => ({
      ...base,
      kind: 'identity',
      identity: aProbe({ text: true }),
      release: newRelease,
      address: { host: '127.0.0.1', port },
    })
    const events: Event[] = []
    const old = await kinds.identity.run(
      step(await rig.http((_, response) => response.end(oldRelease))),
      context(events),
    )
    const none = await kinds.identity.run(
      step(await rig.http((_, response) => response.end())),
      context(events),
    )
    const proven = await kinds.identity.run(
      step(await rig.http((_, response) => response.end(newRelease))),
      context(events),
    )

    expect([old.verdict, old.problem?.code, old.data?.['release']]).toEqual(['fail', 'STW-K004', oldRelease])
    expect([none.verdict, none.problem?.code]).toEqual(['unknown', 'STW-K005'])
    expect([proven.verdict, proven.problem]).toEqual(['pass', undefined])
    expect(events.map(event => event.type)).toEqual(Array(3).fill('check.result'))
  })

  test('say in both languages what they will do', () => {
    const probe: IdentityStep = {
      ...base,
      kind: 'identity',
      identity: aProbe({ header: 'X-Release' }),
      release: newRelease,
    }

    expect(kinds.check.describe(health(8080))).toEqual({
      en: 'Health checks on web1: health (GET /api/health); disk (free disk space)',
      de: 'Gesundheitsprüfungen auf web1: health (GET /api/health); disk (freier Plattenplatz)',
    })
    expect(kinds.identity.describe(probe)).toEqual({
      en: `/ must answer release ${newRelease} on web1 (read from X-Release)`,
      de: `/ muss auf web1 mit Release ${newRelease} antworten (gelesen aus X-Release)`,
    })
  })
})
