// A refusal: written down first, then the release goes back - through the pipeline of every rollback, or, when on some host
// nothing served before, by taking the run back.
import type { HostConfig } from '../config/config.ts'
import type { ExitCode } from '../core/exit-code.ts'
import { text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import type { Plan } from '../engine/plan.ts'
import { unknownName } from '../procedures/unknown-name.ts'
import { judge } from '../runbook/judge.ts'
import type { PeopleFacts, Waiting } from '../runbook/waiting.ts'
import { confirm } from './confirm.ts'
import type { Context } from './context.ts'
import { rollBack } from './run/rollback.ts'
import type { Session } from './session.ts'
import { endWaiting, openRun } from './settling.ts'
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
  // Before anything is written: what is refused can never be signed again.
  const declined = await askWhether(context, session, asked)
  if (declined) return refuse(context, [declined])
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

function askWhether(context: Context, session: Session, { release }: Waiting): Promise<Problem | undefined> {
  const { name } = session.config.environment
  session.presenter.end()
  const [preface, question] =
    context.lang === 'de'
      ? [`${name} geht auf das zurück, was vor ${release} diente\n`, `${release} ablehnen?`]
      : [`${name} goes back to what served before ${release}\n`, `Refuse ${release}?`]
  return confirm(context, preface, question, `stellwerk sign-off ${name} --reject --reason "..."`)
}

/** Takes back what was refused, on the hosts that have it. Asks nobody again. */
export async function giveUp(context: Context, session: Session, run: string): Promise<ExitCode> {
  const open = await openRun(session, run)
  if (!open.ok) return refuse(context, open.error)
  const { plan, hosts } = open.value
  return isFirst(plan, hosts)
    ? endWaiting(context, session, run, 'undo')
    : rollBack(context, { ...session, hosts }, { agreed: true })
}

// Nothing served before on one of them, so it has nothing to roll back to, and all go the same way.
function isFirst({ summary }: Plan, open: readonly HostConfig[]): boolean {
  const hosts = summary['hosts']
  return (
    Array.isArray(hosts) &&
    hosts.some(host => host?.from === null && open.some(({ name }) => name === host.name))
  )
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
