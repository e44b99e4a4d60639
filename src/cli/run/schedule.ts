import { wallTime } from '../../backup/schedule.ts'
import { began, type Due, dueNext, dueNow, ended } from '../../backup/schedule-memory.ts'
import { formatDuration } from '../../core/duration.ts'
import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import { type Text, text } from '../../core/lang.ts'
import { ProblemError } from '../../core/problem.ts'
import { ok, type Result } from '../../core/result.ts'
import { type Context, switchFlag } from '../context.ts'
import { exitFor, showProblems } from '../outcome.ts'
import { loadSchedule, rememberEntries, rememberSchedule, type Scheduled } from '../scheduling.ts'
import { withSession } from '../session.ts'
import { refuse } from '../under-lock.ts'
import { run as aftercare } from './aftercare.ts'
import { backUp } from './backup.ts'
import { drill } from './drill.ts'

/** A clock that was set, or a machine that slept, is noticed within this time. */
const longestSleep = 5 * 60_000

export async function run(context: Context): Promise<ExitCode> {
  const scheduled = await loadSchedule(context)
  if (!scheduled.ok) return refuse(context, scheduled.error)
  if (!switchFlag(context, 'once')) return runForEver(context, scheduled.value)
  const code = await runDue(context, scheduled.value)
  return code.ok ? code.value : refuse(context, [code.error])
}

async function runForEver(context: Context, scheduled: Scheduled): Promise<ExitCode> {
  const { interrupt, wiring } = context
  let told = ''
  while (!interrupt.aborted) {
    const ran = await runDue(context, scheduled)
    // Without a memory nobody would know what ran: the same entry would run again and again.
    if (!ran.ok) return refuse(context, [ran.error])
    if (interrupt.aborted) break
    const now = wiring.clock.now()
    const next = dueNext(scheduled.entries, scheduled.config.timezone, now)
    const line = next ? `${next.name} ${next.due.toISOString()}` : ''
    if (next && line !== told) tellNext(context, scheduled, next)
    told = line
    const left = next ? next.due.getTime() - now.getTime() : longestSleep
    await wiring.clock.sleep(Math.min(longestSleep, left), interrupt)
  }
  say(context, scheduled, { event: 'stopped' }, text('stopped', 'angehalten'))
  return exitCode.done
}

/** Everything that is due, one after the other; one that fails does not keep the others from running. The code of the first that
 *  failed, or done. */
async function runDue(context: Context, scheduled: Scheduled): Promise<Result<ExitCode>> {
  const { interrupt, wiring } = context
  const { entries, config } = scheduled
  let code: ExitCode = exitCode.done
  while (!interrupt.aborted) {
    const memory = await rememberEntries(context, scheduled)
    if (!memory.ok) return memory
    const [due] = dueNow(entries, memory.value, config.timezone, wiring.clock.now())
    if (!due) break
    // Written before it runs: what dies half-way is missed, not repeated for ever; "backup check" tells of it.
    const running = began(memory.value, due, wiring.clock.now())
    const kept = await rememberSchedule(context, scheduled, running)
    if (!kept.ok) return kept
    const one = await runEntry(context, scheduled, due)
    if (code === exitCode.done) code = one
    const after = await rememberSchedule(context, scheduled, ended(running, due, wiring.clock.now(), one))
    if (!after.ok) return after
  }
  return ok(code)
}

async function runEntry(context: Context, scheduled: Scheduled, { name, due }: Due): Promise<ExitCode> {
  const { config } = scheduled
  const at = wallTime(due, config.timezone)
  say(
    context,
    scheduled,
    { event: 'begin', entry: name, due: due.toISOString() },
    text(`${name} begins, due ${at}`, `${name} beginnt, fällig ${at}`),
  )
  const inner: Context = {
    ...context,
    args: { environment: config.environment.name },
    flags: { ...context.flags, wait: '1h' },
  }
  const begun = context.wiring.clock.elapsed()
  const code = await attempt(inner, name)
  const took = formatDuration(context.wiring.clock.elapsed() - begun)
  say(
    context,
    scheduled,
    { event: 'end', entry: name, due: due.toISOString(), code },
    code === exitCode.done
      ? text(`${name} is done after ${took}`, `${name} ist fertig nach ${took}`)
      : text(
          `${name} failed after ${took}, exit code ${code}`,
          `${name} ist nach ${took} gescheitert, Exit-Code ${code}`,
        ),
  )
  return code
}

/** In a session of its own: what is configured now counts, and no connection is held for a day. */
async function attempt(context: Context, name: string): Promise<ExitCode> {
  try {
    if (name === 'aftercare') return await aftercare({ ...context, args: { ...context.args, action: 'run' } })
    return await withSession(context, session =>
      name === 'drill' ? drill(context, session) : backUp(context, session, name),
    )
  } catch (error) {
    if (!ProblemError.is(error)) throw error
    showProblems(context, [error.problem])
    return exitFor(error.problem)
  }
}

function tellNext(context: Context, scheduled: Scheduled, { name, due }: Due): void {
  const at = wallTime(due, scheduled.config.timezone)
  const line = text(`next: ${name} at ${at}`, `als Nächstes: ${name} um ${at}`)
  say(context, scheduled, { event: 'next', entry: name, due: due.toISOString() }, line)
}

/** One line an event, with the clock that the schedule goes by. */
function say(
  { io, flags, lang, wiring }: Context,
  { config }: Scheduled,
  document: Readonly<Record<string, unknown>>,
  line: Text,
): void {
  const now = wiring.clock.now()
  const { timezone } = config
  io.out(
    flags['json'] === true
      ? `${JSON.stringify({ schema: 'stellwerk.schedule/1', at: now.toISOString(), ...document })}\n`
      : `${wallTime(now, timezone)} ${timezone}  ${line[lang]}\n`,
  )
}
