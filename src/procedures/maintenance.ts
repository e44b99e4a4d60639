// maintenance on, off: the page by hand, journaled like every other run.
import type { Config, HostConfig } from '../config/config.ts'
import { text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { required } from '../core/required.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Plan } from '../engine/plan.ts'
import { routerTooOld } from '../traffic/maintenance/index.ts'
import type { HostFacts } from './facts.ts'
import { maintenanceSteps, wayOf } from './maintenance-steps.ts'
import { planOf } from './plan-frame.ts'

export interface MaintenanceInput {
  readonly config: Config
  readonly hosts: readonly HostConfig[]
  readonly facts: ReadonlyMap<string, HostFacts>
  readonly turn: 'on' | 'off'
  readonly reason: string | undefined
  /** When it ends by itself. */
  readonly until: Date | undefined
  readonly run: string
  readonly by: string
  readonly now: Date
}

export function compileMaintenance(input: MaintenanceInput): Result<Plan, readonly Problem[]> {
  const { config, hosts, facts, turn, until } = input
  const problems = [
    ...missing(config, hosts),
    ...hosts.flatMap(({ name }) => (required(facts, name).maintenance?.old ? [routerTooOld(name)] : [])),
    ...(until === undefined ? [] : untimed(config, hosts)),
  ]
  if (problems.length > 0) return err(problems)
  const silent = hosts.filter(({ name }) => !required(facts, name).router.running).map(({ name }) => name)
  const steps = maintenanceSteps({
    config,
    hosts,
    silent: config.router?.kind === 'embedded' ? silent : [],
    until,
    what: 'all',
  })
  const title = turn === 'on' ? text('Maintenance on', 'Wartung ein') : text('Maintenance off', 'Wartung aus')
  return ok(
    planOf(input, {
      procedure: 'maintenance',
      hosts: hosts.filter(host => steps[turn].some(step => step.host === host.name)),
      onHostFailure: 'undo',
      phases: [{ id: 'maintenance', title, steps: steps[turn] }],
      // What was begun to end it is brought to its end; what was begun to turn it on is taken back.
      commit: turn === 'off' ? 'maintenance' : 'never',
      summary: {
        turn,
        by: input.by,
        reason: input.reason ?? null,
        until: until?.toISOString() ?? null,
        release: [...new Set(hosts.map(host => required(facts, host.name).release.current ?? ''))].join(', '),
      },
    }),
  )
}

export function missing(config: Config, hosts: readonly HostConfig[]): readonly Problem[] {
  if (hosts.some(host => wayOf(config, host, hosts[0]?.name) !== undefined)) return []
  return [
    {
      code: 'STW-M820',
      what: text(
        `Nothing in stellwerk.yaml says how ${config.app} is put under maintenance`,
        `In stellwerk.yaml steht nicht, wie ${config.app} in Wartung geht`,
      ),
      next: [text('stellwerk explain maintenance', 'stellwerk explain maintenance')],
    },
  ]
}

/** A page that nobody works behind: no run holds the host. */
export function forgotten(config: Config, host: HostConfig, { maintenance }: HostFacts): readonly Problem[] {
  const { order, until, reason } = maintenance ?? {}
  if (order === undefined) return []
  const command = `stellwerk maintenance off ${config.environment.name}`
  const why = reason === undefined ? '' : `: ${reason}`
  return [
    {
      code: 'STW-M822',
      what: text(
        `${host.name} is under maintenance, and no run works on it`,
        `${host.name} ist in Wartung, und kein Lauf arbeitet daran`,
      ),
      where: { host: host.name, run: order },
      why: text(
        `${order} turned it on${until === undefined ? '' : ` until ${until}`}${why}`,
        `${order} schaltete sie ein${until === undefined ? '' : ` bis ${until}`}${why}`,
      ),
      next: [text(command, command)],
    },
  ]
}

// Only the embedded router keeps the time by itself; a promise that hangs on a person or a timer is none.
function untimed(config: Config, hosts: readonly HostConfig[]): readonly Problem[] {
  if (hosts.every(host => (wayOf(config, host, hosts[0]?.name)?.how ?? 'embedded') === 'embedded')) return []
  return [
    {
      code: 'STW-M821',
      what: text('--for needs the embedded router', '--for braucht den eingebauten Router'),
      why: text('only it ends the page by itself', 'nur er beendet die Seite von selbst'),
      next: [
        text(
          `stellwerk maintenance off ${config.environment.name}`,
          `stellwerk maintenance off ${config.environment.name}`,
        ),
      ],
    },
  ]
}
