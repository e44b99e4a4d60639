// What hosts know of manual steps, asked on every one of them: a signature or a run that waits may lie on any.
import type { Problem } from '../core/problem.ts'
import { err, ok, type Result } from '../core/result.ts'
import { inParallel } from '../engine/parallel.ts'
import type { HostFacts } from '../procedures/facts.ts'
import { askedFor } from '../procedures/people.ts'
import { heldProblems } from '../runbook/problems.ts'
import { joinPeople, type PeopleFacts, parsePeople, peopleScript } from '../runbook/waiting.ts'
import { ask } from './ask.ts'
import type { Context } from './context.ts'
import type { Session } from './session.ts'

/** What every host of the environment knows. One that cannot be asked is a problem: it may know more. */
export async function askPeople(session: Session): Promise<Result<PeopleFacts, readonly Problem[]>> {
  const { facts, problems } = await askHosts(session)
  return problems.length > 0 ? err(problems) : ok(joinPeople(facts))
}

/** A release that people still look at must stay as it is: a restart would move it, a restore would change what they see.
 *  They look at the whole environment, so the hosts that --hosts leaves out are asked too. */
export async function heldBy(
  { wiring }: Context,
  session: Session,
  chosen: ReadonlyMap<string, HostFacts>,
): Promise<readonly Problem[]> {
  const { config } = session
  const hosts = config.hosts.filter(host => !chosen.has(host.name))
  const { facts, problems } = await askHosts({ ...session, config: { ...config, hosts } })
  // Where nobody is ever asked, a host that is away keeps nobody from working on the others.
  if (problems.length > 0 && askedFor(config, 'after').length > 0) return problems
  const people = joinPeople([...[...chosen.values()].map(fact => fact.people), ...facts])
  return heldProblems(people, config.environment.name, wiring.clock.now())
}

async function askHosts(
  session: Session,
): Promise<{ readonly facts: readonly PeopleFacts[]; readonly problems: readonly Problem[] }> {
  const { config } = session
  const problems: Problem[] = []
  const facts: PeopleFacts[] = []
  await inParallel(config.hosts, config.environment.parallel, async host => {
    const answer = await ask(session, host, peopleScript(host.root))
    if (answer.ok) facts.push(parsePeople(answer.value))
    else problems.push(answer.error)
  })
  return { facts, problems }
}
