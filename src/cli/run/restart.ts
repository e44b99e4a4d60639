import type { ExitCode } from '../../core/exit-code.ts'
import { compileRestart } from '../../procedures/restart.ts'
import { type Context, textFlag } from '../context.ts'
import { kindsFor, newRun } from '../deploying.ts'
import { withSession } from '../session.ts'
import { underLock } from '../under-lock.ts'

export async function run(context: Context): Promise<ExitCode> {
  return withSession(context, async session => {
    const { config, hosts } = session
    const { run, now } = newRun(context, 'restart')
    return underLock(context, session, {
      run,
      procedure: 'restart',
      kinds: await kindsFor(context, session),
      compile: async ({ facts }) =>
        compileRestart({
          config,
          hosts,
          facts,
          run,
          now,
          by: context.wiring.self.by,
          service: context.args['service'] ?? textFlag(context, 'service'),
        }),
    })
  })
}
