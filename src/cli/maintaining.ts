// maintenance on and off: the same run, in two directions.
import { parseDuration } from '../core/duration.ts'
import type { ExitCode } from '../core/exit-code.ts'
import { text } from '../core/lang.ts'
import { compileMaintenance } from '../procedures/maintenance.ts'
import { type Context, textFlag } from './context.ts'
import { kindsFor, newRun } from './deploying.ts'
import { withSession } from './session.ts'
import { typedFlag } from './typed.ts'
import { refuse, underLock } from './under-lock.ts'

/** Behind it lies no maintenance, and further still no date. */
const longest = 90 * 86_400_000

export async function turn(context: Context, direction: 'on' | 'off'): Promise<ExitCode> {
  const wanted = textFlag(context, 'for')
  const span = wanted === undefined ? undefined : parseDuration(wanted)
  if (wanted !== undefined && (span === undefined || span === 0 || span > longest)) {
    return refuse(context, [
      {
        code: 'STW-U001',
        what: text(
          `--for takes a duration of at most 90 days, not "${wanted}"`,
          `--for erwartet eine Dauer von höchstens 90 Tagen, nicht „${wanted}“`,
        ),
        next: [text('--for 30m', '--for 30m')],
      },
    ])
  }
  return withSession(context, async session => {
    const { config, hosts } = session
    const { run } = newRun(context, 'maintenance')
    return underLock(context, session, {
      run,
      procedure: 'maintenance',
      whileWaiting: true,
      kinds: await kindsFor(context, session),
      compile: async ({ facts }) => {
        // The moment when the lock is ours, not the one before --wait.
        const now = context.wiring.clock.now()
        return compileMaintenance({
          config,
          hosts,
          facts,
          turn: direction,
          reason: typedFlag(context, config, 'reason'),
          until: span === undefined ? undefined : new Date(now.getTime() + span),
          run,
          now,
          by: context.wiring.self.by,
        })
      },
    })
  })
}
