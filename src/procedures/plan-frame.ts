// What the plans of all procedures have in common: before the settling a failure takes everything back, after it nothing.
import type { Config, HostConfig } from '../config/config.ts'
import { freeze, type Phase, type Plan } from '../engine/plan.ts'
import { factsDigest, type HostFacts } from './facts.ts'
import { placeFor } from './fleet.ts'

interface PlanInput {
  readonly config: Config
  readonly facts: ReadonlyMap<string, HostFacts>
  readonly run: string
  readonly now: Date
}

/** `phases` without steps are left out. */
export function planOf(
  input: PlanInput,
  props: Pick<Plan, 'procedure' | 'onHostFailure' | 'summary'> &
    Partial<Pick<Plan, 'commit' | 'wait'>> & {
      readonly hosts: readonly HostConfig[]
      readonly phases: readonly Phase[]
    },
): Plan {
  const { config } = input
  return freeze({
    schema: 'stellwerk.plan/1',
    run: input.run,
    app: config.app,
    environment: config.environment.name,
    createdAt: input.now.toISOString(),
    factsDigest: factsDigest(input.facts),
    policy: 'undo',
    commit: 'settle',
    ...props,
    hosts: props.hosts.map(placeFor),
    phases: props.phases.filter(phase => phase.steps.length > 0),
  })
}
