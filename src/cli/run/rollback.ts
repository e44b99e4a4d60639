import type { ExitCode } from '../../core/exit-code.ts'
import { text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'
import type { Result } from '../../core/result.ts'
import type { Plan } from '../../engine/plan.ts'
import { compileRollback } from '../../procedures/rollback.ts'
import { migrated } from '../../procedures/rollback-data.ts'
import { confirm } from '../confirm.ts'
import { type Context, switchFlag, textFlag } from '../context.ts'
import { kindsFor, newRun } from '../deploying.ts'
import { renderPlanHead } from '../present/plan.ts'
import { confirmData, planData, type RolledBackData } from '../rolling-back.ts'
import { type Session, withSession } from '../session.ts'
import { underLock } from '../under-lock.ts'

export async function run(context: Context): Promise<ExitCode> {
  return withSession(context, session => rollBack(context, session))
}

/** agreed: a person has said yes to it already. */
export async function rollBack(
  context: Context,
  session: Session,
  { agreed = false } = {},
): Promise<ExitCode> {
  const { config, hosts } = session
  const { run, now } = newRun(context, 'rollback')
  const to = textFlag(context, 'to')
  const withData = switchFlag(context, 'with-data')
  let data: RolledBackData | undefined
  return underLock(context, session, {
    run,
    procedure: 'rollback',
    whileWaiting: true,
    kinds: await kindsFor(context, session),
    compile: async ({ facts }): Promise<Result<Plan, readonly Problem[]>> => {
      if (withData) {
        const found = await planData(context, session, facts, { run, now, to })
        if (!found.ok) return found
        data = found.value
      } else if (migrated(facts)) tellSchema(session)
      return compileRollback({
        config,
        hosts,
        facts,
        run,
        now,
        by: context.wiring.self.by,
        ...(to === undefined ? {} : { to }),
        ...(data ? { data: data.phases } : {}),
      })
    },
    confirm: async plan => {
      if (data) return confirmData(context, session, plan, data, run)
      return agreed ? undefined : askWhether(context, session, plan, to)
    },
  })
}

function askWhether(context: Context, session: Session, plan: Plan, to: string | undefined) {
  const { name } = session.config.environment
  session.presenter.end()
  const question = context.lang === 'de' ? `${name} zurückrollen?` : `Roll ${name} back?`
  return confirm(
    context,
    renderPlanHead(plan, context.lang),
    question,
    `stellwerk rollback ${name}${to === undefined ? '' : ` --to ${to}`}`,
  )
}

function tellSchema({ presenter }: Session): void {
  presenter.event({
    code: 'STW-E009',
    type: 'note',
    text: text(
      'The release that serves migrated the database: its schema stays; --with-data takes it back too',
      'Das dienende Release hat die Datenbank migriert: das Schema bleibt; --with-data nimmt es mit zurück',
    ),
  })
}
