// The parts that every plan over several hosts has: who takes part, and the phases of the switch, batch by batch.
import type { Config, HostConfig } from '../config/config.ts'
import { text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Phase, PlanHost } from '../engine/plan.ts'
import type { Step } from '../engine/step.ts'
import { batchesOf } from './batches.ts'
import type { Contribution } from './contribution.ts'
import { unknownName } from './unknown-name.ts'

export function placeFor(host: HostConfig): PlanHost {
  return { name: host.name, address: host.address ?? 'local', roles: host.roles, root: host.root }
}

/** The hosts named by --hosts and --roles; an unknown name is a problem, not an empty fleet. */
export function selectHosts(
  config: Config,
  names: readonly string[],
  roles: readonly string[],
): Result<readonly HostConfig[], readonly Problem[]> {
  const known = new Set(config.hosts.map(host => host.name))
  const knownRoles = new Set(config.hosts.flatMap(host => host.roles))
  const problems = [
    ...names.filter(name => !known.has(name)).map(name => unknownName('host', name, [...known])),
    ...roles.filter(role => !knownRoles.has(role)).map(role => unknownName('role', role, [...knownRoles])),
  ]
  if (problems.length > 0) return err(problems)
  return ok(
    config.hosts.filter(
      host =>
        (names.length === 0 || names.includes(host.name)) &&
        (roles.length === 0 || roles.some(role => host.roles.includes(role))),
    ),
  )
}

export interface FleetPart extends Contribution {
  readonly verify: readonly Step[]
}

/** start, switch and prove for each batch: a failing first batch (the canary) spares all others. */
export function switchPhases(
  config: Config,
  hosts: readonly HostConfig[],
  partOf: (host: HostConfig) => FleetPart,
): readonly Phase[] {
  const batches = batchesOf(hosts, config.environment.batches)
  return batches.flatMap((batch, index) => {
    const suffix = batches.length > 1 ? ` ${index + 1}/${batches.length}` : ''
    const id = (name: string) => (batches.length > 1 ? `${name}-${index + 1}` : name)
    const all = (pick: (part: FleetPart) => readonly Step[]) => batch.flatMap(host => pick(partOf(host)))
    return [
      {
        id: id('start'),
        title: text(`Start beside the old release${suffix}`, `Neben dem alten Release starten${suffix}`),
        steps: all(part => part.before),
      },
      {
        id: id('switch'),
        title: text(`Switch${suffix}`, `Umschalten${suffix}`),
        steps: all(part => [...part.leave, ...part.arrive]),
      },
      {
        id: id('verify'),
        title: text(`Prove${suffix}`, `Beweisen${suffix}`),
        steps: all(part => part.verify),
      },
    ]
  })
}
