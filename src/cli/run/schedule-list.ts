import { nextDue, wallTime } from '../../backup/schedule.ts'
import type { Entry, Memory } from '../../backup/schedule-memory.ts'
import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import type { Context } from '../context.ts'
import { showResult } from '../outcome.ts'
import { table } from '../present/table.ts'
import { loadSchedule, recallSchedule, type Scheduled } from '../scheduling.ts'
import { refuse } from '../under-lock.ts'

export async function run(context: Context): Promise<ExitCode> {
  const scheduled = await loadSchedule(context)
  if (!scheduled.ok) return refuse(context, scheduled.error)
  const { config, entries } = scheduled.value
  const memory = await recallSchedule(context, scheduled.value)
  const now = context.wiring.clock.now()
  const rows = entries.map(entry => view(entry, memory, config.timezone, now))
  showResult(
    context,
    'stellwerk.schedule.list/1',
    { environment: config.environment.name, timezone: config.timezone, entries: rows },
    () => render(context, scheduled.value, rows),
  )
  return exitCode.done
}

function view({ name, schedule }: Entry, memory: Memory | undefined, zone: string, now: Date) {
  const next: Date[] = []
  for (let after = now; next.length < 3; ) {
    const due = nextDue(schedule, zone, after)
    if (!due) break
    next.push(due)
    after = due
  }
  const { due, began, ended, code } = memory?.entries[name] ?? {}
  return {
    entry: name,
    schedule: schedule.text,
    next: next.map(at => at.toISOString()),
    last: began === undefined ? null : { due, began, ended: ended ?? null, code: code ?? null },
  }
}

type Row = ReturnType<typeof view>

function render({ lang }: Context, { config }: Scheduled, rows: readonly Row[]): string {
  const de = lang === 'de'
  const zone = config.timezone
  const shown = (at: string) => wallTime(new Date(at), zone)
  const ending = ({ ended, code }: NonNullable<Row['last']>) => {
    if (ended === null) return de ? 'ohne Ende' : 'did not end'
    if (code === 0) return de ? 'gut' : 'done'
    return `${de ? 'gescheitert, Exit-Code' : 'failed, exit code'} ${code}`
  }
  const head = de
    ? ['Eintrag', 'Zeitplan', 'zuletzt hier', 'als Nächstes']
    : ['Entry', 'Schedule', 'last here', 'next']
  const lines = rows.map(({ entry, schedule, last, next }) => [
    entry,
    schedule,
    last ? `${shown(last.began ?? '')} ${ending(last)}` : '–',
    next.map(shown).join(', '),
  ])
  return `${table([head, ...lines])}${de ? 'Zeiten in' : 'Times in'} ${zone}\n`
}
