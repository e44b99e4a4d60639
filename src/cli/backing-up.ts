// What backup, deploy and restore share: a name for the new set, and what earlier sets say about its size.
import { dirname } from 'node:path/posix'
import { readCatalogue } from '../backup/catalogue.ts'
import { type Claim, claimSecond } from '../backup/claim.ts'
import type { Destination } from '../backup/destination.ts'
import { namingFor } from '../backup/names.ts'
import { isPartial, type Manifest, setId } from '../backup/set.ts'
import { drillNotOurs, ourProblem, spoolNotOurs } from '../backup/steps/own.ts'
import type { Config } from '../config/config.ts'
import type { Problem } from '../core/problem.ts'
import { ProblemError } from '../core/problem.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { EngineDeps } from '../engine/engine.ts'
import { acquireAll, releaseAll } from '../engine/lock.ts'
import type { Plan } from '../engine/plan.ts'
import { type RunResult, runPlan } from '../engine/run.ts'
import type { Kinds } from '../engine/step.ts'
import { expectedBytes } from '../procedures/backup-steps.ts'
import { type PreDeploySet, wantsSet } from '../procedures/before-migration.ts'
import type { HostFacts } from '../procedures/facts.ts'
import type { Context } from './context.ts'
import { ownerOf, waitOf } from './deploying.ts'
import type { SavedPlan } from './saved-plan.ts'
import type { Session } from './session.ts'
import { ranHereAndIsGone } from './wiring.ts'

/** A set's name; where files carry only the time, so does it. */
export function newSet(context: Context, config: Config): string {
  const dated = config.backup?.naming === 'dated'
  return setId(context.wiring.clock.now(), dated ? new Uint8Array(2) : context.wiring.random(2))
}

/** A set's name that nobody else uses, known before the first dump; `release` when the run is over. */
export async function claimedSet(
  context: Context,
  session: Session,
  setClass: string,
): Promise<Result<Claim, readonly Problem[]>> {
  const { config } = session
  const { claim, ...naming } = namingOf(config)
  if (!claim) return ok({ id: newSet(context, config), release: async () => undefined })
  const now = context.wiring.clock.now()
  const { random } = context.wiring
  try {
    const destinations = await answering(session)
    return ok(await claimSecond({ destinations, naming: { ...naming, claim }, class: setClass, now, random }))
  } catch (error) {
    if (!ProblemError.is(error)) throw error
    return err([error.problem])
  }
}

/** Those that need not answer and do not are left out. */
async function answering({ config, destination }: Session): Promise<readonly Destination[]> {
  const found: Destination[] = []
  for (const [name, { optional }] of Object.entries(config.backup?.destinations ?? {})) {
    try {
      found.push(await destination(name))
    } catch (error) {
      if (!ProblemError.is(error) || !optional) throw error
    }
  }
  return found
}

/** The set that a deploy makes: named by its run and its moment, so that a saved plan can name no other. */
function setOfRun(config: Config, run: string, now: Date): string {
  const dated = config.backup?.naming === 'dated'
  return setId(now, dated ? new Uint8Array(2) : Buffer.from(run.slice(-4), 'hex'))
}

export function namingOf(config: Config) {
  return namingFor(config.backup?.naming ?? 'sets', {
    app: config.app,
    environment: config.environment.name,
  })
}

export interface EarlierSets {
  readonly newest: Manifest | undefined
}

