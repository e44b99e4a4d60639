import { isDeepStrictEqual } from 'node:util'
import type { ExitCode } from '../../core/exit-code.ts'
import { text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'
import { err, ok, type Result } from '../../core/result.ts'
import type { Plan } from '../../engine/plan.ts'
import { compileDeploy, type Upload } from '../../procedures/deploy.ts'
import { factsDigest } from '../../procedures/facts.ts'
import { destructive } from '../../procedures/maintenance-phases.ts'
import type { Bundle } from '../../release/bundle/bundle.ts'
import { preDeploySet, savedPreDeploySet } from '../backing-up.ts'
import { branchProblem } from '../branch.ts'
import { confirm, confirmTyped } from '../confirm.ts'
import { type Context, switchFlag, textFlag } from '../context.ts'
import { bundleFor, kindsFor, type Locked, newRelease, newRun, routerFileFor } from '../deploying.ts'
import { notesFor } from '../notes.ts'
import { renderPlanHead } from '../present/plan.ts'
import { readSavedPlan, type SavedPlan } from '../saved-plan.ts'
import { type Session, withSession } from '../session.ts'
import { typedFlag } from '../typed.ts'
import { refuse, underLock } from '../under-lock.ts'
import { planUploads, uploadSource } from '../uploads.ts'

export async function run(context: Context): Promise<ExitCode> {
  if (switchFlag(context, 'dry-run')) return (await import('./plan.ts')).planDeploy(context)
  return withSession(context, async session => {
    const saved = await readSavedPlan(context)
    if (saved && !saved.ok) return refuse(context, [saved.error])
    // A bundle that lies there is opened in a moment; a build may take minutes and may fail.
    if (saved || textFlag(context, 'bundle') !== undefined) session.connect()
    const bundle = saved?.ok
      ? await context.wiring.openBundle(saved.value.bundle, session.config.release.trust)
      : await bundleFor(context, session)
    if (!bundle.ok) return refuse(context, [bundle.error])
    const refused = await branchProblem(context, session, bundle.value)
    if (refused) return refuse(context, [refused])
    return saved?.ok
      ? deployBundle(context, withHostsOf(session, saved.value), bundle.value, saved.value)
      : deployBundle(context, session, bundle.value, undefined)
  })
}

async function deployBundle(
  context: Context,
  session: Session,
  bundle: Bundle,
  saved: SavedPlan | undefined,
): Promise<ExitCode> {
  const { config, hosts } = session
  const run = saved?.plan.run ?? newRun(context, 'deploy').run
  const { by, notes } = saved
    ? saved.plan.summary
    : { by: context.wiring.self.by, notes: await notesFor(context, session, bundle) }
  const full = saved ? saved.full : switchFlag(context, 'full')
  const uploads = new Map<string, Upload>()
  const source = uploadSource(context.wiring, bundle, uploads)
  const compile = async ({ facts }: Locked): Promise<Result<Plan, readonly Problem[]>> => {
    for (const [host, upload] of await planUploads(context.wiring, session, hosts, facts, bundle, full))
      uploads.set(host, upload)
    if (saved && factsDigest(facts) !== saved.plan.factsDigest) return err([outdated(saved)])
    const withoutBackup = saved
      ? saved.plan.summary.backupWaived?.reason
      : typedFlag(context, session.config, 'without-backup')
    // The moment when the lock is ours, not the one before --wait: names of releases and sets sort by time.
    const now = saved ? new Date(saved.plan.createdAt) : context.wiring.clock.now()
    const backup = saved
      ? ok(savedPreDeploySet(config, saved.plan, facts))
      : withoutBackup === undefined
        ? await preDeploySet(session, facts, { run, now })
        : ok(undefined)
    if (!backup.ok) return backup
    const plan = compileDeploy({
      config,
      hosts,
      facts,
      bundle,
      uploads,
      run,
      release: saved ? saved.plan.summary.release : newRelease(now, bundle, facts),
      by,
      notes,
      now,
      routerFile: await routerFileFor(context, session),
      backup: backup.value,
      withoutBackup,
    })
    if (saved && plan.ok && !isDeepStrictEqual(plain(plan.value), saved.plan)) return err([different(saved)])
    return plan
  }
  try {
    return await underLock(context, session, {
      run,
      procedure: 'deploy',
      kinds: await kindsFor(context, session, source),
      compile,
      confirm: plan => ask(context, session, plan),
      onDone: () => context.wiring.rememberManifest(bundle.digest, bundle.head.manifest),
    })
  } finally {
    await source.close()
  }
}

// The hosts that the plan was made for, whatever --hosts says today; a host that is gone makes another plan.
function withHostsOf(session: Session, { plan }: SavedPlan): Session {
  const names = plan.hosts.map(host => host.name)
  // Its waivers are what somebody agreed to; one that has ended since has no effect when the check runs.
  const waivers = Object.fromEntries(
    (plan.summary.waivers ?? []).map(({ check, ...waiver }) => [check, waiver] as const),
  )
  return {
    ...session,
    config: { ...session.config, waivers },
    hosts: session.config.hosts.filter(host => names.includes(host.name)),
  }
}

// What JSON keeps of a plan.
function plain(plan: Plan): unknown {
  return JSON.parse(JSON.stringify(plan))
}

function different({ plan }: SavedPlan): Problem {
  const command = `stellwerk plan deploy ${plan.environment} --save`
  return {
    code: 'STW-D304',
    what: text(
      'The saved plan is not the plan that would be made now',
      'Der gespeicherte Plan ist nicht der, der jetzt entstünde',
    ),
    why: text(
      'stellwerk.yaml, the bundle or this version of Stellwerk changed since, or the file was edited',
      'stellwerk.yaml, das Bundle oder die Version von Stellwerk hat sich geändert, oder die Datei wurde bearbeitet',
    ),
    next: [text(`${command} <file>`, `${command} <datei>`)],
  }
}

function outdated({ plan }: SavedPlan): Problem {
  return {
    code: 'STW-D301',
    what: text(
      'The hosts changed since the plan was saved',
      'Die Hosts haben sich verändert, seit der Plan gespeichert wurde',
    ),
    why: text(
      'the plan was made for another state: another release is live, or services run elsewhere',
      'der Plan gilt für einen anderen Zustand: ein anderes Release ist aktiv, oder Dienste laufen anders',
    ),
    next: [
      text(
        `stellwerk plan deploy ${plan.environment} --save <file>`,
        `stellwerk plan deploy ${plan.environment} --save <datei>`,
      ),
    ],
  }
}

async function ask(context: Context, session: Session, plan: Plan): Promise<Problem | undefined> {
  const lost = destructive(session.config)
  if (lost.length > 0 && !switchFlag(context, 'yes')) {
    session.presenter.end()
    const names = lost.join(', ')
    const warning =
      context.lang === 'de'
        ? `  ! Die Migration von ${names} ist als destructive erklärt: Daten gehen verloren\n`
        : `  ! The migration of ${names} is declared destructive: data is lost\n`
    const command = `stellwerk deploy ${plan.environment}`
    return confirmTyped(context, `${renderPlanHead(plan, context.lang)}${warning}`, lost[0] ?? '', command)
  }
  if (!session.config.environment.confirm || switchFlag(context, 'yes')) return undefined
  session.presenter.end()
  const question =
    context.lang === 'de' ? `Auf ${plan.environment} ausrollen?` : `Deploy to ${plan.environment}?`
  return confirm(
    context,
    renderPlanHead(plan, context.lang),
    question,
    `stellwerk deploy ${plan.environment}`,
  )
}
