import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import { text } from '../../core/lang.ts'
import { noBackup } from '../../procedures/backup.ts'
import {
  chooseStores,
  compileRestore,
  doubtful,
  partialWarning,
  releaseWarning,
} from '../../procedures/restore.ts'
import { type Context, listFlag, switchFlag, textFlag } from '../context.ts'
import { kindsFor, newRun } from '../deploying.ts'
import { showProblems } from '../outcome.ts'
import { confirmRestore, findSet, safetyFor } from '../restoring.ts'
import { restoreFiles } from '../restoring-files.ts'
import { lookAtLive } from '../restoring-live.ts'
import { type Session, withSession } from '../session.ts'
import { refuse, underLock } from '../under-lock.ts'

export async function run(context: Context): Promise<ExitCode> {
  return withSession(context, async session => {
    const { config } = session
    if (!config.backup) return refuse(context, [noBackup(config)])
    const app = switchFlag(context, 'app')
    // A flag that means nothing here must not be passed over: who asks for a dry run gets none but a dry one.
    const [stray] = (app ? ['to', 'without-safety-copy'] : ['file', 'dry-run']).filter(
      name => context.flags[name] !== undefined,
    )
    if (stray !== undefined) return strayFlag(context, stray, app)
    return app ? restoreFiles(context, session) : restoreDatabases(context, session)
  })
}

async function restoreDatabases(context: Context, session: Session): Promise<ExitCode> {
  const { config } = session
  session.connect()
  const found = await findSet(
    session,
    context.args['set'] ?? 'latest',
    textFlag(context, 'from'),
    context.wiring.clock.now(),
  )
  if (!found.ok) return refuse(context, found.error)
  const { set, from } = found.value
  const to = textFlag(context, 'to')
  const acceptUnverified = textFlag(context, 'accept-unverified')
  const withoutSafetyCopy = textFlag(context, 'without-safety-copy')
  if (to !== undefined && withoutSafetyCopy !== undefined) return strayTo(context)
  const stores = listFlag(context, 'store')
  // Known without asking a host: nobody waits for a lock to hear it.
  const chosen = chooseStores({ config, set, stores, to })
  if (!chosen.ok) return refuse(context, chosen.error)
  const doubt = doubtful(set, acceptUnverified)
  if (doubt) return refuse(context, [doubt])
  const { run, now } = newRun(context, 'restore')
  const replacing = to === undefined ? { run, withoutSafetyCopy } : undefined
  const seen = replacing && (await lookAtLive(context, session, chosen.value, replacing))
  if (seen && !seen.ok) return refuse(context, seen.error)
  const live = seen?.value
  // Before the lock: nobody waits for a person who reads.
  const restoring = { set, from, stores: chosen.value, now, withoutSafetyCopy }
  const declined = live && (await confirmRestore(context, session, { ...restoring, live: live.states }, run))
  if (declined) return refuse(context, [declined])
  return underLock(context, session, {
    run,
    procedure: 'restore',
    kinds: await kindsFor(context, session),
    compile: async ({ facts }) => {
      const current = [...facts.values()].flatMap(({ release }) => release.current ?? [])[0]
      const warning = releaseWarning(set, current)
      if (current === undefined && to === undefined)
        session.presenter.event({ code: 'STW-E009', type: 'note', text: noRelease })
      const partial = partialWarning(set)
      if (partial) session.presenter.event({ code: 'STW-E010', type: 'warning', text: partial })
      if (warning) session.presenter.event({ code: 'STW-E010', type: 'warning', text: warning })
      const safety = { ...safetyFor(context, session, facts, found.value), raw: live?.raw ?? [] }
      const by = context.wiring.self.by
      return compileRestore({
        ...{ config, facts, set, from, stores, to, acceptUnverified, safety, run, by, now },
        ...{ unsaved: live?.unsaved, withoutSafetyCopy },
      })
    },
  })
}

const noRelease = text(
  'No release serves here, so no service is started anew',
  'Hier dient kein Release, also startet kein Dienst neu',
)

function strayTo(context: Context): ExitCode {
  showProblems(context, [
    {
      code: 'STW-U001',
      what: text(
        '--without-safety-copy means nothing with --to: nothing live is replaced',
        '--without-safety-copy bedeutet mit --to nichts: Nichts im Betrieb wird ersetzt',
      ),
      next: [text('stellwerk restore --help', 'stellwerk restore --help')],
    },
  ])
  return exitCode.usage
}

function strayFlag(context: Context, name: string, app: boolean): ExitCode {
  showProblems(context, [
    {
      code: 'STW-U001',
      what: app
        ? text(
            `--${name} is for databases, --app for files`,
            `--${name} ist für Datenbanken, --app für Dateien`,
          )
        : text(`--${name} needs --app`, `--${name} braucht --app`),
      next: [text('stellwerk restore --help', 'stellwerk restore --help')],
    },
  ])
  return exitCode.usage
}
