// A refusal: written down first, then the release goes back - through the pipeline of every rollback, or, when nothing
// served before, by taking the run back.
import type { ExitCode } from '../core/exit-code.ts'
import { text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import type { Plan } from '../engine/plan.ts'
import { unknownName } from '../procedures/unknown-name.ts'
import { judge } from '../runbook/judge.ts'
import type { PeopleFacts } from '../runbook/waiting.ts'
import type { Context } from './context.ts'
import { rollBack } from './run/rollback.ts'
import type { Session } from './session.ts'
import { endWaiting, planOfRun } from './settling.ts'
import { recordSignature, same, signer } from './signing.ts'
import { typedFlag } from './typed.ts'
import { refuse } from './under-lock.ts'

export async function reject(context: Context, session: Session, people: PeopleFacts): Promise<ExitCode> {
  const { config } = session
  const { name } = config.environment
  const reason = (typedFlag(context, config, 'reason') ?? '').slice(0, 2000)
  if (reason === '') return refuse(context, [noReason(name)])
  const [waits] = people.waiting
  if (!waits) return refuse(context, [nothingWaits(name)])
  const { asked, signatures } = waits
  const id = context.args['id'] ?? ''
  const known = asked.signOffs.map(one => one.id)
  if (id !== '' && !known.includes(id)) return refuse(context, [unknownName('sign-off', id, known)])
  // Refused already, by a command that died: the reason stands, and only the way back is missing.
  if (judge(asked, signatures, context.wiring.clock.now()).state !== 'rejected') {
    const role = asked.signOffs.find(one => one.id === id)?.role ?? ''
    const recorded = await recordSignature(session, asked.run, {
      ...signer(context, session),
      type: 'reject',
      id,
      role,
      reason,
    })
    if (!recorded.ok) return refuse(context, recorded.error)
  }
  return giveUp(context, session, asked.run)
}

/** Takes back what was refused. */
export async function giveUp(context: Context, session: Session, run: string): Promise<ExitCode> {
  const plan = await planOfRun(session, run)
  return plan && isFirst(plan) ? endWaiting(context, session, run, 'undo') : rollBack(context, session)
}

// Nothing served before, so there is nothing to roll back to.
function isFirst({ summary }: Plan): boolean {
  const hosts = summary['hosts']
  return Array.isArray(hosts) && hosts.every(host => host?.from === null)
}

export function nothingWaits(environment: string): Problem {
  return {
    code: 'STW-O806',
    what: text('No run waits for a sign-off', 'Kein Lauf wartet auf eine Unterschrift'),
    next: [same(`stellwerk status ${environment}`)],
  }
}

function noReason(environment: string): Problem {
  const command = `stellwerk sign-off ${environment} --reject --reason`
  return {
    code: 'STW-O807',
    what: text('A refusal needs its reason', 'Eine Ablehnung braucht ihren Grund'),
    next: [text(`${command} "<why>"`, `${command} "<warum>"`)],
  }
}
