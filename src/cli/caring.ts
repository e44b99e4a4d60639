// The due list of the release that serves: found on its host, worked off with the checks it names, written down there.
import type { HostConfig } from '../config/config.ts'
import type { Problem } from '../core/problem.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { CheckResult } from '../engine/check-result.ts'
import { kindOf } from '../engine/lane.ts'
import { inParallel } from '../engine/parallel.ts'
import { checkStep } from '../procedures/verify-steps.ts'
import { type CareState, openList } from '../runbook/due.ts'
import { type Closed, careScript, closeScript, type DueList, parseCare } from '../runbook/due-list.ts'
import { ask, connectionTo } from './ask.ts'
import type { Context } from './context.ts'
import { kindsFor } from './deploying.ts'
import type { Session } from './session.ts'

export interface Care {
  readonly host: HostConfig
  readonly list: DueList
}

/** Undefined: no list is open. A host that cannot be asked is a problem: the list may lie there. */
export async function findCare(session: Session): Promise<Result<Care | undefined, readonly Problem[]>> {
  const { config } = session
  const problems: Problem[] = []
  const found: Care[] = []
  await inParallel(config.hosts, config.environment.parallel, async host => {
    const answer = await ask(session, host, careScript(host.root))
    if (answer.ok) found.push(...parseCare(answer.value).map(list => ({ host, list })))
    else problems.push(answer.error)
  })
  if (problems.length > 0) return err(problems)
  const open = openList(found.map(({ list }) => list))
  return ok(found.find(({ list }) => list === open))
}

/** On every host that each check concerns. None at all is no proof. */
export async function runCareChecks(
  context: Context,
  session: Session,
  names: readonly string[],
): Promise<readonly CheckResult[]> {
  const { config } = session
  const deps = session.deps(await kindsFor(context, session))
  const results: CheckResult[] = []
  await inParallel(config.hosts, config.environment.parallel, async host => {
    for (const step of checkStep(`aftercare/${host.name}`, config, host, 'health', names)) {
      const kind = kindOf(deps, step)
      if (kind.at !== 'here') continue
      await kind.run(step, {
        host: connectionTo(session, host),
        signal: AbortSignal.any([context.interrupt, AbortSignal.timeout(step.timeout)]),
        emit: event => void (event.type === 'check.result' && results.push(event.result)),
        secret: deps.secret,
        redact: deps.redact,
      })
    }
  })
  return results
}

/** What one attempt at a task found, as it is written down. */
export function closedBy(
  { task, dueAt }: CareState,
  results: readonly CheckResult[],
  person: { readonly by: string; readonly evidence?: string },
  now: Date,
): Closed {
  // A check that did not run has not passed.
  const good = task.checks.every(name => results.some(({ check }) => check === name))
  return {
    type: 'closed',
    id: task.id,
    verdict: good && results.every(({ blocks }) => !blocks) ? 'pass' : 'fail',
    at: now.toISOString(),
    late: Math.max(now.getTime() - dueAt.getTime(), 0),
    ...person,
    results: results.map(({ host, check, verdict, observed }) => ({
      ...(host === undefined ? {} : { host }),
      check,
      verdict,
      observed,
    })),
  }
}

/** The list as it is afterwards; somebody else may have been faster, and the first to pass counts. */
export async function writeClosed(
  session: Session,
  { host, list }: Care,
  entry: Closed,
): Promise<Result<DueList>> {
  const script = `(
${closeScript(host.root, list.release, entry)})
sw_rc=$?
[ "$sw_rc" = 0 ] || [ "$sw_rc" = 4 ] || exit "$sw_rc"
${careScript(host.root)}exit 0
`
  const answer = await ask(session, host, script)
  if (!answer.ok) return answer
  return ok(parseCare(answer.value).find(({ release }) => release === list.release) ?? list)
}
