import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import { text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'
import { inParallel } from '../../engine/parallel.ts'
import {
  hasWaited,
  isCommitted,
  parseRemains,
  type Remains,
  recoverRun,
  remainsScript,
} from '../../engine/recover.ts'
import { judge } from '../../runbook/judge.ts'
import { heldProblems } from '../../runbook/problems.ts'
import { announcerFor } from '../announcing.ts'
import { ask } from '../ask.ts'
import { askPeople } from '../asking-people.ts'
import { type Context, switchFlag } from '../context.ts'
import { kindsFor, ownerOf } from '../deploying.ts'
import { showProblems, showResult } from '../outcome.ts'
import { showRunResult } from '../present/run-result.ts'
import { giveUp } from '../rejecting.ts'
import { type Session, withSession } from '../session.ts'
import { committedProblem, endWaiting, journalsOf } from '../settling.ts'
import { livingOwner, takeOver, tokensOf } from '../taking-over.ts'
import { refuse } from '../under-lock.ts'

export async function run(context: Context): Promise<ExitCode> {
  return withSession(context, async session => {
    const remains = await lookForRemains(session)
    if ('problems' in remains) return refuse(context, remains.problems)
    const found = remains.found
      .filter(rest => rest.run !== undefined)
      .toSorted((a, b) => ((a.run ?? '') < (b.run ?? '') ? 1 : -1))
    const [newest] = found
    if (!newest?.run) {
      showResult(context, 'stellwerk.recover/1', { status: 'nothing' }, () =>
        context.lang === 'de'
          ? 'Es gibt nichts aufzuräumen: kein Lauf ist unvollendet\n'
          : 'There is nothing to recover: no run is unfinished\n',
      )
      return exitCode.done
    }
    const alive = livingOwner(context, found)
    if (alive) return refuse(context, [alive])
    const same = found.filter(rest => rest.run === newest.run)
    return (
      (await recoverWaiting(context, session, newest.run, same)) ??
      recoverFound(context, session, newest.run, same)
    )
  })
}

async function lookForRemains(
  session: Session,
): Promise<{ readonly found: readonly Remains[] } | { readonly problems: readonly Problem[] }> {
  const problems: Problem[] = []
  const { config } = session
  const found = await inParallel(config.hosts, config.environment.parallel, async host => {
    const answer = await ask(session, host, remainsScript(host.root))
    if (!answer.ok) problems.push(answer.error)
    return parseRemains(host.name, answer.ok ? answer.value : '')
  })
  return problems.length > 0 ? { problems } : { found }
}

// A run that waits for people is not dead: only they bring it to its end, whatever --finish or --undo say.
async function recoverWaiting(
  context: Context,
  session: Session,
  run: string,
  found: readonly Remains[],
): Promise<ExitCode | undefined> {
  const plan = found.find(rest => rest.plan)?.plan
  if (!plan || isCommitted(plan, journalsOf(found)) || !hasWaited(plan, found)) return undefined
  const people = await askPeople(session)
  if (!people.ok) return refuse(context, people.error)
  const waits = people.value.waiting.find(({ asked }) => asked.run === run)
  if (!waits) return undefined
  const now = context.wiring.clock.now()
  const { state } = judge(waits.asked, waits.signatures, now)
  if (state === 'signed') return endWaiting(context, session, run, 'settle')
  const freed = await freeLocks(context, session, run, found)
  if (freed) return refuse(context, [freed])
  if (state === 'rejected') return giveUp(context, session, run)
  const { name } = session.config.environment
  return refuse(context, heldProblems({ waiting: [waits], unreadable: [], before: [] }, name, now))
}

// Its command may have died between the last step and giving back the locks.
async function freeLocks(
  context: Context,
  session: Session,
  run: string,
  found: readonly Remains[],
): Promise<Problem | undefined> {
  const { config } = session
  const held = found.filter(({ owner }) => owner?.run === run)
  const hosts = config.hosts.filter(host => held.some(rest => rest.host === host.name))
  const deps = session.deps(await kindsFor(context, session))
  const owner = ownerOf(context, session, run, 'recover')
  const taken = await takeOver(session, hosts, owner, tokensOf(held), deps)
  if (!taken.ok) return taken.error
  await taken.value.giveBack()
  return undefined
}

async function recoverFound(
  context: Context,
  session: Session,
  run: string,
  found: readonly Remains[],
): Promise<ExitCode> {
  const { config } = session
  const kinds = await kindsFor(context, session)
  const deps = session.deps(kinds)
  const plan = found.find(rest => rest.plan)?.plan
  const touched = plan
    ? config.hosts.filter(host => plan.hosts.some(place => place.name === host.name))
    : config.hosts.filter(host => found.some(rest => rest.host === host.name))
  const missing = plan?.hosts.find(
    place => !config.hosts.some(host => host.name === place.name && host.root === place.root),
  )
  if (missing) return refuse(context, [goneProblem(missing.name)])
  const owner = ownerOf(context, session, run, 'recover')
  if (!plan && found.some(rest => rest.journal.steps.size > 0))
    return needALook(context, noPlanProblem(run, found))
  const choice = switchFlag(context, 'finish') ? 'finish' : switchFlag(context, 'undo') ? 'undo' : undefined
  if (choice === 'undo' && plan && isCommitted(plan, journalsOf(found)))
    return refuse(context, [committedProblem(config.environment.name)])
  const taken = await takeOver(session, touched, owner, tokensOf(found), deps)
  if (!taken.ok) return refuse(context, [taken.error])
  if (!plan) {
    await taken.value.giveBack()
    showResult(context, 'stellwerk.recover/1', { status: 'unchanged', run }, () =>
      context.lang === 'de'
        ? `Der Lauf ${run} hatte noch nichts geändert; die Sperren sind frei\n`
        : `The run ${run} had changed nothing; the locks are free\n`,
    )
    return exitCode.done
  }
  const result = await recoverRun(
    plan,
    { tokens: taken.value.tokens, choice, leaseMs: config.environment.lease },
    deps,
  )
  const announcements = await announcerFor(context, config).end(plan, result, 'recovered')
  session.presenter.end()
  showRunResult(context, plan, result, { recovered: true, announcements })
  if (result.status === 'waiting') return exitCode.waiting
  // Recovering is done when the state is clean, whichever side it is - but one side.
  return ['needs-a-look', 'left-out'].includes(result.status) ? exitCode.needsALook : exitCode.done
}

// The lock stays: what the run did is only known to a person who reads the journal.
function needALook(context: Context, problem: Problem): ExitCode {
  showProblems(context, [problem])
  return exitCode.needsALook
}

function noPlanProblem(run: string, found: readonly Remains[]): Problem {
  const hosts = found.filter(rest => rest.journal.steps.size > 0).map(rest => rest.host)
  return {
    code: 'STW-D403',
    what: text(
      `The plan of ${run} cannot be read, but its journal says that it changed things`,
      `Der Plan von ${run} ist nicht lesbar, aber laut Journal hat der Lauf etwas verändert`,
    ),
    where: { host: hosts.join(', '), run },
    next: hosts.map(host =>
      text(
        `On ${host}: less .stellwerk/runs/${run}/journal.jsonl`,
        `Auf ${host}: less .stellwerk/runs/${run}/journal.jsonl`,
      ),
    ),
  }
}

function goneProblem(host: string): Problem {
  return {
    code: 'STW-D402',
    what: text(
      `The dead run worked on ${host}, which is not in this configuration (or has another root)`,
      `Der tote Lauf arbeitete auf ${host}, das nicht in dieser Konfiguration steht (oder ein anderes root hat)`,
    ),
    next: [
      text(
        'Use the stellwerk.yaml that the run used: git checkout <commit> -- stellwerk.yaml',
        'Die stellwerk.yaml benutzen, mit der der Lauf begann: git checkout <commit> -- stellwerk.yaml',
      ),
    ],
  }
}
