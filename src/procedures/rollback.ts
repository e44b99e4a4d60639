// rollback: back to a proven release through the same switch and the same proof as a deploy.
import type { Config, HostConfig } from '../config/config.ts'
import { text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { required } from '../core/required.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Phase, Plan } from '../engine/plan.ts'
import type { Step } from '../engine/step.ts'
import type { ReleaseRecord } from '../release/record.ts'
import type { VerifyStep } from '../release/steps/verify.ts'
import { chooseTarget } from '../release/target.ts'
import { layoutBlockers, runningBlockers } from './blockers.ts'
import { join } from './contribution.ts'
import { contributions } from './contributions.ts'
import type { HostFacts } from './facts.ts'
import { type FleetPart, switchPhases } from './fleet.ts'
import { aroundData } from './maintenance-phases.ts'
import { careSteps, givenUpSteps } from './people.ts'
import { planOf } from './plan-frame.ts'
import { afterSwitchSteps, filesStep, stateStep, switchStep } from './release-steps.ts'
import type { RestorePhases } from './restore-steps.ts'
import { verifySteps } from './verify-steps.ts'

export interface RollbackInput {
  readonly config: Config
  readonly hosts: readonly HostConfig[]
  readonly facts: ReadonlyMap<string, HostFacts>
  /** Named release; absent: the last proven before the current one. */
  readonly to?: string
  /** Databases that go back with the release. */
  readonly data?: RestorePhases & {
    readonly set: string
    readonly safety: string
    readonly stores: readonly string[]
  }
  readonly run: string
  readonly by: string
  readonly now: Date
}

export function compileRollback(input: RollbackInput): Result<Plan, readonly Problem[]> {
  const { config, hosts, data } = input
  const target = rollbackTarget(input)
  const problems = [
    ...hosts.flatMap(host => {
      const facts = required(input.facts, host.name)
      return [...layoutBlockers(host, facts), ...runningBlockers(config, host, facts, undefined)]
    }),
    ...(target.ok ? [] : [target.error]),
  ]
  if (!target.ok || problems.length > 0) return err(problems)
  const going = hosts.filter(host => required(input.facts, host.name).release.current !== target.value)
  const parts = new Map(going.map(host => [host.name, partsOf(input, host, target.value)]))
  const partOf = (host: HostConfig) => required(parts, host.name)
  const maintenance = aroundData({ ...input, hosts: going, release: target.value }, data !== undefined)
  const phases: Phase[] = [
    {
      id: 'gate',
      title: text('Is the old release intact?', 'Ist das alte Release unversehrt?'),
      steps: going.map(host => verifyStep(input, host, target.value)),
    },
    // Before the old release starts: it must find the data that it knows.
    maintenance.on,
    ...(data?.before ?? []),
    ...switchPhases(config, going, partOf),
    maintenance.off,
    {
      id: 'settle',
      title: text('Settle', 'Abschließen'),
      steps: [
        ...going.flatMap(host => partOf(host).settle),
        ...(data?.settle ?? []),
        ...givenUpSteps(hosts, input.facts, input.now),
        ...careSteps(input, going, target.value, false),
      ],
    },
  ]
  return ok(
    planOf(input, {
      procedure: 'rollback',
      hosts: hosts.filter(
        host => going.includes(host) || waits(input, host) || (data?.hosts.includes(host) ?? false),
      ),
      onHostFailure: 'undo',
      phases,
      summary: {
        release: target.value,
        by: input.by,
        ...(data ? { data: { set: data.set, safety: data.safety, stores: data.stores } } : {}),
        hosts: going.map(host => ({
          name: host.name,
          from: required(input.facts, host.name).release.current ?? null,
        })),
      },
    }),
  )
}

/** One release for the whole fleet: chosen on the first host, and proven on every other one too. */
export function rollbackTarget(
  input: Pick<RollbackInput, 'config' | 'hosts' | 'facts' | 'to'>,
): Result<string> {
  const { hosts, facts, config, to } = input
  const first = hosts[0]
  if (!first) return err({ code: 'STW-D201', what: text('No host takes part', 'Kein Host nimmt teil') })
  const { release } = required(facts, first.name)
  const chosen = chooseTarget(release.releases, release.current, to, config.environment.name)
  if (!chosen.ok) return chosen
  const { id } = chosen.value
  for (const host of hosts.slice(1)) {
    const other = required(facts, host.name).release
    if (other.current === id) continue
    const there = chooseTarget(other.releases, other.current, id, config.environment.name)
    if (!there.ok) return err({ ...there.error, where: { host: host.name } })
  }
  return ok(id)
}

function waits({ facts }: RollbackInput, host: HostConfig): boolean {
  const { people } = required(facts, host.name)
  return people.waiting.length + people.unreadable.length > 0
}

function recordOn(
  input: Pick<RollbackInput, 'facts'>,
  host: HostConfig,
  id: string,
): ReleaseRecord | undefined {
  return required(input.facts, host.name).release.releases.find(release => release.id === id)
}

function partsOf(input: RollbackInput, host: HostConfig, target: string): FleetPart {
  const { config, run } = input
  const facts = required(input.facts, host.name)
  const previous = facts.release.current
  const record = recordOn(input, host, target)
  if (!record) throw new Error(`${target} is not on ${host.name}`)
  const left = previous === undefined ? undefined : recordOn(input, host, previous)
  const after = afterSwitchSteps(config, host, target, previous)
  const parts = contributions({ config, host, facts, release: target, previous, routerFile: undefined })
  const moved = {
    before: [],
    leave: after.leave,
    arrive: [
      switchStep(host, target, previous),
      stateStep(`switch/${host.name}/live`, host, record, 'live', run),
      ...after.arrive,
    ],
    settle: [],
  }
  const whole = join(moved, parts)
  // What was rolled back from is no target any more: a second rollback goes one further.
  const give: readonly Step[] = left
    ? [stateStep(`settle/${host.name}/left`, host, left, left.state === 'proven' ? 'undone' : 'failed', run)]
    : []
  return {
    ...whole,
    verify: verifySteps(config, host, target),
    settle: [
      stateStep(`settle/${host.name}/proven`, host, { ...record, state: 'live' }, 'proven', run),
      ...give,
      ...whole.settle,
    ],
  }
}

function verifyStep(input: RollbackInput, host: HostConfig, release: string): VerifyStep {
  const digest = recordOn(input, host, release)?.digest ?? ''
  const title = text(`Verify every file of ${release}`, `Jede Datei von ${release} prüfen`)
  return filesStep(`gate/${host.name}/files`, host, release, digest, title)
}
