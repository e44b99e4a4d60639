// What every command that changes hosts does around its plan: take the locks, look, act, and give the locks back when
// nothing was begun.
import { type ExitCode, exitCode } from '../core/exit-code.ts'
import type { Problem } from '../core/problem.ts'
import type { Result } from '../core/result.ts'
import { releaseAll } from '../engine/lock.ts'
import type { Plan } from '../engine/plan.ts'
import { runPlan } from '../engine/run.ts'
import type { Kinds } from '../engine/step.ts'
import { placeFor } from '../procedures/fleet.ts'
import { announcerFor } from './announcing.ts'
import { heldBy } from './asking-people.ts'
import type { Context } from './context.ts'
import { type Locked, lockAndLook } from './deploying.ts'
import { exitFor, exitForRun, showProblems } from './outcome.ts'
import { showRunResult } from './present/run-result.ts'
import { reporterFor } from './reporting.ts'
import type { Session } from './session.ts'

export interface LockedRun {
  readonly run: string
  readonly procedure: string
  readonly kinds: Kinds
  /** The plan from what is true under the lock. */
  readonly compile: (locked: Locked) => Promise<Result<Plan, readonly Problem[]>>
  /** A reason not to run it after all, such as a person who says no. */
  readonly confirm?: (plan: Plan) => Promise<Problem | undefined>
  readonly onDone?: () => Promise<void>
  /** May run while another run waits for sign-offs: what takes its release back, or only shows a page before it. */
  readonly whileWaiting?: boolean
}

export async function underLock(context: Context, session: Session, props: LockedRun): Promise<ExitCode> {
  const { config, hosts } = session
  const { run, procedure, kinds } = props
  const locked = await lockAndLook(context, session, hosts, run, procedure, kinds)
  if (!locked.ok) return refuse(context, [locked.error])
  let begun: Plan | undefined
  try {
    const held = props.whileWaiting ? [] : await heldBy(context, session, locked.value.facts)
    if (held.length > 0) return refuse(context, held)
    const plan = await props.compile(locked.value)
    if (!plan.ok) return refuse(context, plan.error)
    const declined = await props.confirm?.(plan.value)
    if (declined) return refuse(context, [declined])
    begun = plan.value
    const announcer = announcerFor(context, config, locked.value.facts)
    announcer.begin(begun)
    const reporter = reporterFor(context, session, session.deps(kinds))
    const result = await runPlan(plan.value, locked.value.tokens, config.environment.lease, reporter.deps)
    await reporter.keep(plan.value, result)
    if (result.status === 'done') await props.onDone?.()
    const announcements = await announcer.end(plan.value, result)
    session.presenter.end()
    showRunResult(context, plan.value, result, { announcements })
    return exitForRun(result.status)
  } finally {
    // A plan gives back the locks of its own hosts; a rollback leaves out those that already serve its target.
    const left = hosts.filter(host => !begun?.hosts.some(place => place.name === host.name))
    if (left.length > 0) await releaseAll(left.map(placeFor), locked.value.owner, session.deps(kinds))
  }
}

/** Shows the problems that stop a command before any change; the first decides the exit code. */
export function refuse(context: Context, problems: readonly Problem[]): ExitCode {
  showProblems(context, problems)
  const [first] = problems
  return first ? exitFor(first) : exitCode.bug
}
