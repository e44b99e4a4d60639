import { type RetentionPlan, retentionRows } from '../../backup/retention.ts'
import { partialAge, remove, retentionAt } from '../../backup/steps/prune.ts'
import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import { text } from '../../core/lang.ts'
import { type Problem, ProblemError } from '../../core/problem.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { policyAt } from '../../procedures/backup-steps.ts'
import { namingOf, pinnedSets } from '../backing-up.ts'
import { confirm } from '../confirm.ts'
import { type Context, switchFlag, textFlag } from '../context.ts'
import { look } from '../deploying.ts'
import { type Chosen, chosen } from '../destinations.ts'
import { showProblems, showResult } from '../outcome.ts'
import { table } from '../present/table.ts'
import { type Session, withSession } from '../session.ts'
import { refuse } from '../under-lock.ts'

interface Planned {
  readonly destination: string
  readonly plan: RetentionPlan
}

export async function run(context: Context): Promise<ExitCode> {
  return withSession(context, async session => {
    const { config } = session
    const wanted = chosen(config, textFlag(context, 'destination'))
    if (!wanted.ok) return refuse(context, [wanted.error])
    session.connect()
    // Sets that a release refers to stay: without an answer of every host nobody knows which they are.
    const facts = await look(context, session, session.hosts)
    if (!facts.ok) return refuse(context, facts.error)
    const planned = await planAll(context, session, wanted.value, pinnedSets(facts.value))
    if (!planned.ok) return refuse(context, planned.error)
    session.presenter.end()
    const future = textFlag(context, 'future')
    const isNamed = planned.value.some(({ plan }) => plan.remove.some(({ set }) => set.id === future))
    if (future !== undefined && !isNamed) return refuse(context, [notFuture(future)])
    const dryRun = switchFlag(context, 'dry-run')
    const halted = planned.value.flatMap(one => (one.plan.halted ? [needsForce(one, session)] : []))
    const going = planned.value.reduce((sum, { plan }) => sum + plan.remove.length, 0)
    const preface = planned.value.map(one => render(context, one)).join('\n')
    if (!dryRun && going > 0) {
      const declined = await confirm(context, preface, questionFor(context, going), commandFor(context))
      if (declined) return refuse(context, [declined])
      const failed = await removeAll(session, planned.value)
      if (failed) return refuse(context, [failed])
    }
    showProblems(context, halted)
    showResult(
      context,
      'stellwerk.backup.prune/1',
      { environment: config.environment.name, dryRun, destinations: planned.value.map(view) },
      () => `${preface}${summary(context, dryRun, going)}`,
    )
    return halted.length > 0 && !dryRun ? exitCode.checkSaysNo : exitCode.done
  })
}

async function planAll(
  context: Context,
  session: Session,
  { backup, names }: Chosen,
  pinned: readonly string[],
): Promise<Result<readonly Planned[], readonly Problem[]>> {
  const planned: Planned[] = []
  const problems: Problem[] = []
  for (const name of names) {
    try {
      const destination = await session.destination(name)
      const now = context.wiring.clock.now()
      const asked = { policy: policyAt(backup, name), pinned }
      const force = switchFlag(context, 'force')
      const future = textFlag(context, 'future')
      const plan = await retentionAt(destination, namingOf(session.config), asked, now, { force, future })
      planned.push({ destination: name, plan })
    } catch (error) {
      if (!ProblemError.is(error)) throw error
      if (backup.destinations[name]?.optional && names.length > 1) showProblems(context, [error.problem])
      else problems.push(error.problem)
    }
  }
  return problems.length > 0 ? err(problems) : ok(planned)
}

async function removeAll(session: Session, planned: readonly Planned[]): Promise<Problem | undefined> {
  try {
    for (const { destination: name, plan } of planned) {
      const destination = await session.destination(name)
      await remove(destination, namingOf(session.config), plan)
      await destination.sweep(partialAge)
    }
    return undefined
  } catch (error) {
    if (!ProblemError.is(error)) throw error
    return error.problem
  }
}

function view({ destination, plan }: Planned) {
  return { destination, halted: plan.halted ?? null, sets: retentionRows(plan) }
}

function render(context: Context, { destination, plan }: Planned): string {
  const de = context.lang === 'de'
  const rows = retentionRows(plan).map(({ class: setClass, id, state, stays, reason }) => [
    stays ? '' : '-',
    id,
    setClass,
    stateWords[state][context.lang],
    `${stays ? (de ? 'bleibt' : 'stays') : de ? 'geht' : 'goes'}: ${reason[context.lang]}`,
  ])
  const none = de ? 'kein Satz\n' : 'no set\n'
  return `${destination}\n${rows.length === 0 ? none : table(rows)}`
}

const stateWords = {
  stored: text('stored', 'abgelegt'),
  verified: text('verified', 'verifiziert'),
  drilled: text('drilled', 'geübt'),
  suspect: text('suspect', 'verdächtig'),
  broken: text('broken', 'defekt'),
}

function summary(context: Context, dryRun: boolean, going: number): string {
  const de = context.lang === 'de'
  if (dryRun) return de ? `${going} würden gehen\n` : `${going} would go\n`
  return de ? `${going} entfernt\n` : `${going} removed\n`
}

function questionFor(context: Context, going: number): string {
  return context.lang === 'de' ? `${going} Sätze entfernen?` : `Remove ${going} sets?`
}

function commandFor(context: Context): string {
  const environment = context.args['environment']
  return `stellwerk backup prune${environment === undefined ? '' : ` ${environment}`}`
}

function notFuture(id: string): Problem {
  return {
    code: 'STW-B526',
    what: text(
      `No set "${id}" that could go is dated in the future`,
      `Kein Satz „${id}“, der gehen dürfte, ist in die Zukunft datiert`,
    ),
    why: text(
      'only a set that the clock of this machine has not reached yet is removed by its name, and none that a release refers to',
      'nur ein Satz, den die Uhr dieser Maschine noch nicht erreicht hat, wird beim Namen entfernt, und keiner, auf den ein Release verweist',
    ),
  }
}

function needsForce({ destination, plan }: Planned, { config }: Session): Problem {
  const command = `stellwerk backup prune ${config.environment.name} --destination ${destination} --force`
  return {
    code: 'STW-B525',
    what: text(
      `Retention at ${destination} waits for a person`,
      `Die Aufbewahrung bei ${destination} wartet auf einen Menschen`,
    ),
    ...(plan.halted ? { why: plan.halted } : {}),
    next: [text(command, command)],
  }
}
