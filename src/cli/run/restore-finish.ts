import { type Kept, keptFragment, parseKept } from '../../backup/kept.ts'
import { refusal } from '../../backup/live-facts.ts'
import { formatBytes } from '../../core/bytes.ts'
import { formatDuration } from '../../core/duration.ts'
import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import type { Problem } from '../../core/problem.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { compileRestoreFinish, type KeptStore } from '../../procedures/restore-finish.ts'
import { databaseStores } from '../../procedures/stores.ts'
import { confirmName } from '../confirm-name.ts'
import { type Context, switchFlag } from '../context.ts'
import { kindsFor, newRun } from '../deploying.ts'
import { showResult } from '../outcome.ts'
import { table } from '../present/table.ts'
import { askDatabase } from '../restoring.ts'
import { type Session, withSession } from '../session.ts'
import { refuse, underLock } from '../under-lock.ts'

export async function run(context: Context): Promise<ExitCode> {
  return withSession(context, async session => {
    const { config } = session
    const { run, now } = newRun(context, 'restore-finish')
    const found = await keptStores(context, session, run)
    if (!found.ok) return refuse(context, found.error)
    const all = found.value.flatMap(({ kept }) => kept)
    if (all.length === 0 || switchFlag(context, 'dry-run')) return show(context, found.value, now)
    const declined = await confirmDrop(context, session, found.value, now)
    if (declined) return refuse(context, [declined])
    return underLock(context, session, {
      run,
      procedure: 'restore-finish',
      kinds: await kindsFor(context, session),
      compile: async ({ facts }) =>
        ok(
          compileRestoreFinish({
            config,
            facts,
            stores: found.value,
            run,
            now,
            by: context.wiring.self.by,
          }),
        ),
    })
  })
}

/** What is dropped was replaced on purpose, and its safety copy lies in a set: only the name is asked for. */
function confirmDrop(context: Context, session: Session, stores: readonly KeptStore[], now: Date) {
  const head = context.lang === 'de' ? 'Endgültig gelöscht werden:' : 'Dropped for good:'
  session.presenter.end()
  return confirmName(context, `${head}\n${listed(stores, now)}`, {
    target: session.config.environment.name,
    newestVerified: { id: '', createdAt: now },
    maxAge: 0,
    now,
  })
}

async function keptStores(
  context: Context,
  session: Session,
  run: string,
): Promise<Result<readonly KeptStore[], readonly Problem[]>> {
  const problems: Problem[] = []
  const stores: KeptStore[] = []
  for (const store of databaseStores(session.config)) {
    const answer = await askDatabase(context, session, store, run, () =>
      keptFragment(store.access, store.name),
    )
    if (!answer.ok) {
      problems.push(answer.error)
      continue
    }
    const refused = refusal(answer.value, { store: store.name, host: store.host.name })
    if (refused) problems.push(refused)
    else stores.push({ store, kept: parseKept(answer.value, store.name) })
  }
  return problems.length > 0 ? err(problems) : ok(stores)
}

function listed(stores: readonly KeptStore[], now: Date): string {
  const age = ({ since }: Kept) => formatDuration(Math.max(0, now.getTime() - since))
  return table(
    stores.flatMap(({ store, kept }) =>
      kept.map(each => [`  ${store.name}`, each.name, formatBytes(each.bytes), age(each)]),
    ),
  )
}

function show(context: Context, stores: readonly KeptStore[], now: Date): ExitCode {
  const kept = stores.flatMap(({ store, kept }) => kept.map(each => ({ store: store.name, ...each })))
  const none = context.lang === 'de' ? 'Nichts ist aufgehoben\n' : 'Nothing is kept\n'
  showResult(context, 'stellwerk.restore-kept/1', { kept }, () =>
    kept.length === 0 ? none : listed(stores, now),
  )
  return exitCode.done
}
