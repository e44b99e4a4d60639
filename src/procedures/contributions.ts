// What services and router add to a switch on one host, joined so that a router moves users only to a slot that is ready.
import type { Config, HostConfig } from '../config/config.ts'
import { routerOn } from '../config/roles.ts'
import type { Step } from '../engine/step.ts'
import {
  type PlanOptions,
  planServices,
  type ServiceContext,
  type Slot,
  type SlotTarget,
} from '../services/index.ts'
import { planRouter, type RouterFile } from '../traffic/index.ts'
import { type Contribution, join } from './contribution.ts'
import { drainSteps } from './drain-steps.ts'
import type { HostFacts } from './facts.ts'
import { readyStep } from './verify-steps.ts'

export interface ContributionInput {
  readonly config: Config
  readonly host: HostConfig
  readonly facts: HostFacts
  readonly release: string
  readonly previous: string | undefined
  /** The embedded router of this version, when the plan may bring it. */
  readonly routerFile: RouterFile | undefined
}

export interface Contributions extends Contribution {
  /** Before anything starts: the router's file arrives. */
  readonly install: readonly Step[]
}

export function contributions(input: ContributionInput, options: PlanOptions = {}): Contributions {
  const { config, host, facts, release } = input
  const services = planServices(config.services, serviceContext(input), options)
  const router = routerOn(config, host)
  if (!router) return { ...services, install: [] }
  const target =
    router.kind === 'symlink' ? undefined : services.targets.find(each => each.service === router.service)
  const ready = target && config.services[target.service]?.ready
  const moves = planRouter(router, {
    host,
    facts: facts.router,
    release,
    target,
    file: input.routerFile,
    ...(ready ? { ready } : {}),
  })
  return {
    ...join(services, moves, { before: readySteps(input, target), leave: [], arrive: [], settle: [] }),
    install: moves.install,
    // Old slots stop only when nothing flows to them any more.
    settle: [...moves.settle, ...services.settle],
  }
}

// The embedded router asks the new slot itself; nginx does not, so it is asked from here before the switch.
function readySteps({ config, host }: ContributionInput, target: SlotTarget | undefined): readonly Step[] {
  const ready = target && config.services[target.service]?.ready
  if (config.router?.kind !== 'nginx' || !target || ready?.path === undefined) return []
  return [readyStep(host, target.service, target.port, ready.path, ready.timeout)]
}

/** What the planning of services wants to know. */
function serviceContext(input: Omit<ContributionInput, 'routerFile'>): ServiceContext {
  const { config, host, facts, release, previous } = input
  return {
    app: config.app,
    environment: config.environment.name,
    host,
    facts: facts.services,
    release,
    ...(previous === undefined ? {} : { previous }),
    active: activeSlots(config, facts),
    readyStep: (service, port, path, timeout) => readyStep(host, service, port, path, timeout),
    drain: service => drainSteps({ config, host, release, previous }, service),
    secretNames: [...config.secrets.keys(), ...config.secretCommands.keys()].toSorted(),
  }
}

// The router's own word about where users are: after a crash two slots may run.
function activeSlots({ router, services }: Config, { router: facts }: HostFacts): Record<string, Slot> {
  if (!router || router.kind === 'symlink' || facts.target === undefined) return {}
  const slot = services[router.service]?.ports.indexOf(facts.target.port)
  return slot === 0 || slot === 1 ? { [router.service]: slot } : {}
}
