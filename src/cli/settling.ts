// A run that has waited for people: found by its name on its hosts, and brought to its end from any machine.
import type { HostConfig } from '../config/config.ts'
import { type ExitCode, exitCode } from '../core/exit-code.ts'
import type { Problem } from '../core/problem.ts'
import { err, ok, type Result } from '../core/result.ts'
import { inParallel } from '../engine/parallel.ts'
import type { Plan } from '../engine/plan.ts'
import { parseRemains, type Remains, recoverRun, remainsScript } from '../engine/recover.ts'
import { judge } from '../runbook/judge.ts'
import { heldProblems } from '../runbook/problems.ts'
import { joinPeople, type PeopleFacts, parsePeople, peopleScript } from '../runbook/waiting.ts'
import { announcerFor } from './announcing.ts'
import { ask } from './ask.ts'
import type { Context } from './context.ts'
import { kindsFor, ownerOf } from './deploying.ts'
import { exitForRun } from './outcome.ts'
import { showRunResult } from './present/run-result.ts'
import type { Session } from './session.ts'
import { waitsNoMore } from './signing.ts'
import { takeOver } from './taking-over.ts'
import { refuse } from './under-lock.ts'

/** What every host of the environment knows of manual steps. One that cannot be asked is a problem: it may know more. */
export async function askPeople(session: Session): Promise<Result<PeopleFacts, readonly Problem[]>> {
  const { config } = session
  const problems: Problem[] = []
  const found: PeopleFacts[] = []
  await inParallel(config.hosts, config.environment.parallel, async host => {
    const answer = await ask(session, host, peopleScript(host.root))
    if (answer.ok) found.push(parsePeople(answer.value))
    else problems.push(answer.error)
  })
  return problems.length > 0 ? err(problems) : ok(joinPeople(found))
}

/** settle: everything is signed. undo: refused, and there is no earlier release to roll back to. */
export async function endWaiting(
  context: Context,
  session: Session,
  run: string,
  choice: 'settle' | 'undo',
): Promise<ExitCode> {
  const { config } = session
  const kinds = await kindsFor(context, session)
  const deps = session.deps(kinds)
  const remains = await remainsOf(session, run)
  if (!remains.ok) return refuse(context, remains.error)
  const staying = remains.value.filter(({ plan, journal }) => plan && journal.ended === undefined)
  const plan = staying[0]?.plan
  if (!plan) return refuse(context, [waitsNoMore(config.environment.name, run)])
  const foreign = staying.some(({ owner }) => owner?.run !== undefined && owner.run !== run)
  const owner = ownerOf(context, session, run, 'sign-off')
  // The lock of a dead attempt of this very run is taken over; that of any other run is not.
  const dead = foreign ? undefined : new Map(staying.map(({ host, owner }) => [host, owner?.token]))
  const taken = await takeOver(session, hostsOf(session, staying), owner, dead, deps)
  if (!taken.ok) return refuse(context, [taken.error])
  const changed = choice === 'settle' ? await stillSigned(context, session, run) : []
  if (changed.length > 0) {
    await taken.value.giveBack()
    return refuse(context, changed)
  }
  const result = await recoverRun(plan, taken.value.tokens, choice, config.environment.lease, deps)
  const announcer = announcerFor(context, config)
  const announcements = await announcer.end(plan, result, choice === 'undo' ? 'rejected' : undefined)
  session.presenter.end()
  showRunResult(context, plan, result, { recovered: choice === 'undo', announcements })
  if (choice === 'undo' && result.status === 'undone') return exitCode.done
  return exitForRun(result.status)
}

// Somebody may have refused it between the last signature and the lock. Where it waits no more it is being settled already.
async function stillSigned(context: Context, session: Session, run: string): Promise<readonly Problem[]> {
  const people = await askPeople(session)
  if (!people.ok) return people.error
  const now = context.wiring.clock.now()
  const waiting = people.value.waiting.filter(
    ({ asked, signatures }) => asked.run === run && judge(asked, signatures, now).state !== 'signed',
  )
  return heldProblems({ waiting, unreadable: [], before: [] }, session.config.environment.name, now)
}

/** The plan of a run, from the first host that has it. */
export async function planOfRun(session: Session, run: string): Promise<Plan | undefined> {
  const remains = await remainsOf(session, run)
  return remains.ok ? remains.value.find(({ plan }) => plan)?.plan : undefined
}

async function remainsOf(
  session: Session,
  run: string,
): Promise<Result<readonly Remains[], readonly Problem[]>> {
  const { config } = session
  const problems: Problem[] = []
  const found = await inParallel(config.hosts, config.environment.parallel, async host => {
    const answer = await ask(session, host, remainsScript(host.root, run))
    if (!answer.ok) problems.push(answer.error)
    return parseRemains(host.name, answer.ok ? answer.value : '')
  })
  return problems.length > 0 ? err(problems) : ok(found)
}

function hostsOf({ config }: Session, staying: readonly Remains[]): readonly HostConfig[] {
  return config.hosts.filter(host => staying.some(rest => rest.host === host.name))
}
