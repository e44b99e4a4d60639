// The engine against real shells: three "hosts" are three directories on this machine, the scripts are the real ones.
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import { text } from '../../src/core/lang.ts'
import type { EngineDeps } from '../../src/engine/engine.ts'
import type { Event } from '../../src/engine/events.ts'
import type { Host } from '../../src/engine/host.ts'
import { acquireAll } from '../../src/engine/lock.ts'
import { freeze, type Plan } from '../../src/engine/plan.ts'
import { recoverRun } from '../../src/engine/recover.ts'
import { runPlan } from '../../src/engine/run.ts'
import type { HereKind, HostKind, Kinds, Step } from '../../src/engine/step.ts'
import { makeLocalHost } from '../../src/hosts/local.ts'

interface Mark extends Step {
  readonly file: string
  /** exit code of the step after it made its mark. */
  readonly code?: number
  readonly secret?: string
  /** Its undo fails. */
  readonly stuck?: boolean
}
interface Look extends Step {
  readonly verdict: 'pass' | 'fail' | 'unknown'
}

const mark: HostKind<Mark> = {
  at: 'host',
  run: step =>
    `printf '%s' "\${${step.secret ?? 'NOTHING'}-none}" >"$sw_root/${step.file}"; echo "did ${step.file}"; exit ${step.code ?? 0}`,
  undo: step =>
    `${step.stuck ? 'exit 5; ' : ''}${step.secret === undefined ? '' : `[ -n "$${step.secret}" ] || exit 9; `}rm -f "$sw_root/${step.file}"; echo ${step.file} >>"$sw_root/undone"`,
  inspect: step => `[ -e "$sw_root/${step.file}" ] && echo done || echo undone`,
  describe: step => step.title,
  secrets: step => (step.secret === undefined ? [] : [step.secret]),
}
const look: HereKind<Look> = {
  at: 'here',
  run: async step => ({ verdict: step.verdict, observed: text('seen', 'gesehen') }),
  describe: step => step.title,
}
const kinds = { mark, look } as unknown as Kinds

let base = ''
let events: Event[] = []
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'stellwerk-engine-'))
  events = []
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

const names = ['a', 'b', 'c']
const root = (host: string) => join(base, host)
const files = (host: string) =>
  readdirSync(root(host))
    .filter(name => name !== '.stellwerk' && name !== 'undone')
    .toSorted()
const journal = (host: string) =>
  readFileSync(join(root(host), '.stellwerk/runs/run-1/journal.jsonl'), 'utf8')

function step(phase: string, host: string, extra: Partial<Mark> = {}): Mark {
  const file = extra.file ?? `${phase}-done`
  const undo = { how: 'auto', title: text('undo', 'zurück') } as const
  return {
    id: `${phase}/${host}/${file}`,
    kind: 'mark',
    host,
    title: text(phase, phase),
    timeout: 10_000,
    undo,
    ...extra,
    file,
  }
}

function check(phase: string, host: string, verdict: Look['verdict']): Look {
  const undo = { how: 'none', why: text('it only looks', 'es schaut nur') } as const
  return {
    id: `${phase}/${host}/look`,
    kind: 'look',
    host,
    title: text('look', 'sehen'),
    timeout: 10_000,
    undo,
    verdict,
  }
}

function planOf(phases: Record<string, readonly Step[]>, extra: Partial<Plan> = {}): Plan {
  return freeze({
    schema: 'stellwerk.plan/1',
    procedure: 'test',
    run: 'run-1',
    app: 'app',
    environment: 'env',
    createdAt: '2026-11-21T02:15:00Z',
    hosts: names.map(name => ({ name, address: 'local', roles: ['web'], root: root(name) })),
    factsDigest: '',
    policy: 'undo',
    onHostFailure: 'undo',
    phases: Object.entries(phases).map(([id, steps]) => ({ id, title: text(id, id), steps })),
    commit: 'settle',
    summary: {},
    ...extra,
  })
}

