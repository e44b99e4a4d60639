import { describe, expect, it } from 'vitest'
import { type Service, service as schema } from '../config/schema/service.ts'
import { ProblemError } from '../core/problem.ts'
import type { Step } from '../engine/step.ts'
import type { ComposeFact } from './compose/facts.ts'
import type { CommandFact, ServiceFacts, SlotFact, UnitFact } from './facts.ts'
import { startOrder } from './order.ts'
import {
  planRestart,
  planServices,
  type ServiceContext,
  type ServicePlan,
  serviceBlockers,
} from './plan-services.ts'

const facts = (
  props: {
    slots?: readonly Partial<SlotFact>[]
    units?: readonly Partial<UnitFact>[]
    commands?: readonly CommandFact[]
    composes?: readonly ComposeFact[]
    complete?: boolean
  } = {},
): ServiceFacts => ({
  complete: props.complete ?? true,
  slots: (props.slots ?? []).map(slot => ({
    service: 'web',
    slot: 0,
    state: 'running',
    supervised: true,
    release: 'r1',
    restarts: 0,
    ...slot,
  })),
  units: (props.units ?? []).map(unit => ({
    service: 'web',
    unit: 'web.service',
    load: 'loaded',
    active: 'active',
    sub: 'running',
    result: 'success',
    restarts: 0,
    ...unit,
  })),
  commands: props.commands ?? [],
  composes: props.composes ?? [],
})
const context = (props: Partial<ServiceContext> = {}): ServiceContext => ({
  app: 'shop',
  environment: 'live',
  host: { name: 'h1', roles: ['web'], root: '/srv/shop', env: { A: 'host', B: 'host' } },
  facts: facts(),
  release: 'r2',
  previous: 'r1',
  secretNames: ['DB'],
  ...props,
})
const process = (props: object = {}): Service =>
  schema.parse({ kind: 'process', command: 'node x', ...props })
const ids = (plan: ServicePlan) => {
  const short = (steps: readonly { id: string }[]) => steps.map(step => step.id.replace('services/h1/', ''))
  return {
    before: short(plan.before),
    leave: short(plan.leave),
    arrive: short(plan.arrive),
    settle: short(plan.settle),
  }
}
const stepOf = (id: string): Step => ({
  ...{ id, kind: 'drain.wait', title: { en: id, de: id }, timeout: 1 },
  undo: { how: 'none', why: { en: '', de: '' } },
})
const nothing = { before: [], leave: [], arrive: [], settle: [] }

describe('a process with two ports', () => {
  const services = { web: process({ ports: [1, 2] }) }

  it('starts in the free slot before the switch and stops the old slot at the end', () => {
    const plan = planServices(services, context({ facts: facts({ slots: [{ slot: 1, port: 2 }] }) }))
    expect(ids(plan)).toEqual({ ...nothing, before: ['web/start-0'], settle: ['web/stop-1'] })
    expect(plan.targets).toEqual([{ service: 'web', slot: 0, port: 1, previous: { slot: 1, port: 2 } }])
    expect(plan.before[0]).toMatchObject({
      undo: { how: 'auto' },
      spec: { release: 'r2', port: 1, env: { A: 'host', B: 'host' } },
    })
  })

  it('first deploy: slot 0, nothing to stop', () => {
    const { previous: _, ...first } = context()
    const plan = planServices(services, first)
    expect(ids(plan)).toEqual({ ...nothing, before: ['web/start-0'] })
    expect(plan.targets).toEqual([{ service: 'web', slot: 0, port: 1 }])
  })

  it('clears the free slot of what an earlier run left there', () => {
    const slots = [
      { slot: 0, port: 1, since: 5 },
      { slot: 1, port: 2, release: 'r0', since: 9 },
    ] as const
    expect(ids(planServices(services, context({ facts: facts({ slots }) })))).toEqual({
      ...nothing,
      before: ['web/stop-1', 'web/start-1'],
      settle: ['web/stop-0'],
    })
  })

  it('believes the router about who is active', () => {
    const slots = [
      { slot: 0, port: 1 },
      { slot: 1, port: 2, release: 'r0' },
    ] as const
    expect(ids(planServices(services, context({ facts: facts({ slots }), active: { web: 1 } })))).toEqual({
      ...nothing,
      before: ['web/stop-0', 'web/start-0'],
      settle: ['web/stop-1'],
    })
  })

  it('leaves nothing running that nobody uses, even when the router points at a slot that is down', () => {
    const slots = [
      { slot: 0, state: 'crashed' },
      { slot: 1, port: 2 },
    ] as const
    expect(ids(planServices(services, context({ facts: facts({ slots }), active: { web: 0 } })))).toEqual({
      ...nothing,
      before: ['web/start-0'],
      settle: ['web/stop-1'],
    })
  })

  it('a crashed slot needs no stop', () => {
    expect(ids(planServices(services, context({ facts: facts({ slots: [{ state: 'crashed' }] }) })))).toEqual(
      { ...nothing, before: ['web/start-0'] },
    )
  })
})

