// A run that has waited for people: found by its name on its hosts, and brought to its end from any machine.
import type { HostConfig } from '../config/config.ts'
import { type ExitCode, exitCode } from '../core/exit-code.ts'
import { text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { err, ok, type Result } from '../core/result.ts'
import { inParallel } from '../engine/parallel.ts'
import type { Plan } from '../engine/plan.ts'
import {
  hasWaited,
  isCommitted,
  parseRemains,
  type Remains,
  recoverRun,
  remainsScript,
} from '../engine/recover.ts'
import { judge } from '../runbook/judge.ts'
import { heldProblems } from '../runbook/problems.ts'
import { announcerFor } from './announcing.ts'
import { ask } from './ask.ts'
import { askPeople } from './asking-people.ts'
import type { Context } from './context.ts'
import { kindsFor, ownerOf } from './deploying.ts'
import { exitForRun } from './outcome.ts'
import { showRunResult } from './present/run-result.ts'
import type { Session } from './session.ts'
import { same, waitsNoMore } from './signing.ts'
import { livingOwner, takeOver, tokensOf } from './taking-over.ts'
import { refuse } from './under-lock.ts'

/** Where a run is not at its end: its plan, and the hosts that still have a part in it. */
export async function openRun(
  session: Session,
  run: string,
): Promise<Result<{ readonly plan: Plan; readonly hosts: readonly HostConfig[] }, readonly Problem[]>> {
  const remains = await remainsOf(session, run)
  if (!remains.ok) return remains
  const staying = stayingOf(remains.value)
  const plan = staying[0]?.plan
  return plan
    ? ok({ plan, hosts: hostsOf(session, staying) })
    : err([waitsNoMore(session.config.environment.name, run)])
}

/** settle: everything is signed. undo: refused, and on some host there is no earlier release to roll back to;
 *  the database stays as it is. */
export async function endWaiting(
  context: Context,
  session: Session,
  run: string,
  choice: 'settle' | 'undo',
): Promise<ExitCode> {
  const { config } = session
  const { name } = config.environment
  const kinds = await kindsFor(context, session)
  const deps = session.deps(kinds)
  const remains = await remainsOf(session, run)
  if (!remains.ok) return refuse(context, remains.error)
  const staying = stayingOf(remains.value)
  const plan = staying[0]?.plan
  if (!plan) return refuse(context, [waitsNoMore(name, run)])
  const own = staying.filter(({ owner }) => owner?.run === run)
  const alive = livingOwner(context, own)
  if (alive) return refuse(context, [alive])
  if (choice === 'undo' && isCommitted(plan, journalsOf(staying)))
    return refuse(context, [committedProblem(name)])
  if (choice === 'settle' && !hasWaited(plan, remains.value)) return refuse(context, [halfThere(plan)])
  const foreign = staying.some(({ owner }) => owner?.run !== undefined && owner.run !== run)
  const owner = ownerOf(context, session, run, 'sign-off')
  // The lock of a dead attempt of this very run is taken over; that of any other run is not.
  const dead = foreign ? undefined : tokensOf(staying)
  const taken = await takeOver(session, hostsOf(session, staying), owner, dead, deps)
  if (!taken.ok) return refuse(context, [taken.error])
  const changed = choice === 'settle' ? await stillSigned(context, session, run) : []
  if (changed.length > 0) {
    await taken.value.giveBack()
    return refuse(context, changed)
  }
  const { tokens } = taken.value
  const recovery = {
    tokens,
    leftOut: leftOutOf(plan, remains.value),
    choice,
    leaseMs: config.environment.lease,
  }
  const result = await recoverRun(choice === 'undo' ? keepingData(plan) : plan, recovery, deps)
  const announcer = announcerFor(context, config)
  const announcements = await announcer.end(plan, result, choice === 'undo' ? 'rejected' : undefined)
  session.presenter.end()
  showRunResult(context, plan, result, { recovered: choice === 'undo', announcements })
  if (choice === 'undo' && result.status === 'undone') return exitCode.done
  return exitForRun(result.status)
}

// People have worked with it for hours: the way back of a migration would take what they wrote.
function keepingData(plan: Plan): Plan {
  const phases = plan.phases.map(phase => ({
    ...phase,
    steps: phase.steps.filter(({ kind }) => kind !== 'backup.return'),
  }))
  return { ...plan, phases }
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

function stayingOf(remains: readonly Remains[]): readonly Remains[] {
  return remains.filter(({ plan, journal }) => plan && journal.ended === undefined)
}

// Hosts where the run has ended otherwise than well.
function leftOutOf({ hosts }: Plan, remains: readonly Remains[]): readonly string[] {
  return hosts
    .map(({ name }) => name)
    .filter(name => {
      const { ended = 'done' } = remains.find(({ host }) => host === name)?.journal ?? {}
      return ended !== 'done'
    })
}

export function journalsOf(found: readonly Remains[]): readonly Remains['journal'][] {
  return found.map(({ journal }) => journal)
}

// Its command died or lost a host on the way: some of the hosts may not serve what people have signed.
function halfThere({ environment, run }: Plan): Problem {
  return {
    code: 'STW-O814',
    what: text(
      'The run cannot be settled: not all of its hosts came to the place where it waits',
      'Der Lauf lässt sich nicht abschließen: nicht alle seine Hosts sind dort angekommen, wo er wartet',
    ),
    where: { run },
    why: text(
      'the deploy died, or it lost a host on the way',
      'das Deploy starb oder verlor unterwegs einen Host',
    ),
    next: [same(`stellwerk recover ${environment}`)],
  }
}

export function committedProblem(environment: string): Problem {
  return {
    code: 'STW-D401',
    what: text(
      'The release is already proven, so there is nothing to undo',
      'Das Release hat sich bereits bewährt, es gibt nichts zurückzunehmen',
    ),
    next: [
      text(`stellwerk recover ${environment}`, `stellwerk recover ${environment}`),
      text(`stellwerk rollback ${environment}`, `stellwerk rollback ${environment}`),
    ],
  }
}
