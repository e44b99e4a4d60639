import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import type { Problem } from '../../core/problem.ts'
import { inParallel } from '../../engine/parallel.ts'
import { askedFor } from '../../procedures/people.ts'
import { unknownName } from '../../procedures/unknown-name.ts'
import { judge, judgeBefore } from '../../runbook/judge.ts'
import { heldProblems } from '../../runbook/problems.ts'
import { signBeforeScript } from '../../runbook/record.ts'
import type { AskedSignOff, PeopleFacts, Signature } from '../../runbook/waiting.ts'
import { ask } from '../ask.ts'
import { askPeople } from '../asking-people.ts'
import { type Context, switchFlag } from '../context.ts'
import { showResult } from '../outcome.ts'
import { nothingWaits, reject } from '../rejecting.ts'
import { type Session, withSession } from '../session.ts'
import { endWaiting } from '../settling.ts'
import { listSignOffs, shown } from '../sign-off-list.ts'
import { recordSignature, signatureFor, versionGiven } from '../signing.ts'
import { refuse } from '../under-lock.ts'

/** Lists what is to be signed, signs it, or refuses it. The last signature settles the run that waits. */
export async function run(context: Context): Promise<ExitCode> {
  return withSession(context, async session => {
    const people = await askPeople(session)
    if (!people.ok) return refuse(context, people.error)
    const facts = people.value
    const id = context.args['id']
    const { name } = session.config.environment
    const unreadable = heldProblems({ ...facts, waiting: [] }, name, context.wiring.clock.now())
    if (unreadable.length > 0) return refuse(context, unreadable)
    if (switchFlag(context, 'reject')) return reject(context, session, facts)
    return id === undefined ? listSignOffs(context, session, facts) : sign(context, session, facts, id)
  })
}

async function sign(context: Context, session: Session, facts: PeopleFacts, id: string): Promise<ExitCode> {
  const { config } = session
  const waits = facts.waiting.find(({ asked }) => asked.signOffs.some(one => one.id === id))
  const asked = waits?.asked.signOffs.find(one => one.id === id)
  if (waits && asked) return signWaiting(context, session, waits, asked)
  const before = askedFor(config, 'before').find(one => one.id === id)
  if (before) return signBefore(context, session, before, facts.before)
  const known = [...askedFor(config, 'after'), ...askedFor(config, 'before')].map(one => one.id)
  return refuse(context, [
    known.includes(id) ? nothingWaits(config.environment.name) : unknownName('sign-off', id, known),
  ])
}

async function signWaiting(
  context: Context,
  session: Session,
  waits: PeopleFacts['waiting'][number],
  asked: AskedSignOff,
): Promise<ExitCode> {
  const { name } = session.config.environment
  const { run } = waits.asked
  const now = context.wiring.clock.now()
  const before = judge(waits.asked, waits.signatures, now)
  // At its end already: the command that brought it there died or is at work, and there is nothing to sign.
  if (before.state !== 'open')
    return refuse(context, heldProblems({ waiting: [waits], unreadable: [], before: [] }, name, now))
  const signed = before.signOffs.find(state => state.asked.id === asked.id)?.signatures ?? []
  const signature = await signatureFor(context, session, asked, signed)
  if (!signature.ok) return refuse(context, [signature.error])
  const recorded = await recordSignature(session, run, signature.value)
  if (!recorded.ok) return refuse(context, recorded.error)
  const after = judge(recorded.value.asked, recorded.value.signatures, now)
  if (after.state === 'signed') return endWaiting(context, session, run, 'settle')
  // Somebody refused it at the same moment.
  if (after.state === 'rejected')
    return refuse(context, heldProblems({ waiting: [recorded.value], unreadable: [], before: [] }, name, now))
  session.presenter.end()
  const document = { environment: name, state: after.state, run, signOffs: after.signOffs.map(shown) }
  showResult(context, 'stellwerk.sign-off/1', document, () => {
    const open = after.signOffs.filter(({ missing }) => missing > 0).map(state => state.asked.id)
    const still = context.lang === 'de' ? 'Es fehlt noch' : 'Still missing'
    return `✔ ${signature.value.by}: ${asked.title}\n${still}: ${open.join(', ')}\n  → stellwerk sign-off ${name}\n`
  })
  return exitCode.waiting
}

async function signBefore(
  context: Context,
  session: Session,
  asked: AskedSignOff,
  known: readonly Signature[],
): Promise<ExitCode> {
  const { config } = session
  const about = await versionGiven(context, session, asked.id)
  if (!about.ok) return refuse(context, [about.error])
  const bundle = { version: about.value.version, digest: about.value.digest ?? '' }
  const [state] = judgeBefore([asked], known, bundle)
  const signature = await signatureFor(context, session, asked, state?.signatures ?? [])
  if (!signature.ok) return refuse(context, [signature.error])
  const whole: Signature = { ...signature.value, ...about.value }
  const problems: Problem[] = []
  await inParallel(config.hosts, config.environment.parallel, async host => {
    const answer = await ask(session, host, `${signBeforeScript(host.root, whole)}exit 0\n`)
    if (!answer.ok) problems.push(answer.error)
  })
  if (problems.length > 0) return refuse(context, problems)
  const [after] = judgeBefore([asked], [...known, whole], bundle)
  const { name } = config.environment
  const done = after?.missing === 0
  session.presenter.end()
  const document = {
    environment: name,
    state: done ? 'signed' : 'open',
    signOffs: after ? [shown(after)] : [],
  }
  showResult(context, 'stellwerk.sign-off/1', { ...document, ...about.value }, () => {
    const next = done
      ? `stellwerk deploy ${name}`
      : `stellwerk sign-off ${name} ${asked.id} --version ${bundle.version}`
    return `✔ ${whole.by}: ${asked.title} (${bundle.version})\n  → ${next}\n`
  })
  return done ? exitCode.done : exitCode.waiting
}
