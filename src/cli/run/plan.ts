import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import { text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'
import { ok, type Result } from '../../core/result.ts'
import type { Plan } from '../../engine/plan.ts'
import { compileDeploy } from '../../procedures/deploy.ts'
import { compileRollback } from '../../procedures/rollback.ts'
import { heldBy } from '../asking-people.ts'
import { preDeploySet } from '../backing-up.ts'
import { type Context, switchFlag, textFlag } from '../context.ts'
import { bundleFor, kindsFor, look, newRelease, newRun, routerFileFor } from '../deploying.ts'
import { notesFor } from '../notes.ts'
import { showProblems, showResult } from '../outcome.ts'
import { paletteFor } from '../present/palette.ts'
import { renderPlan } from '../present/plan.ts'
import { planData } from '../rolling-back.ts'
import { type Session, withWholeWarnings } from '../session.ts'
import { typedFlag } from '../typed.ts'
import { refuse } from '../under-lock.ts'
import { planUploads } from '../uploads.ts'

export async function run(context: Context): Promise<ExitCode> {
  const procedure = context.args['procedure']
  if (procedure === 'deploy') return planDeploy(context)
  if (procedure === 'rollback') return planRollback(context)
  showProblems(context, [
    {
      code: 'STW-U001',
      what: text(
        `There is no procedure "${procedure ?? ''}" to plan`,
        `Für „${procedure ?? ''}“ gibt es keinen Plan`,
      ),
      next: [
        text('stellwerk plan deploy', 'stellwerk plan deploy'),
        text('stellwerk plan rollback', 'stellwerk plan rollback'),
      ],
    },
  ])
  return exitCode.usage
}

export function planDeploy(context: Context): Promise<ExitCode> {
  return withWholeWarnings(context, async session => {
    const bundle = await bundleFor(context, session)
    if (!bundle.ok) return refuse(context, [bundle.error])
    const facts = await look(context, session, session.hosts)
    if (!facts.ok) return refuse(context, facts.error)
    const { run, now } = newRun(context, 'deploy')
    const { config, hosts } = session
    // Who waits on the chosen hosts, the plan itself finds.
    const held = hosts.length < config.hosts.length ? await heldBy(context, session, facts.value) : []
    if (held.length > 0) return refuse(context, held)
    const uploads = await planUploads(
      context.wiring,
      session,
      hosts,
      facts.value,
      bundle.value,
      switchFlag(context, 'full'),
    )
    const withoutBackup = typedFlag(context, session.config, 'without-backup')
    const backup =
      withoutBackup === undefined ? await preDeploySet(session, facts.value, { run, now }) : ok(undefined)
    if (!backup.ok) return refuse(context, backup.error)
    const plan = compileDeploy({
      config,
      hosts,
      facts: facts.value,
      bundle: bundle.value,
      uploads,
      run,
      release: newRelease(now, bundle.value, facts.value),
      by: context.wiring.self.by,
      notes: await notesFor(context, session, bundle.value),
      now,
      routerFile: await routerFileFor(context, session),
      backup: backup.value,
      withoutBackup,
    })
    return show(context, session, plan, bundle.value.path)
  })
}

function planRollback(context: Context): Promise<ExitCode> {
  return withWholeWarnings(context, async session => {
    const facts = await look(context, session, session.hosts)
    if (!facts.ok) return refuse(context, facts.error)
    const { run, now } = newRun(context, 'rollback')
    const to = textFlag(context, 'to')
    const { config, hosts } = session
    const data = switchFlag(context, 'with-data')
      ? await planData(context, session, facts.value, { run, now, to })
      : ok(undefined)
    if (!data.ok) return refuse(context, data.error)
    const plan = compileRollback({
      config,
      hosts,
      facts: facts.value,
      run,
      now,
      by: context.wiring.self.by,
      ...(to === undefined ? {} : { to }),
      ...(data.value ? { data: data.value.phases } : {}),
    })
    return show(context, session, plan, undefined)
  })
}

async function show(
  context: Context,
  session: Session,
  plan: Result<Plan, readonly Problem[]>,
  bundle: string | undefined,
): Promise<ExitCode> {
  session.presenter.end()
  if (!plan.ok) return refuse(context, plan.error)
  const file = textFlag(context, 'save')
  if (file !== undefined) {
    const content = JSON.stringify(
      {
        schema: 'stellwerk.saved-plan/1',
        plan: plan.value,
        bundle: bundle ?? null,
        full: switchFlag(context, 'full'),
      },
      undefined,
      2,
    )
    const written = await context.wiring.writeFile(file, `${content}\n`, { overwrite: true, mode: 0o600 })
    if (!written.ok) return refuse(context, [written.error])
  }
  const kinds = await kindsFor(context, session)
  showResult(context, 'stellwerk.plan/1', { plan: plan.value }, () => {
    const body = renderPlan(plan.value, kinds, context.lang, paletteFor(context.io.color.out), {
      files: true,
    })
    const next =
      file === undefined
        ? `stellwerk ${plan.value.procedure} ${plan.value.environment}`
        : `stellwerk deploy ${plan.value.environment} --plan ${file}`
    return `${body}\n→ ${next}\n`
  })
  return exitCode.done
}
