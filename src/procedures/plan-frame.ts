// What the plans of all procedures have in common: before the settling a failure takes everything back, after it nothing.
import type { CheckStep } from '../checks/index.ts'
import type { Config, HostConfig } from '../config/config.ts'
import { holds } from '../config/waivers.ts'
import { freeze, type Phase, type Plan } from '../engine/plan.ts'
import type { Step } from '../engine/step.ts'
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
  const waivers = waiversOf(config, props.phases, input.now)
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
    summary: { ...props.summary, ...(waivers.length > 0 ? { waivers } : {}) },
    hosts: props.hosts.map(placeFor),
    phases: props.phases.filter(phase => phase.steps.length > 0),
  })
}

/** The waivers that hold for checks of this plan: whoever reads the run later sees what did not count. */
function waiversOf({ waivers }: Config, phases: readonly Phase[], now: Date) {
  const checked = new Set(
    phases.flatMap(({ steps }) =>
      steps.flatMap(step => (isCheck(step) ? step.checks.map(one => one.name) : [])),
    ),
  )
  return Object.entries(waivers)
    .filter(([check, waiver]) => checked.has(check) && holds(waiver, now))
    .map(([check, { reason, until, by }]) => ({ check, reason, until, by }))
}

function isCheck(step: Step): step is CheckStep {
  return step.kind === 'check'
}
