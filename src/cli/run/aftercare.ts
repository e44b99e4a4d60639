import { formatDuration } from '../../core/duration.ts'
import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import { text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'
import { unknownName } from '../../procedures/unknown-name.ts'
import { type CareState, careStates, needsPerson } from '../../runbook/due.ts'
import type { DueList } from '../../runbook/due-list.ts'
import { tooLong } from '../../runbook/evidence.ts'
import { type Care, closedBy, findCare, runCareChecks, writeClosed } from '../caring.ts'
import type { Context } from '../context.ts'
import { showResult } from '../outcome.ts'
import { paletteFor } from '../present/palette.ts'
import { table } from '../present/table.ts'
import { type Session, withSession } from '../session.ts'
import { signer } from '../signing.ts'
import { typedFlag } from '../typed.ts'
import { refuse } from '../under-lock.ts'

/** Exit 5 while a task is due, failed, or waits for a person. */
export async function run(context: Context): Promise<ExitCode> {
  const action = context.args['action'] ?? 'list'
  if (!['list', 'run', 'done'].includes(action)) return refuse(context, [unknownAction(action)])
  return withSession(context, async session => {
    const found = await findCare(session)
    if (!found.ok) return refuse(context, found.error)
    const care = found.value
    const id = context.args['id']
    // Who names a task believes that it is there.
    if (!care && id !== undefined) return refuse(context, [unknownName('after-care', id, [])])
    if (!care) return show(context, session, undefined)
    const states = careStates(care.list, context.wiring.clock.now())
    const known = states.map(({ task }) => task.id)
    if (id !== undefined && !known.includes(id))
      return refuse(context, [unknownName('after-care', id, known)])
    const early =
      action === 'list' ? undefined : states.find(one => one.task.id === id && one.state === 'later')
    if (early) return refuse(context, [tooEarly(session.config.environment.name, early)])
    if (action === 'run') return workOff(context, session, care, states, id)
    if (action === 'done')
      return closeOne(
        context,
        session,
        care,
        states.find(({ task }) => task.id === id),
      )
    return show(context, session, care.list)
  })
}

// What is due by itself; a named task also when it failed before.
async function workOff(
  context: Context,
  session: Session,
  care: Care,
  states: readonly CareState[],
  id: string | undefined,
): Promise<ExitCode> {
  let { list } = care
  const due = states.filter(({ task, state }) =>
    id === undefined ? state === 'due' : task.id === id && state !== 'done' && !needsPerson(task),
  )
  for (const state of due) {
    const results = await runCareChecks(context, session, state.task.checks)
    // Checks that a person broke off say nothing, and a failure would take the task out of what is worked off by itself.
    if (context.interrupt.aborted) break
    const { by } = context.wiring.self
    const entry = closedBy(state, results, { by }, context.wiring.clock.now())
    const written = await writeClosed(session, care, entry)
    if (!written.ok) return refuse(context, [written.error])
    list = written.value
  }
  return show(context, session, list)
}

// A person stands behind it; its checks must pass all the same.
async function closeOne(
  context: Context,
  session: Session,
  care: Care,
  state: CareState | undefined,
): Promise<ExitCode> {
  if (!state) return refuse(context, [noTask(session.config.environment.name)])
  if (state.state === 'done') return show(context, session, care.list)
  const evidence = typedFlag(context, session.config, 'evidence') ?? ''
  const long = tooLong(state.task.title, evidence)
  if (long) return refuse(context, [long])
  const results = await runCareChecks(context, session, state.task.checks)
  if (context.interrupt.aborted) return show(context, session, care.list)
  const person = { by: signer(context, session).by, ...(evidence === '' ? {} : { evidence }) }
  const entry = closedBy(state, results, person, context.wiring.clock.now())
  const written = await writeClosed(session, care, entry)
  return written.ok ? show(context, session, written.value) : refuse(context, [written.error])
}

function show(context: Context, session: Session, list: DueList | undefined): ExitCode {
  const now = context.wiring.clock.now()
  const states = list ? careStates(list, now) : []
  const { name } = session.config.environment
  session.presenter.end()
  const tasks = states.map(({ task, dueAt, state, closed }) => ({
    ...task,
    state,
    dueAt: dueAt.toISOString(),
    ...(closed ? { closed } : {}),
  }))
  const document = { environment: name, release: list?.release ?? null, tasks }
  showResult(context, 'stellwerk.aftercare/1', document, () => render(context, name, states, now))
  return states.some(({ state }) => ['due', 'person', 'failed'].includes(state))
    ? exitCode.checkSaysNo
    : exitCode.done
}

function render(context: Context, environment: string, states: readonly CareState[], now: Date): string {
  const de = context.lang === 'de'
  if (states.length === 0) return de ? 'Keine Nachsorge offen\n' : 'No after-care is open\n'
  const palette = paletteFor(context.io.color.out)
  const words = de
    ? {
        later: 'später',
        due: 'fällig',
        person: 'wartet auf',
        failed: 'gescheitert',
        done: 'erledigt',
        superseded: 'abgelöst',
      }
    : {
        later: 'later',
        due: 'due',
        person: 'waits for',
        failed: 'failed',
        done: 'done',
        superseded: 'superseded',
      }
  const rows = states.map(({ task, dueAt, state, closed }) => {
    const ahead = formatDuration(Math.abs(dueAt.getTime() - now.getTime()))
    const bad = closed?.results.filter(({ verdict }) => verdict !== 'pass') ?? []
    return [
      state === 'done' ? palette.green('✔') : state === 'later' ? '·' : palette.red('✖'),
      task.id,
      task.title,
      state === 'person'
        ? `${words.person} ${task.signOff ?? (de ? 'einem Menschen' : 'a person')}`
        : words[state],
      state === 'later' ? `in ${ahead}` : (closed?.by ?? ''),
      bad.map(({ check, observed }) => `${check}: ${observed[context.lang]}`).join('; ') ||
        (closed?.evidence ?? task.note ?? ''),
    ]
  })
  const open = states.filter(({ state }) => ['person', 'failed', 'due'].includes(state))
  const next = open.map(({ task, state }) =>
    state === 'due'
      ? `stellwerk aftercare ${environment} run`
      : `stellwerk aftercare ${environment} ${state === 'failed' && !needsPerson(task) ? 'run' : 'done'} ${task.id}`,
  )
  return `${table(rows)}${[...new Set(next)].map(command => `  ${palette.cyan('→')} ${command}\n`).join('')}`
}

function noTask(environment: string): Problem {
  const command = `stellwerk aftercare ${environment} done <id>`
  return {
    code: 'STW-O820',
    what: text('Which task is done?', 'Welche Aufgabe ist erledigt?'),
    next: [text(command, command)],
  }
}

// Seven looks in the first minute are not seven days.
function tooEarly(environment: string, { task, dueAt }: CareState): Problem {
  const at = dueAt.toISOString()
  const command = `stellwerk aftercare ${environment}`
  return {
    code: 'STW-O821',
    what: text(`The time of ${task.id} has not come`, `Die Zeit für ${task.id} ist noch nicht gekommen`),
    why: text(`it is due at ${at}`, `fällig ist es am ${at}`),
    next: [text(command, command)],
  }
}

function unknownAction(action: string): Problem {
  return {
    code: 'STW-U001',
    what: text(`There is no action "${action}"`, `Es gibt keine Aktion „${action}“`),
    why: text('known: list, run, done', 'bekannt: list, run, done'),
  }
}