describe('what cannot overlap', () => {
  it('stops in reverse order before the switch and starts in order after it', () => {
    const services = {
      api: process({ ports: [1] }),
      mail: process({ after: ['api'] }),
      a: process({ after: ['mail'] }),
    }
    const slots = [{ service: 'api' }, { service: 'mail' }, { service: 'a', state: 'waiting' as const }]

    const plan = planServices(services, context({ facts: facts({ slots }) }))

    expect(ids(plan)).toEqual({
      ...nothing,
      leave: ['a/stop-0', 'mail/stop-0', 'api/stop-0'],
      arrive: ['api/start-0', 'mail/start-0', 'a/start-0'],
    })
    expect(plan.leave[0]).toMatchObject({ undo: { how: 'auto' }, spec: { release: 'r1' } })
  })

  it('stops both slots of a service that had two ports', () => {
    const slots = [
      { slot: 0, port: 1 },
      { slot: 1, port: 2 },
    ] as const
    const plan = planServices({ web: process({ ports: [3] }) }, context({ facts: facts({ slots }) }))
    expect(ids(plan).leave).toEqual(['web/stop-0', 'web/stop-1'])
    expect(plan.leave).toMatchObject([{ spec: { port: 1 } }, { spec: { port: 2 } }])
  })

  it('only where its roles are; elsewhere it ends', () => {
    const services = { web: process({ roles: ['worker'] }) }
    expect(ids(planServices(services, context()))).toEqual(nothing)
    expect(ids(planServices(services, context({ facts: facts({ slots: [{}] }) })))).toEqual({
      ...nothing,
      settle: ['web/stop-0'],
    })
  })

  it('knows the secrets that it needs', () => {
    const plan = planServices({ web: process({ env: { URL: 'x${DB}', A: 'own ${NOPE}' } }) }, context())
    expect(plan.arrive[0]).toMatchObject({ spec: { secrets: ['DB'], env: { A: 'own ${NOPE}', B: 'host' } } })
  })
})

describe('systemd', () => {
  const unit = (props: object = {}) => schema.parse({ kind: 'systemd', command: 'node x', ...props })

  it('remembers before the switch, so that the undo restarts after the link is back', () => {
    const plan = planServices({ web: unit(), api: unit({ after: ['web'] }) }, context())
    expect(ids(plan)).toEqual({
      ...nothing,
      leave: ['api/remember', 'api/unit', 'web/remember', 'web/unit'],
      arrive: ['web/restart', 'api/restart'],
    })
    expect(plan.leave[0]).toMatchObject({ undo: { how: 'auto' }, action: 'restart' })
    expect(plan.arrive[0]?.undo.how).toBe('none')
    expect(plan.leave[1]).toMatchObject({
      unit: 'shop-live-api.service',
      content: expect.stringContaining('After=network-online.target shop-live-web.service\n'),
    })
  })

  it('a foreign unit is only reloaded, and named when it is missing', () => {
    const services = { web: unit({ command: undefined, unit: 'nginx.service', onDeploy: 'reload' }) }
    expect(ids(planServices(services, context()))).toEqual({
      ...nothing,
      leave: ['web/remember'],
      arrive: ['web/reload'],
    })
    expect(ids(planRestart('web', services, context())).arrive).toEqual(['web/restart'])
    const missing = facts({ units: [{ unit: 'nginx.service', load: 'not-found' }] })
    expect(serviceBlockers(services, context({ facts: missing }))).toMatchObject([{ code: 'STW-S023' }])
  })
})

