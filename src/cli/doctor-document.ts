// What doctor asks about the document itself: its checks against what runs now, its commands on each host, its scripts in the repository,
// its secrets, its timers on this machine.
import { runChecks, runIdentity, waive } from '../checks/index.ts'
import type { HostConfig } from '../config/config.ts'
import type { CheckResult } from '../engine/check-result.ts'
import { inParallel } from '../engine/parallel.ts'
import { checkFindings, doctorChecks, type LeftOut } from '../procedures/doctor-checks.ts'
import type { DoctorFinding } from '../procedures/doctor-finding.ts'
import { commandFindings, commandProbes, runsThere } from '../procedures/doctor-host.ts'
import { scriptFindings, scriptProbes } from '../procedures/doctor-scripts.ts'
import { timerFindings, timerProbes } from '../procedures/doctor-timers.ts'
import { connectionTo } from './ask.ts'
import { askProbes } from './asking-probes.ts'
import { checkContextFor } from './checking.ts'
import type { Context } from './context.ts'
import type { Session } from './session.ts'

export interface DocumentAnswer {
  readonly findings: readonly DoctorFinding[]
  /** Checks that passed, each host by itself. */
  readonly held: readonly CheckResult[]
  /** Checks that nobody asked, by name. */
  readonly left: readonly LeftOut[]
}

export interface Reached {
  readonly host: HostConfig
  /** The release that `current` names. */
  readonly current?: string
}

export async function askDocument(
  context: Context,
  session: Session,
  reached: readonly Reached[],
): Promise<DocumentAnswer> {
  const { config, unresolved } = session
  const [onHosts, here] = await Promise.all([
    inParallel(reached, config.environment.parallel, one => askHost(context, session, one)),
    askProbes(context, session, context.wiring.here, [...scriptProbes(config), ...timerProbes(config)]),
  ])
  const secrets = unresolved.map(
    (problem): DoctorFinding => ({ problem, weight: 'blocks', key: ['secrets'] }),
  )
  const asked = new Set(onHosts.flatMap(({ results }) => results.map(({ check }) => check)))
  const left = new Map(onHosts.flatMap(one => one.left.map(item => [item.check, item])))
  return {
    findings: [
      ...secrets,
      ...onHosts.flatMap(({ findings }) => findings).filter(isFirst()),
      ...scriptFindings(config, here),
      ...timerFindings(config, here),
    ],
    held: onHosts.flatMap(({ results }) => results.filter(({ verdict }) => verdict === 'pass')),
    left: [...left.values()].filter(({ check }) => !asked.has(check)),
  }
}

/** What every host says of this machine or of the world is said once. */
function isFirst(): (finding: DoctorFinding) => boolean {
  const seen = new Set<string>()
  return ({ problem }) => {
    if (problem.where?.host !== undefined) return true
    const mark = `${problem.code} ${problem.what.en}`
    if (seen.has(mark)) return false
    seen.add(mark)
    return true
  }
}

async function askHost(context: Context, session: Session, { host, current }: Reached) {
  const { config } = session
  const output = await askProbes(context, session, connectionTo(session, host), commandProbes(config, host))
  const { asked, left } = doctorChecks(config, host, current !== undefined || runsThere(output))
  const checkContext = checkContextFor(context, session, host)
  const { identity } = config.verify
  const who =
    'waived' in identity || current === undefined
      ? []
      : [await runIdentity({ ...identity, retries: 0 }, current, checkContext)]
  const now = context.wiring.clock.now()
  const results = [...who, ...(await runChecks(asked, checkContext))].map(result =>
    waive(result, config.waivers, now),
  )
  return {
    results,
    left,
    findings: [...commandFindings(config, host, output), ...checkFindings(config, host, results)],
  }
}
