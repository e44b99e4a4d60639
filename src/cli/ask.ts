// One script on one host of a session: its whole answer, or the problem that stands for it.
import type { HostConfig } from '../config/config.ts'
import { text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Execution, Host } from '../engine/host.ts'
import { unreachableProblem } from '../engine/problems.ts'
import { placeFor } from '../procedures/fleet.ts'
import type { Session } from './session.ts'

export function connectionTo(session: Session, host: HostConfig): Host {
  const connection = session.fleet.hosts.get(host.name)
  if (!connection) throw new Error(`no connection for host ${host.name}`)
  return connection
}

/** The standard output of a script that ended with 0. */
export async function ask(
  session: Session,
  host: HostConfig,
  script: string,
  signal?: AbortSignal,
): Promise<Result<string>> {
  // Every line, not the last MiB: a version table or a journal may be long.
  const lines: string[] = []
  const answer = await connectionTo(session, host).run(script, {
    timeout: 60_000,
    onLine: (line, stream) => void (stream === 'stdout' && lines.push(line)),
    ...(signal ? { signal } : {}),
  })
  if (answer.ending.kind === 'exit' && answer.ending.code === 0) return ok(lines.join('\n'))
  return err(unanswered(session, host, answer))
}

/** Why there is no answer: the host was not reached, or what it was asked to do did not work. */
export function unanswered(session: Session, host: HostConfig, answer: Execution): Problem {
  const { ending, stderr } = answer
  if (ending.kind !== 'exit')
    return unreachableProblem(placeFor(host), answer, session.config.environment.name)
  const last = stderr.trim().split('\n').at(-1) ?? ''
  // Three is how a small script says that what it was asked about does not exist.
  const why =
    ending.code === 3
      ? text('it is not there', 'es ist dort nicht vorhanden')
      : text(last || `exit code ${ending.code}`, last || `Exit-Code ${ending.code}`)
  return {
    code: 'STW-U008',
    what: text(`It could not be done on ${host.name}`, `Es ging auf ${host.name} nicht`),
    where: { host: host.name },
    why,
  }
}
