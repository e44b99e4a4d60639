// The steps of one process service. Two ports: the new release starts in the free slot while the old one serves, and the
// old one stops when the new one is proven. One port or none: the old one stops before the switch, the new one starts
// after it; taken back in reverse, the old one starts when its link is back.
import type { ProcessService } from '../config/schema/service.ts'
import { text } from '../core/lang.ts'
import { referenced } from '../core/shell-value.ts'
import type { Step } from '../engine/step.ts'
import { isUp, type SlotFact } from './facts.ts'
import type { Part, ServiceContext } from './plan-services.ts'
import type { ServiceStart, ServiceStop } from './process/kinds.ts'
import type { ProcessSpec, Slot } from './process/spec.ts'

export function planProcess(name: string, service: ProcessService, context: ServiceContext): Part {
  const up = context.facts.slots.filter(fact => fact.service === name && isUp(fact))
  return service.ports.length === 2
    ? overlapping(name, service, context, up)
    : alone(name, service, context, up)
}

function overlapping(
  name: string,
  service: ProcessService,
  context: ServiceContext,
  up: readonly SlotFact[],
): Part {
  const active = activeSlot(name, context, up)
  const slot: Slot = active?.slot === 0 ? 1 : 0
  const spec = specOf(name, service, context, slot, context.release)
  const stopUp = (fact: SlotFact, way: 'undo' | 'final') =>
    stop(specFor(fact, service, context), context, way)
  return {
    before: [
      ...up.filter(fact => fact.slot === slot).map(fact => stopUp(fact, 'final')),
      start(spec, context),
    ],
    leave: [],
    arrive: [],
    settle: up.filter(fact => fact.slot !== slot).map(fact => stopUp(fact, 'final')),
    target: {
      service: name,
      slot,
      port: spec.port ?? 0,
      ...(active
        ? { previous: { slot: active.slot, port: active.port ?? service.ports[active.slot] ?? 0 } }
        : {}),
    },
  }
}

// Without a router's word: the slot that runs what is live; of two such the younger; else whatever runs.
function activeSlot(name: string, context: ServiceContext, up: readonly SlotFact[]): SlotFact | undefined {
  const told = context.active?.[name]
  if (told !== undefined) return up.find(fact => fact.slot === told)
  const young = up.toSorted((a, b) => (b.since ?? 0) - (a.since ?? 0))
  return young.find(fact => fact.release === context.previous) ?? young[0]
}

function alone(
  name: string,
  service: ProcessService,
  context: ServiceContext,
  up: readonly SlotFact[],
): Part {
  return {
    before: [],
    leave: up.map(fact => stop(specFor(fact, service, context), context, 'undo')),
    arrive: [start(specOf(name, service, context, 0, context.release), context)],
    settle: [],
  }
}

/** Ends what the config no longer has. */
export function stopOrphan(fact: SlotFact, context: ServiceContext): ServiceStop {
  const spec: ProcessSpec = {
    service: fact.service,
    slot: fact.slot,
    release: fact.release,
    // Never run: the step has no undo.
    command: 'exit 70',
    env: {},
    secrets: [],
    ready: 30_000,
    stop: { signal: 'TERM', timeout: 20_000 },
    restart: { onFailure: false, max: 1, within: 60_000, delay: 1000 },
    log: { maxSize: 10_000_000, keep: 5 },
  }
  return stop(spec, context, 'final')
}

// What runs now, as far as the host tells; the rest as the config says today.
function specFor(fact: SlotFact, service: ProcessService, context: ServiceContext): ProcessSpec {
  const { port: _, ...rest } = specOf(fact.service, service, context, fact.slot, fact.release)
  return { ...rest, ...(fact.port === undefined ? {} : { port: fact.port }) }
}

function specOf(
  name: string,
  service: ProcessService,
  context: ServiceContext,
  slot: Slot,
  release: string,
): ProcessSpec {
  const env = { ...context.host.env, ...service.env }
  const port = service.ports[slot]
  return {
    service: name,
    slot,
    ...(port === undefined ? {} : { port }),
    release,
    command: service.command,
    env,
    secrets: referenced([service.command, ...Object.values(env)], context.secretNames),
    ready: service.ready.timeout,
    stop: service.stop,
    restart: service.restart,
    log: service.log,
  }
}

function start(spec: ProcessSpec, context: ServiceContext): ServiceStart {
  return {
    id: id(spec, context, 'start'),
    kind: 'service.start',
    host: context.host.name,
    title: text(`Start ${nameOf(spec)}`, `${nameOf(spec)} starten`),
    timeout: spec.ready + spec.stop.timeout + 30_000,
    undo: { how: 'auto', title: text(`Stop ${nameOf(spec)}`, `${nameOf(spec)} anhalten`) },
    spec,
  }
}

function stop(spec: ProcessSpec, context: ServiceContext, way: 'undo' | 'final'): ServiceStop {
  const undo: Step['undo'] =
    way === 'undo'
      ? {
          how: 'auto',
          title: text(
            `Start ${nameOf(spec)} of ${spec.release} again`,
            `${nameOf(spec)} von ${spec.release} wieder starten`,
          ),
        }
      : { how: 'none', why: text('nobody uses it any more', 'niemand benutzt es mehr') }
  return {
    id: id(spec, context, 'stop'),
    kind: 'service.stop',
    host: context.host.name,
    title: text(`Stop ${nameOf(spec)} of ${spec.release}`, `${nameOf(spec)} von ${spec.release} anhalten`),
    timeout: spec.stop.timeout + spec.ready + 30_000,
    undo,
    spec,
  }
}

function nameOf(spec: ProcessSpec): string {
  return spec.port === undefined ? spec.service : `${spec.service} :${spec.port}`
}

function id(spec: ProcessSpec, context: ServiceContext, word: string): string {
  return `services/${context.host.name}/${spec.service}/${word}-${spec.slot}`
}
