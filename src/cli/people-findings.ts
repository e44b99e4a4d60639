// What doctor says of people: open decisions, a run that waits for them, who is late, and after-care that is due.
import type { HostConfig } from '../config/config.ts'
import { text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { careStates } from '../runbook/due.ts'
import { heldProblems, overdueProblems } from '../runbook/problems.ts'
import { askPeople } from './asking-people.ts'
import { findCare } from './caring.ts'
import type { Context } from './context.ts'
import type { Session } from './session.ts'

/** `reached`: hosts that answered before; one that did not is no second finding. */
export async function peopleFindings(
  context: Context,
  session: Session,
  reached: readonly HostConfig[],
): Promise<readonly Problem[]> {
  const { undecided, environment } = session.config
  const there: Session = { ...session, config: { ...session.config, hosts: reached } }
  const now = context.wiring.clock.now()
  const [people, care] = await Promise.all([askPeople(there), findCare(there)])
  const waiting = people.ok
    ? [
        ...heldProblems(people.value, environment.name, now),
        ...overdueProblems(people.value, environment.name, now),
      ]
    : people.error
  if (!care.ok) return [...undecided, ...waiting, ...care.error]
  const states = care.value ? careStates(care.value.list, now) : []
  const open = states
    .filter(({ state }) => ['due', 'person', 'failed'].includes(state))
    .map(({ task }) => task.id)
  return [...undecided, ...waiting, ...(open.length > 0 ? [dueProblem(environment.name, open)] : [])]
}

function dueProblem(environment: string, open: readonly string[]): Problem {
  const list = open.join(', ')
  const command = `stellwerk aftercare ${environment}`
  return {
    code: 'STW-O823',
    what: text(`After-care is due: ${list}`, `Nachsorge ist fällig: ${list}`),
    next: [text(`${command} run`, `${command} run`), text(command, command)],
  }
}