describe('what comes to rest before it stops', () => {
  const worker = schema.parse({ kind: 'systemd', command: 'node x' })
  const plan = (active: string, sub = '') =>
    ids(
      planServices(
        { web: worker },
        context({
          facts: facts({ units: [{ active, sub }] }),
          drain: () => ({ before: [stepOf('begin')], after: [stepOf('end')] }),
        }),
      ),
    )

  it('is a unit that runs, is about to, or of which nobody knows', () => {
    for (const [active, sub] of [
      ['active', 'running'],
      ['activating', 'auto-restart'],
      ['', ''],
    ] as const) {
      expect(plan(active, sub).leave, active).toEqual(['begin', 'web/remember', 'web/unit'])
      expect(plan(active, sub).arrive, active).toEqual(['web/restart', 'end'])
    }
  })

  it('is not one that crashed or was stopped: its queue would stay full for ever', () => {
    for (const active of ['failed', 'inactive']) {
      expect(plan(active).leave, active).toEqual(['web/remember', 'web/unit'])
      expect(plan(active).arrive, active).toEqual(['web/restart'])
    }
  })
})

describe('own commands', () => {
  const own = (props: object = {}) =>
    schema.parse({ kind: 'command', start: 'a', stop: 'b', status: 'c', ...props })
  const running = facts({ commands: [{ service: 'web', state: 'running' }] })

  it('stop and start, or reload', () => {
    expect(ids(planServices({ web: own() }, context({ facts: running })))).toEqual({
      ...nothing,
      leave: ['web/stop'],
      arrive: ['web/start'],
    })
    expect(ids(planServices({ web: own({ reload: 'd' }) }, context({ facts: running })))).toEqual({
      ...nothing,
      leave: ['web/remember'],
      arrive: ['web/reload'],
    })
    expect(ids(planRestart('web', { web: own({ reload: 'd' }) }, context({ facts: running })))).toEqual({
      ...nothing,
      leave: ['web/stop'],
      arrive: ['web/start'],
    })
  })

  it('what does not run is not stopped; what nobody knows is', () => {
    expect(
      ids(
        planServices(
          { web: own({ reload: 'd' }) },
          context({ facts: facts({ commands: [{ service: 'web', state: 'stopped' }] }) }),
        ),
      ),
    ).toEqual({ ...nothing, arrive: ['web/start'] })
    expect(ids(planServices({ web: own() }, context()))).toEqual({
      ...nothing,
      leave: ['web/stop'],
      arrive: ['web/start'],
    })
  })
})

describe('restart', () => {
  it('touches only the one that is named, and stops nothing else', () => {
    const services = { web: process({ ports: [1, 2] }), other: process() }
    const now = facts({ slots: [{ port: 1 }, { service: 'other' }, { service: 'stray' }] })
    expect(ids(planRestart('web', services, context({ facts: now, release: 'r1' })))).toEqual({
      ...nothing,
      before: ['web/start-1'],
      settle: ['web/stop-0'],
    })
  })
})

describe('serviceBlockers', () => {
  it('no data is not "nothing runs"', () => {
    expect(serviceBlockers({}, context({ facts: facts({ complete: false }) }))).toMatchObject([
      { code: 'STW-S061', where: { host: 'h1' } },
    ])
    expect(serviceBlockers({}, context({ facts: facts({ slots: [{ state: 'unknown' }] }) }))).toMatchObject([
      { code: 'STW-S061' },
    ])
    expect(serviceBlockers({ web: process() }, context({ facts: facts({ slots: [{}] }) }))).toEqual([])
  })
})

describe('startOrder', () => {
  it('goes by name, and after those it names', () => {
    expect(
      startOrder({ c: { after: [] }, a: { after: ['b', 'gone'] }, b: { after: ['c'] }, d: { after: [] } }),
    ).toEqual(['c', 'b', 'a', 'd'])
  })

  it('names a circle', () => {
    expect(() => startOrder({ a: { after: ['b'] }, b: { after: ['c'] }, c: { after: ['b'] } })).toThrow(
      ProblemError,
    )
    expect(() => startOrder({ a: { after: ['a'] } })).toThrow('STW-S060')
  })
})
