import type { ExitCode } from '../../core/exit-code.ts'
import { compileRollback } from '../../procedures/rollback.ts'
import { confirm } from '../confirm.ts'
import { type Context, textFlag } from '../context.ts'
import { kindsFor, newRun } from '../deploying.ts'
import { renderPlanHead } from '../present/plan.ts'
import { withSession } from '../session.ts'
import { underLock } from '../under-lock.ts'

export async function run(context: Context): Promise<ExitCode> {
  return withSession(context, async session => {
    const { config, hosts } = session
    const { name } = config.environment
    const { run, now } = newRun(context, 'rollback')
    const to = textFlag(context, 'to')
    return underLock(context, session, {
      run,
      procedure: 'rollback',
      kinds: await kindsFor(context, session),
      compile: async ({ facts }) =>
        compileRollback({
          config,
          hosts,
          facts,
          run,
          now,
          by: context.wiring.self.by,
          ...(to === undefined ? {} : { to }),
        }),
      confirm: async plan => {
        session.presenter.end()
        const question = context.lang === 'de' ? `${name} zurückrollen?` : `Roll ${name} back?`
        return confirm(
          context,
          renderPlanHead(plan, context.lang),
          question,
          `stellwerk rollback ${name}${to === undefined ? '' : ` --to ${to}`}`,
        )
      },
    })
  })
}
