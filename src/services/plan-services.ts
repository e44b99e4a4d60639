// Config and facts -> the steps of the services on one host. Pure.
import type { HostConfig } from '../config/config.ts'
import { concerns } from '../config/roles.ts'
import type { Service } from '../config/schema/service.ts'
import { text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { unreachable } from '../core/unreachable.ts'
import type { Step } from '../engine/step.ts'
import { isContainerUp } from './compose/facts.ts'
import { engineProblem, strangerProblem } from './compose/problems.ts'
import { isUp, type ServiceFacts } from './facts.ts'
import { startOrder } from './order.ts'
import { planCommand } from './plan-command.ts'
import { planCompose } from './plan-compose.ts'
import { planProcess, stopOrphan } from './plan-process.ts'
import { planSystemd } from './plan-systemd.ts'
import { same } from './problems.ts'
import type { Slot } from './process/spec.ts'
import { unitName } from './unit-name.ts'

export interface ServiceContext {
  readonly app: string
  readonly environment: string
  readonly host: Pick<HostConfig, 'name' | 'roles' | 'root' | 'env'>
  readonly facts: ServiceFacts
  /** The release to run. */
  readonly release: string
  /** The release that is live; absent: the first deploy. */
  readonly previous?: string
  /** Every secret the config declares. */
  readonly secretNames: readonly string[]
  /** Slots that routers send users to now. Default: the slot that runs `previous`. */
  readonly active?: Readonly<Record<string, Slot>>
  /** Asks a path of a service until it answers; checks belong to procedures. */
  readonly readyStep?: (service: string, port: number, path: string, timeout: number) => Step
  /** What must come before the stop of a service's old release, and what follows once its successor runs. */
  readonly drain?: (service: string) => { readonly before: readonly Step[]; readonly after: readonly Step[] }
}

/** Steps by moment; the undo runs in reverse order. */
export interface ServiceSteps {
  /** Users notice nothing yet: new slots start beside the old ones. */
  readonly before: readonly Step[]
  /** Just before the link moves: what cannot overlap stops; and steps that only exist for their undo, which runs once
   *  the old link is back. */
  readonly leave: readonly Step[]
  /** Just after the link moved: starts, restarts, reloads. */
  readonly arrive: readonly Step[]
  /** The release is proven: old slots and services that the config no longer has stop. */
  readonly settle: readonly Step[]
}

/** Where the new release of a service with slots will answer; for routers. */
export interface SlotTarget {
  readonly service: string
  readonly slot: Slot
  readonly port: number
  /** Where users are now. */
  readonly previous?: { readonly slot: Slot; readonly port: number }
}

export interface ServicePlan extends ServiceSteps {
  readonly targets: readonly SlotTarget[]
}

/** What one service adds; its lists are in the order in which they run. */
export interface Part extends ServiceSteps {
  readonly target?: SlotTarget
}

export interface PlanOptions {
  /** Only these services are touched. */
  readonly only?: readonly string[]
  /** Everything is started anew, also what a deploy would only reload. */
  readonly restart?: boolean
}

/** Steps for the host. Throws ProblemError when `after` goes in a circle. Ask serviceBlockers first. */
export function planServices(
  services: Readonly<Record<string, Service>>,
  context: ServiceContext,
  options: PlanOptions = {},
): ServicePlan {
  const here = servicesHere(services, context)
  const order = startOrder(here).filter(name => options.only?.includes(name) ?? true)
  const parts = order.flatMap(name => {
    const service = here[name]
    return service ? [drained(name, partOf(name, service, here, context, options), context)] : []
  })
  const backwards = parts.toReversed()
  const orphans = options.only
    ? []
    : context.facts.slots.filter(slot => isUp(slot) && here[slot.service]?.kind !== 'process')
  return {
    before: parts.flatMap(part => part.before),
    leave: backwards.flatMap(part => part.leave),
    arrive: parts.flatMap(part => part.arrive),
    settle: [...backwards.flatMap(part => part.settle), ...orphans.map(slot => stopOrphan(slot, context))],
    targets: parts.flatMap(part => part.target ?? []),
  }
}

/** `stellwerk restart`: the release that is live, started anew; the same moments as in a deploy. */
export function planRestart(
  name: string,
  services: Readonly<Record<string, Service>>,
  context: ServiceContext,
): ServicePlan {
  return planServices(
    services,
    { ...context, previous: context.previous ?? context.release },
    { only: [name], restart: true },
  )
}

/** What forbids a plan: facts that are not knowledge. */
export function serviceBlockers(
  services: Readonly<Record<string, Service>>,
  context: Pick<ServiceContext, 'host' | 'facts' | 'previous'>,
): readonly Problem[] {
  const where = { host: context.host.name }
  const next = [same('stellwerk status')]
  if (!context.facts.complete) {
    return [
      {
        code: 'STW-S061',
        what: text(
          `Nobody can tell what runs on ${where.host}`,
          `Niemand kann sagen, was auf ${where.host} läuft`,
        ),
        where,
        why: text('its answer about the services broke off', 'seine Antwort über die Dienste brach ab'),
        next,
      },
    ]
  }
  return [
    ...context.facts.slots
      .filter(slot => slot.state === 'unknown')
      .map(slot => ({
        code: 'STW-S061',
        what: text(
          `Nobody can tell whether ${slot.service} runs`,
          `Niemand kann sagen, ob ${slot.service} läuft`,
        ),
        where,
        why: text('the host shows no processes in /proc', 'der Host zeigt keine Prozesse in /proc'),
        next,
      })),
    ...context.facts.composes
      .filter(({ service, engine }) => services[service]?.kind === 'compose' && engine === undefined)
      .map(({ service, said }) => ({ ...engineProblem(service, [said ?? '']), where })),
    ...context.facts.composes
      .filter(({ containers }) => containers.some(one => isContainerUp(one) && one.release === undefined))
      .filter(() => context.previous === undefined)
      .map(({ service, containers }) => ({ ...strangerProblem(service, containers), where })),
    ...context.facts.units
      .filter(unit => {
        const service = services[unit.service]
        return (
          service?.kind === 'systemd' &&
          concerns(service.roles, context.host) &&
          service.command === undefined &&
          unit.load !== 'loaded'
        )
      })
      .map(unit => ({
        code: 'STW-S023',
        what: text(
          `The unit ${unit.unit} does not exist on ${where.host}`,
          `Die Unit ${unit.unit} gibt es auf ${where.host} nicht`,
        ),
        where,
        why: text(
          `${unit.service} has no command, so Stellwerk does not generate it`,
          `${unit.service} hat kein command, also erzeugt Stellwerk sie nicht`,
        ),
        next: [same(`systemctl cat ${unit.unit}`)],
      })),
  ]
}

function servicesHere(
  services: Readonly<Record<string, Service>>,
  context: ServiceContext,
): Record<string, Service> {
  return Object.fromEntries(
    Object.entries(services).filter(([, service]) => concerns(service.roles, context.host)),
  )
}

function partOf(
  name: string,
  service: Service,
  here: Readonly<Record<string, Service>>,
  context: ServiceContext,
  options: PlanOptions,
): Part {
  switch (service.kind) {
    case 'process':
      return planProcess(name, service, context)
    case 'systemd': {
      const after = service.after.flatMap(other => {
        const before = here[other]
        return before?.kind === 'systemd' && before.scope === service.scope
          ? [unitName(other, before, context)]
          : []
      })
      return planSystemd(name, service, context, { after, restart: options.restart ?? false })
    }
    case 'command':
      return planCommand(name, service, context, { restart: options.restart ?? false })
    case 'compose':
      return planCompose(name, service, context, { restart: options.restart ?? false })
    default:
      return unreachable(service)
  }
}

// It comes to rest right before it is stopped: before the switch, or, where old and new overlap, once the new one is proven.
function drained(name: string, part: Part, context: ServiceContext): Part {
  const drain = context.drain?.(name)
  if (!drain) return part
  if (part.settle.some(stopsProcess))
    return { ...part, settle: [...drain.before, ...part.settle, ...drain.after] }
  // What does not run never comes to rest. A unit has steps to leave by all the same: they prepare its way back.
  const unit = context.facts.units.find(({ service }) => service === name)
  if (part.leave.length === 0 || ['inactive', 'failed'].includes(unit?.active ?? '')) return part
  return { ...part, leave: [...drain.before, ...part.leave], arrive: [...part.arrive, ...drain.after] }
}

function stopsProcess({ kind }: Step): boolean {
  return kind === 'service.stop'
}
