import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import type { Context } from '../context.ts'
import { install, placeFor } from '../installing.ts'
import { showResult } from '../outcome.ts'
import { loadSchedule } from '../scheduling.ts'
import { refuse } from '../under-lock.ts'

export async function run(context: Context): Promise<ExitCode> {
  const scheduled = await loadSchedule(context, false)
  if (!scheduled.ok) return refuse(context, scheduled.error)
  const place = await placeFor(context)
  if (!place.ok) return refuse(context, [place.error])
  const done = await install(context, scheduled.value, place.value, true)
  if (!done.ok) return refuse(context, [done.error])
  const { kind } = place.value
  showResult(
    context,
    'stellwerk.schedule.remove/1',
    { environment: scheduled.value.config.environment.name, ...place.value },
    () =>
      context.lang === 'de'
        ? `✔ ${kind} führt nichts mehr davon aus\n`
        : `✔ ${kind} runs none of it any more\n`,
  )
  return exitCode.done
}
