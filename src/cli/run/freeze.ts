import { parseDuration } from '../../core/duration.ts'
import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import { isoSeconds } from '../../core/iso-time.ts'
import { text } from '../../core/lang.ts'
import { freezeScript } from '../../engine/freeze.ts'
import { type Context, textFlag } from '../context.ts'
import { onEveryHost } from '../on-every-host.ts'
import { showProblems, showResult } from '../outcome.ts'
import { withSession } from '../session.ts'
import { typedFlag } from '../typed.ts'

export async function run(context: Context): Promise<ExitCode> {
  const until = untilOf(context)
  if (textFlag(context, 'reason') === undefined || until === undefined) {
    showProblems(context, [
      {
        code: 'STW-U001',
        what: text(
          'A freeze needs a reason and a time',
          'Ein Einfrieren braucht einen Grund und einen Zeitpunkt',
        ),
        next: [
          text(
            'stellwerk freeze --reason "<why>" --until 2h',
            'stellwerk freeze --reason "<warum>" --until 2h',
          ),
        ],
      },
    ])
    return exitCode.usage
  }
  return withSession(context, async session => {
    const { by } = context.wiring.self
    const reason = typedFlag(context, session.config, 'reason') ?? ''
    const failed = await onEveryHost(context, session, host => freezeScript(host.root, { until, by, reason }))
    if (failed !== undefined) return failed
    showResult(
      context,
      'stellwerk.freeze/1',
      { environment: session.config.environment.name, until: isoSeconds(until), reason, by },
      () =>
        context.lang === 'de'
          ? `✔ ${session.config.environment.name} ist eingefroren bis ${isoSeconds(until)}: ${reason}\n`
          : `✔ ${session.config.environment.name} is frozen until ${isoSeconds(until)}: ${reason}\n`,
    )
    return exitCode.done
  })
}

function untilOf(context: Context): Date | undefined {
  const value = textFlag(context, 'until')
  if (value === undefined) return undefined
  const span = parseDuration(value)
  const date = span === undefined ? new Date(value) : new Date(context.wiring.clock.now().getTime() + span)
  return Number.isNaN(date.getTime()) || date <= context.wiring.clock.now() ? undefined : date
}
