import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import { text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'
import { ping } from '../../notify/ping.ts'
import { compileBackup, noBackup } from '../../procedures/backup.ts'
import { expectedBytes } from '../../procedures/backup-steps.ts'
import { claimedSet, earlierSets, pinnedSets, runBeside } from '../backing-up.ts'
import { type Context, textFlag } from '../context.ts'
import { fileDatabases, keepEvidence } from '../damaged.ts'
import { kindsFor, look, newRun } from '../deploying.ts'
import { exitForRun, showProblems } from '../outcome.ts'
import { showRunResult } from '../present/run-result.ts'
import { type Session, withSession } from '../session.ts'
import { refuse } from '../under-lock.ts'

export async function run(context: Context): Promise<ExitCode> {
  return withSession(context, session => backUp(context, session, textFlag(context, 'class') ?? 'manual'))
}

/** One set of a class, with the pings of that class around it. */
export async function backUp(context: Context, session: Session, setClass: string): Promise<ExitCode> {
  const { config } = session
  if (!config.backup) return refuse(context, [noBackup(config)])
  if (!/^[a-z][a-z0-9-]{0,39}$/.test(setClass)) return refuse(context, [badClass(setClass)])
  const urls = config.backup.ping[setClass] ?? {}
  await tell(context, session, urls.start)
  const code = await make(context, session, setClass)
  await tell(context, session, code === exitCode.done ? urls.ok : urls.fail, `exit ${code}`)
  return code
}

async function make(context: Context, session: Session, setClass: string): Promise<ExitCode> {
  const { config, hosts } = session
  session.connect()
  const earlier = await earlierSets(session)
  if (!earlier.ok) return refuse(context, earlier.error)
  const facts = await look(context, session, hosts)
  if (!facts.ok) return refuse(context, facts.error)
  const { run, now } = newRun(context, 'backup')
  const common = {
    config,
    by: context.wiring.self.by,
    release: liveRelease(facts.value),
    expected: expectedBytes(earlier.value.newest),
    pinned: pinnedSets(facts.value),
  }
  const shadow = setClass === 'shadow' ? { raw: fileDatabases(session) } : {}
  const claim = await claimedSet(context, session, setClass)
  if (!claim.ok) return refuse(context, claim.error)
  const plan = compileBackup({ ...common, ...shadow, set: claim.value.id, class: setClass, run, now })
  if (!plan.ok) {
    await claim.value.release()
    return refuse(context, plan.error)
  }
  const result = await runBeside(context, session, plan.value, await kindsFor(context, session)).finally(
    claim.value.release,
  )
  if (!result.ok) return refuse(context, [result.error])
  const isShadow = setClass === 'shadow'
  const damage = isShadow ? [] : await keepEvidence(context, session, result.value, common)
  session.presenter.end()
  showRunResult(context, plan.value, result.value)
  showProblems(context, damage)
  return exitForRun(result.value.status)
}

function liveRelease(facts: Parameters<typeof pinnedSets>[0]) {
  for (const { release } of facts.values()) {
    const live = release.releases.find(({ id }) => id === release.current)
    if (live) return { id: live.id, version: live.version, gitSha: live.gitSha }
  }
  return undefined
}

/** A ping that does not arrive is a warning: the service at its other end notices the silence. */
export async function tell(
  context: Context,
  session: Session,
  url: string | undefined,
  body?: string,
): Promise<void> {
  if (url === undefined) return
  const problem = await ping(url, body === undefined ? {} : { body })
  if (problem) session.presenter.event({ code: 'STW-E010', type: 'warning', text: problem.what })
  void context
}

function badClass(setClass: string): Problem {
  return {
    code: 'STW-B053',
    what: text(
      `"${setClass}" cannot be the class of a set`,
      `„${setClass}“ kann keine Klasse eines Satzes sein`,
    ),
    why: text(
      'a class starts with a letter and holds only a-z, 0-9 and "-" (at most 40)',
      'eine Klasse beginnt mit einem Buchstaben und enthält nur a-z, 0-9 und "-" (höchstens 40)',
    ),
  }
}