function depsOf(extra: Partial<EngineDeps> = {}): EngineDeps {
  return {
    hosts: new Map<string, Host>(names.map(name => [name, makeLocalHost({ name })])),
    kinds,
    emit: event => void events.push(event),
    now: () => new Date(),
    random: randomBytes,
    sleep: (ms, signal) => systemClock.sleep(ms, signal),
    secret: name => (name === 'TOKEN' ? 'sentinel-4711' : undefined),
    redact: line => line.replaceAll('sentinel-4711', '[secret]'),
    parallel: 10,
    interrupt: new AbortController().signal,
    ...extra,
  }
}

async function go(plan: Plan, deps = depsOf()) {
  return runPlan(plan, await locked(plan, names, deps), 60_000, deps)
}

/** Fencing tokens by host. `dead`: locks that are there already are taken over. */
async function locked(
  plan: Plan,
  hosts: readonly string[],
  deps: EngineDeps,
  dead?: ReadonlyMap<string, number>,
): Promise<ReadonlyMap<string, number>> {
  const owner = {
    run: plan.run,
    procedure: 'test',
    by: 'anna',
    machine: 'laptop',
    pid: 1,
    since: '',
    lease: 60,
  }
  const places = plan.hosts.filter(({ name }) => hosts.includes(name))
  const recover = dead ? { recover: dead } : {}
  const leases = await acquireAll(
    { places, environment: 'env', owner, payload: () => '', wait: 0, isDead: () => false, ...recover },
    deps,
  )
  if (!leases.ok) throw new Error(leases.error.what.en)
  return new Map([...leases.value].map(([name, { token }]) => [name, token]))
}

/** The connection to `host` breaks as `phase` begins. */
function losing(host: string, phase: string): EngineDeps {
  let off = false
  const deps = depsOf({ sleep: (ms, signal) => systemClock.sleep(ms / 100, signal) })
  const real = makeLocalHost({ name: host })
  const ending = { kind: 'unreachable', why: 'no route' } as const
  const run: Host['run'] = async (script, options) =>
    off ? { ending, stdout: '', stderr: '' } : real.run(script, options)
  return {
    ...deps,
    hosts: new Map([...deps.hosts, [host, { ...real, run }]]),
    emit: event => {
      events.push(event)
      if (event.type === 'phase.begin' && event.phase === phase) off = true
    },
  }
}

const everywhere = (phase: string, extra: Partial<Mark> = {}) => names.map(name => step(phase, name, extra))
const free = () => names.every(name => !existsSync(join(root(name), '.stellwerk/lock')))

test('all phases on all hosts, journaled, with the lock given back', async () => {
  const result = await go(
    planOf({ publish: everywhere('publish'), switch: everywhere('switch'), settle: everywhere('settle') }),
  )

  expect(result).toMatchObject({ status: 'done', more: [] })
  for (const name of names) {
    expect(files(name)).toEqual(['publish-done', 'settle-done', 'switch-done'])
    expect(journal(name).trim().split('\n')).toHaveLength(7)
    expect(journal(name)).toContain('"type":"end","status":"done"')
    expect(
      JSON.parse(readFileSync(join(root(name), '.stellwerk/runs/run-1/plan.json'), 'utf8')),
    ).toMatchObject({ run: 'run-1' })
  }
  expect(free()).toBe(true)
})

test('one failing host undoes the fleet, in reverse order, its own half-done step too', async () => {
  const failing = names.map(name => step('switch', name, name === 'b' ? { code: 3 } : {}))
  const plan = planOf({ publish: everywhere('publish'), switch: failing, settle: everywhere('settle') })

  const result = await go(plan)

  expect(result).toMatchObject({
    status: 'undone',
    problem: { code: 'STW-E101', where: { host: 'b', step: 'switch/b/switch-done' } },
  })
  for (const name of names) {
    expect(files(name)).toEqual([])
    expect(readFileSync(join(root(name), 'undone'), 'utf8')).toBe('switch-done\npublish-done\n')
  }
  expect(free()).toBe(true)
})