/** Asks every destination that a set must reach, so that one that is off is known before an hour of dumping. */
export async function earlierSets(session: Session): Promise<Result<EarlierSets, readonly Problem[]>> {
  const { config } = session
  const problems: Problem[] = []
  const manifests: Manifest[] = []
  const naming = namingOf(config)
  await Promise.all(
    Object.entries(config.backup?.destinations ?? {}).map(async ([name, { optional }]) => {
      try {
        const { sets } = await readCatalogue(await session.destination(name), naming)
        // A shadow set holds other things than the next one will, and a set that lacks a store fewer.
        const alike = sets.filter(set => set.class !== 'shadow' && !isPartial(set.manifest))
        manifests.push(...alike.map(set => set.manifest))
      } catch (error) {
        if (!ProblemError.is(error)) throw error
        if (!optional) problems.push(error.problem)
      }
    }),
  )
  if (problems.length > 0) return err(problems)
  return ok({ newest: manifests.toSorted((a, b) => (a.id < b.id ? 1 : -1))[0] })
}

/** Sets that a release on one of these hosts refers to: they are its way back. */
export function pinnedSets(facts: ReadonlyMap<string, HostFacts>): readonly string[] {
  const sets = [...facts.values()].flatMap(({ release }) =>
    release.releases.flatMap(({ backup }) => backup ?? []),
  )
  return [...new Set(sets)].toSorted()
}

/** The set that a deploy makes before it migrates. */
export async function preDeploySet(
  session: Session,
  facts: ReadonlyMap<string, HostFacts>,
  { run, now }: { readonly run: string; readonly now: Date },
): Promise<Result<PreDeploySet | undefined, readonly Problem[]>> {
  if (!wantsSet(session.config)) return ok(undefined)
  const earlier = await earlierSets(session)
  if (!earlier.ok) return earlier
  return ok({
    set: setOfRun(session.config, run, now),
    expected: expectedBytes(earlier.value.newest),
    pinned: pinnedSets(facts),
  })
}

/** The same as a saved plan has it: what lies at a destination today must not make it another plan. */
export function savedPreDeploySet(
  config: Config,
  { summary, run, createdAt }: SavedPlan['plan'],
  facts: ReadonlyMap<string, HostFacts>,
): PreDeploySet | undefined {
  if (!summary.backup) return undefined
  const { expected } = summary.backup
  const set = setOfRun(config, run, new Date(createdAt))
  return { set, expected: new Map(Object.entries(expected)), pinned: pinnedSets(facts) }
}

/** Runs a plan that has a lock of its own beside that of deploys. What a dead run of the same kind left is swept by the plan.
 *  `more`: what differs from a run on the hosts of the app. */
export async function runBeside(
  context: Context,
  session: Session,
  plan: Plan,
  kinds: Kinds,
  more: Partial<Pick<EngineDeps, 'hosts' | 'emit'>> = {},
): Promise<Result<RunResult>> {
  const { config } = session
  const wait = waitOf(context)
  if (!wait.ok) return wait
  const owner = ownerOf(context, session, plan.run, plan.procedure)
  const deps = { ...session.deps(kinds), ...more }
  const foreign = await foreignPlace(plan, deps)
  if (foreign) return err(foreign)
  const leases = await acquireAll(
    {
      places: plan.hosts,
      environment: config.environment.name,
      owner,
      payload: () => '',
      wait: wait.value,
      abandon: true,
      isDead: holder => ranHereAndIsGone(context.wiring, holder),
    },
    deps,
  )
  if (!leases.ok) return leases
  const tokens = new Map([...leases.value].map(([name, lease]) => [name, lease.token]))
  try {
    return ok(await runPlan(plan, tokens, config.environment.lease, deps))
  } catch (error) {
    await releaseAll(plan.hosts, owner, deps)
    throw error
  }
}

/** A directory of backups or drills that others can change, before even a lock is written there. */
async function foreignPlace(plan: Plan, { hosts }: EngineDeps): Promise<Problem | undefined> {
  const isDrill = plan.procedure === 'drill'
  const found = await Promise.all(
    plan.hosts.map(({ name, root }) => {
      const host = hosts.get(name)
      const directories = isDrill ? [dirname(root), root] : [root, `${root}/spool`]
      return host && ourProblem(host, directories, isDrill ? drillNotOurs : spoolNotOurs)
    }),
  )
  return found.find(problem => problem !== undefined)
}
