// restart: the release that is live, started anew in order; slots overlap, so that no request is lost.
import type { Config, HostConfig } from '../config/config.ts'
import { text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { required } from '../core/required.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Plan } from '../engine/plan.ts'
import { layoutBlockers, runningBlockers } from './blockers.ts'
import { contributions } from './contributions.ts'
import type { HostFacts } from './facts.ts'
import { type FleetPart, switchPhases } from './fleet.ts'
import { planOf } from './plan-frame.ts'
import { unknownName } from './unknown-name.ts'
import { verifySteps } from './verify-steps.ts'

export interface RestartInput {
  readonly config: Config
  readonly hosts: readonly HostConfig[]
  readonly facts: ReadonlyMap<string, HostFacts>
  /** Absent: all services. */
  readonly service: string | undefined
  readonly run: string
  readonly by: string
  readonly now: Date
}

export function compileRestart(input: RestartInput): Result<Plan, readonly Problem[]> {
  const { config, hosts, service } = input
  const problems = hosts.flatMap(host => hostProblems(input, host))
  if (service !== undefined && config.services[service] === undefined)
    problems.unshift(unknownName('service', service, Object.keys(config.services)))
  if (problems.length > 0) return err(problems)
  const parts = restartParts(config, hosts, input.facts, service)
  const of = (host: HostConfig) => required(parts, host.name)
  const phases = [
    ...switchPhases(config, hosts, of),
    { id: 'settle', title: text('Settle', 'Abschließen'), steps: hosts.flatMap(host => of(host).settle) },
  ]
  const releases = new Set(hosts.map(host => required(input.facts, host.name).release.current))
  return ok(
    planOf(input, {
      procedure: 'restart',
      hosts,
      onHostFailure: 'undo',
      phases,
      summary: { release: [...releases].join(', '), service: service ?? null, by: input.by },
    }),
  )
}

function hostProblems(input: RestartInput, host: HostConfig): Problem[] {
  const facts = required(input.facts, host.name)
  const all = [...layoutBlockers(host, facts), ...runningBlockers(input.config, host, facts, undefined)]
  if (facts.release.current !== undefined) return all
  const command = `stellwerk deploy ${input.config.environment.name}`
  return [
    ...all,
    {
      code: 'STW-D601',
      what: text(
        `Nothing is deployed on ${host.name} that could be restarted`,
        `Auf ${host.name} ist nichts ausgerollt, das neu starten könnte`,
      ),
      where: { host: host.name },
      next: [text(command, command)],
    },
  ]
}

/** What restarting adds to a plan on each host; `service` absent: all services. */
export function restartParts(
  config: Config,
  hosts: readonly HostConfig[],
  facts: ReadonlyMap<string, HostFacts>,
  service?: string,
): ReadonlyMap<string, FleetPart> {
  return new Map(hosts.map(host => [host.name, partOf(config, host, required(facts, host.name), service)]))
}

function partOf(config: Config, host: HostConfig, facts: HostFacts, service: string | undefined): FleetPart {
  const release = facts.release.current ?? ''
  const only = service === undefined ? {} : { only: [service] }
  const parts = contributions(
    { config, host, facts, release, previous: release, routerFile: undefined },
    { restart: true, ...only },
  )
  return { ...parts, verify: verifySteps(config, host, release).filter(step => !step.id.endsWith('/smoke')) }
}
