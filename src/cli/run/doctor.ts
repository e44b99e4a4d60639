import type { HostConfig } from '../../config/config.ts'
import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import type { Problem } from '../../core/problem.ts'
import { parseOwner } from '../../engine/lease.ts'
import { lockScript, parseLockView } from '../../engine/lock-view.ts'
import { inParallel } from '../../engine/parallel.ts'
import { lockProblem } from '../../engine/problems.ts'
import { doctorScript, findings } from '../../procedures/doctor.ts'
import { factsScript, parseFacts } from '../../procedures/gather.ts'
import { forgotten } from '../../procedures/maintenance.ts'
import type { RouterFile } from '../../traffic/index.ts'
import { ask } from '../ask.ts'
import type { Context } from '../context.ts'
import { routerFileFor } from '../deploying.ts'
import { backupFindings } from '../doctor-backup.ts'
import { showProblems, showResult } from '../outcome.ts'
import { peopleFindings } from '../people-findings.ts'
import { type Session, withWholeWarnings } from '../session.ts'

/** All findings of all hosts at once; exit 5 when there is one, 7 when a host could not be asked. */
export async function run(context: Context): Promise<ExitCode> {
  return withWholeWarnings(context, async session => {
    const { config, hosts } = session
    const routerFile = await routerFileFor(context, session)
    const asked = await inParallel(hosts, config.environment.parallel, host =>
      examine(context, session, host, routerFile),
    )
    const reached = hosts.filter((_, index) => asked[index]?.reached)
    const problems = [
      ...asked.flatMap(result => result.problems),
      ...(await backupFindings(context, session, reached)),
      ...(await peopleFindings(context, session, reached)),
    ]
    session.presenter.end()
    showProblems(context, problems)
    const { name } = config.environment
    showResult(
      context,
      'stellwerk.doctor/1',
      { environment: name, ok: problems.length === 0, findings: problems },
      () => {
        const de = context.lang === 'de'
        const one = problems.length === 1
        if (problems.length > 0)
          return de
            ? `✖ ${problems.length} ${one ? 'Befund' : 'Befunde'}; es wurde nichts geändert\n`
            : `✖ ${problems.length} ${one ? 'finding' : 'findings'}; nothing was changed\n`
        const names = hosts.map(host => host.name).join(', ')
        return de
          ? `✔ bereit: ${names}\n→ stellwerk deploy ${name}\n`
          : `✔ ready: ${names}\n→ stellwerk deploy ${name}\n`
      },
    )
    if (asked.some(result => !result.reached)) return exitCode.unreachable
    return problems.length > 0 ? exitCode.checkSaysNo : exitCode.done
  })
}

interface Examined {
  readonly reached: boolean
  readonly problems: readonly Problem[]
}

async function examine(
  context: Context,
  session: Session,
  host: HostConfig,
  routerFile: RouterFile | undefined,
): Promise<Examined> {
  const { config } = session
  const now = context.wiring.clock.now()
  const script = `${lockScript(host.root)}${factsScript(config, host)}\n${doctorScript(config, host)}\nexit 0\n`
  const answer = await ask(session, host, script, context.interrupt)
  if (!answer.ok) return { reached: false, problems: [answer.error] }
  const output = answer.value
  const lock = parseLockView(output)
  const locked = lock.dead
    ? [
        lockProblem(
          host.name,
          {
            kind: 'held',
            owner: parseOwner(lock.holder ?? ''),
            ageSeconds: lock.ageSeconds ?? 0,
            expired: true,
            changed: true,
          },
          config.environment.name,
        ),
      ]
    : []
  const frozen = lock.frozen
    ? [lockProblem(host.name, { kind: 'frozen', ...lock.frozen }, config.environment.name)]
    : []
  const facts = parseFacts(output, now)
  const page = lock.holder === undefined ? forgotten(config, host, facts) : []
  return {
    reached: true,
    problems: [...locked, ...frozen, ...page, ...findings(config, host, facts, output, routerFile)],
  }
}