test('a barrier: no host enters a phase before all have ended the one before', async () => {
  await go(planOf({ publish: everywhere('publish'), switch: everywhere('switch') }))

  const order = events.flatMap(event => (event.type === 'step.end' ? [event.step.split('/')[0]] : []))
  expect(order).toEqual(['publish', 'publish', 'publish', 'switch', 'switch', 'switch'])
})

test.each(['fail', 'unknown'] as const)('a check that says %s takes everything back', async verdict => {
  const verify = names.map(name => check('verify', name, name === 'c' ? verdict : 'pass'))

  const result = await go(planOf({ switch: everywhere('switch'), verify, settle: everywhere('settle') }))

  expect(result).toMatchObject({ status: 'undone', problem: { code: 'STW-E108', why: { en: 'seen' } } })
  expect(names.flatMap(files)).toEqual([])
})

test('leave-out: the failing host alone goes back and is named, the others go on', async () => {
  const verify = names.map(name => check('verify', name, name === 'b' ? 'fail' : 'pass'))
  const plan = planOf(
    { switch: everywhere('switch'), verify, settle: everywhere('settle') },
    { onHostFailure: 'leave-out' },
  )

  const result = await go(plan)

  expect(result.status).toBe('left-out')
  expect(result.hosts).toEqual([
    { name: 'a', state: 'new' },
    { name: 'b', state: 'old' },
    { name: 'c', state: 'new' },
  ])
  expect(names.map(files)).toEqual([['settle-done', 'switch-done'], [], ['settle-done', 'switch-done']])
  expect(free()).toBe(true)
})

test('a phase that nobody takes part in any more is not mentioned', async () => {
  const phases = {
    switch: names.map(name => step('switch', name, name === 'b' ? { code: 1 } : {})),
    alone: [step('alone', 'b')],
    settle: everywhere('settle'),
  }

  await go(planOf(phases, { onHostFailure: 'leave-out' }))

  expect(events.flatMap(event => (event.type === 'phase.begin' ? [event.phase] : []))).toEqual([
    'switch',
    'settle',
  ])
})

test('leave-out with nobody left is an undo', async () => {
  const verify = names.map(name => check('verify', name, 'fail'))
  const plan = planOf(
    { switch: everywhere('switch'), verify, settle: everywhere('settle') },
    { onHostFailure: 'leave-out' },
  )

  expect(await go(plan)).toMatchObject({ status: 'undone' })
  expect(names.flatMap(files)).toEqual([])
})

test('after the commit nothing is undone; what failed is said', async () => {
  const settle = names.map(name => step('settle', name, name === 'a' ? { code: 1 } : {}))

  const result = await go(planOf({ switch: everywhere('switch'), settle }))

  expect(result).toMatchObject({ status: 'needs-a-look', problem: { where: { host: 'a' } } })
  for (const name of names) expect(files(name)).toContain('switch-done')
  expect(free()).toBe(true)
})

test('policy stop leaves everything as it is; policy continue does the rest', async () => {
  const failing = names.map(name => step('switch', name, name === 'a' ? { code: 1 } : {}))
  const phases = { switch: failing, after: everywhere('after') }

  expect(await go(planOf(phases, { policy: 'stop' }))).toMatchObject({ status: 'needs-a-look' })
  expect(files('b')).toEqual(['switch-done'])

  for (const name of names) rmSync(root(name), { recursive: true })
  expect(await go(planOf(phases, { policy: 'continue' }))).toMatchObject({ status: 'needs-a-look' })
  expect(files('b')).toEqual(['after-done', 'switch-done'])
})

