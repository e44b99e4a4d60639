// One small script on every host; every failure is shown.
import type { HostConfig } from '../config/config.ts'
import type { ExitCode } from '../core/exit-code.ts'
import type { Problem } from '../core/problem.ts'
import { inParallel } from '../engine/parallel.ts'
import { ask } from './ask.ts'
import type { Context } from './context.ts'
import { exitForAll, showProblems } from './outcome.ts'
import type { Session } from './session.ts'

/** Undefined when all went well. `onAnswer` gets the standard output of each host. */
export async function onEveryHost(
  context: Context,
  session: Session,
  script: (host: HostConfig) => string,
  onAnswer?: (host: HostConfig, output: string) => void,
): Promise<ExitCode | undefined> {
  const { config, hosts } = session
  const answers = await inParallel(hosts, config.environment.parallel, async (host): Promise<Problem[]> => {
    const answer = await ask(session, host, script(host), context.interrupt)
    if (!answer.ok) return [answer.error]
    onAnswer?.(host, answer.value)
    return []
  })
  const problems = answers.flat()
  showProblems(context, problems)
  return problems.length === 0 ? undefined : exitForAll(problems)
}
