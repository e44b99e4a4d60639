import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import { unfreezeScript } from '../../engine/freeze.ts'
import type { Context } from '../context.ts'
import { onEveryHost } from '../on-every-host.ts'
import { showResult } from '../outcome.ts'
import { withSession } from '../session.ts'

export async function run(context: Context): Promise<ExitCode> {
  return withSession(context, async session => {
    const failed = await onEveryHost(context, session, host => unfreezeScript(host.root))
    if (failed !== undefined) return failed
    const { name } = session.config.environment
    showResult(context, 'stellwerk.unfreeze/1', { environment: name }, () =>
      context.lang === 'de' ? `✔ ${name} ist wieder frei\n` : `✔ ${name} may be deployed to again\n`,
    )
    return exitCode.done
  })
}