test('an answer that never came is read back from the journal: what happened is not done twice', async () => {
  let drop = true
  const deps = depsOf()
  const hosts = new Map(deps.hosts)
  const real = makeLocalHost({ name: 'b' })
  hosts.set('b', {
    ...real,
    // The script runs to its end, its answer is lost once.
    run: async (script, options) => {
      if (!drop || !script.includes('sw_step')) return real.run(script, options)
      drop = false
      await real.run(script, { timeout: options.timeout })
      return { ending: { kind: 'lost', why: 'cable' }, stdout: '', stderr: '' }
    },
  })

  const result = await go(planOf({ switch: everywhere('switch'), settle: everywhere('settle') }), {
    ...deps,
    hosts,
  })

  expect(drop).toBe(false)
  expect(result.status).toBe('done')
  expect(journal('b').match(/"type":"intent","step":"switch/g)).toHaveLength(1)
})

test('an interrupt before the commit takes everything back', async () => {
  const interrupt = new AbortController()
  const deps = depsOf({
    interrupt: interrupt.signal,
    emit: event => void (event.type === 'phase.end' && event.phase === 'publish' && interrupt.abort()),
  })

  const result = await go(
    planOf({ publish: everywhere('publish'), switch: everywhere('switch'), settle: everywhere('settle') }),
    deps,
  )

  expect(result).toMatchObject({ status: 'undone', problem: { code: 'STW-E107' } })
  expect(names.flatMap(files)).toEqual([])
})

test('an interrupt after the commit lets the run end well', async () => {
  const interrupt = new AbortController()
  const deps = depsOf({
    interrupt: interrupt.signal,
    emit: event => void (event.type === 'phase.begin' && event.phase === 'settle' && interrupt.abort()),
  })

  const result = await go(planOf({ switch: everywhere('switch'), settle: everywhere('settle') }), deps)

  expect(result.status).toBe('done')
  expect(files('a')).toEqual(['settle-done', 'switch-done'])
})

test('a secret reaches the step and no event, journal or plan', async () => {
  const steps = names.map(name => ({ ...step('switch', name, { secret: 'TOKEN' }) }))

  await go(planOf({ switch: steps }))

  expect(readFileSync(join(root('a'), 'switch-done'), 'utf8')).toBe('sentinel-4711')
  expect(JSON.stringify(events)).not.toContain('sentinel-4711')
  for (const file of ['journal.jsonl', 'plan.json', 'output.log']) {
    expect(readFileSync(join(root('a'), '.stellwerk/runs/run-1', file), 'utf8')).not.toContain(
      'sentinel-4711',
    )
  }
})

test('an undo gets the secrets of its step too', async () => {
  const steps = names.map(name =>
    step('switch', name, { secret: 'TOKEN', ...(name === 'b' ? { code: 1 } : {}) }),
  )

  expect(await go(planOf({ switch: steps }))).toMatchObject({ status: 'undone', more: [] })
  expect(names.flatMap(files)).toEqual([])
})

test('a run whose lock is gone does nothing more there', async () => {
  const deps = depsOf({
    emit: event => {
      events.push(event)
      if (event.type === 'phase.end' && event.phase === 'publish') rmSync(join(root('b'), '.stellwerk/lock'))
    },
  })

  const result = await go(
    planOf({ publish: everywhere('publish'), switch: everywhere('switch'), settle: everywhere('settle') }),
    deps,
  )

  expect(result).toMatchObject({
    status: 'needs-a-look',
    problem: { code: 'STW-E103', where: { host: 'b' } },
  })
  expect(files('b')).toEqual(['publish-done'])
  expect(files('a')).toEqual([])
})

test('going back does not stop at an undo that fails: the rest is undone, the lock stays, the host is named', async () => {
  const stubborn = names.map(name =>
    step('switch', name, { file: 'b-second', ...(name === 'a' ? { stuck: true } : {}) }),
  )
  const verify = names.map(name => check('verify', name, name === 'c' ? 'fail' : 'pass'))

  const result = await go(
    planOf({ publish: everywhere('publish'), switch: stubborn, verify, settle: everywhere('settle') }),
  )

  expect(result).toMatchObject({ status: 'needs-a-look', more: [{ code: 'STW-E102', where: { host: 'a' } }] })
  expect(result.hosts).toEqual([
    { name: 'a', state: 'unclear' },
    { name: 'b', state: 'old' },
    { name: 'c', state: 'old' },
  ])
  expect(files('a')).toEqual(['b-second'])
  expect(names.map(name => existsSync(join(root(name), '.stellwerk/lock')))).toEqual([true, false, false])
})

test('a run that waits says whom it left out, and settled it has not arrived everywhere', async () => {
  const verify = names.map(name => check('verify', name, name === 'b' ? 'fail' : 'pass'))
  const phases = {
    switch: everywhere('switch'),
    verify,
    wait: everywhere('wait'),
    settle: everywhere('settle'),
  }
  const plan = planOf(phases, { onHostFailure: 'leave-out', wait: 'wait' })
  const hosts = [
    { name: 'a', state: 'new' },
    { name: 'b', state: 'old' },
    { name: 'c', state: 'new' },
  ]

  expect(await go(plan)).toMatchObject({ status: 'waiting', problem: { code: 'STW-E108' }, hosts })

  const tokens = await locked(plan, ['a', 'c'], depsOf())
  const settle = { tokens, leftOut: ['b'], choice: 'settle', leaseMs: 60_000 } as const
  expect(await recoverRun(plan, settle, depsOf())).toMatchObject({
    status: 'left-out',
    problem: { code: 'STW-E117', where: { host: 'b' } },
    hosts,
  })
  expect(files('a')).toEqual(['settle-done', 'switch-done', 'wait-done'])
  expect([files('b'), free()]).toEqual([[], true])
})

test('nobody is asked to agree to what is unclear', async () => {
  const phases = { switch: everywhere('switch'), wait: everywhere('wait'), settle: everywhere('settle') }
  const plan = planOf(phases, { onHostFailure: 'leave-out', wait: 'wait' })

  const result = await go(plan, losing('b', 'switch'))

  expect(result).toMatchObject({ status: 'needs-a-look', problem: { where: { host: 'b' } } })
  expect(names.map(name => existsSync(join(root(name), '.stellwerk/lock')))).toEqual([false, true, false])
})

test('recovered, a host that never came to the commit goes back alone: nothing is settled there', async () => {
  const phases = {
    publish: everywhere('publish'),
    switch: everywhere('switch'),
    settle: everywhere('settle'),
  }
  const plan = planOf(phases, { onHostFailure: 'leave-out' })
  expect(await go(plan, losing('b', 'switch'))).toMatchObject({ status: 'needs-a-look' })
  expect(files('b')).toEqual(['publish-done'])

  const tokens = await locked(plan, names, depsOf(), new Map([['b', 1]]))
  const result = await recoverRun(plan, { tokens, choice: undefined, leaseMs: 60_000 }, depsOf())

  expect(result).toMatchObject({ status: 'left-out', problem: { code: 'STW-E117', where: { host: 'b' } } })
  expect([files('a').includes('settle-done'), files('b'), free()]).toEqual([true, [], true])
})

test('what people agreed to is not taken back because a host breaks off before it is settled', async () => {
  const phases = { switch: everywhere('switch'), wait: everywhere('wait'), settle: everywhere('settle') }
  const plan = planOf(phases, { wait: 'wait' })
  await go(plan)
  const tokens = await locked(plan, names, depsOf())
  const deps = losing('b', 'settle')
  deps.emit({ code: 'STW-E002', type: 'phase.begin', phase: 'settle', title: text('', '') })

  const result = await recoverRun(plan, { tokens, choice: 'settle', leaseMs: 60_000 }, deps)

  expect(result).toMatchObject({ status: 'needs-a-look', problem: { code: 'STW-E116' } })
  expect(files('b')).toEqual(['switch-done', 'wait-done'])
  expect(files('a')).toEqual(['settle-done', 'switch-done', 'wait-done'])
})
