// rollback --with-data: the set behind the target, what going back to it costs, and the typed name.
import type { Problem } from '../core/problem.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Plan } from '../engine/plan.ts'
import { noBackup } from '../procedures/backup.ts'
import type { HostFacts } from '../procedures/facts.ts'
import { chooseStores, doubtful } from '../procedures/restore.ts'
import { type RestoredStore, restorePhases } from '../procedures/restore-steps.ts'
import { type RollbackInput, rollbackTarget } from '../procedures/rollback.ts'
import { dataBehind, leftOut, noSet } from '../procedures/rollback-data.ts'
import { type Context, switchFlag } from './context.ts'
import { damagedAmong } from './damaged.ts'
import { renderPlanHead } from './present/plan.ts'
import { confirmRestore, type FoundSet, findSet, safetyFor } from './restoring.ts'
import { liveStates } from './restoring-live.ts'
import type { Session } from './session.ts'

export interface RolledBackData extends FoundSet {
  readonly stores: readonly RestoredStore[]
  readonly phases: NonNullable<RollbackInput['data']>
  readonly now: Date
}

export async function planData(
  context: Context,
  session: Session,
  facts: ReadonlyMap<string, HostFacts>,
  { run, now, to }: { readonly run: string; readonly now: Date; readonly to: string | undefined },
): Promise<Result<RolledBackData, readonly Problem[]>> {
  const { config, hosts } = session
  const { backup } = config
  if (!backup) return err([noBackup(config)])
  const target = rollbackTarget({ config, hosts, facts, ...(to === undefined ? {} : { to }) })
  if (!target.ok) return err([target.error])
  const behind = dataBehind({ config, hosts, facts, target: target.value })
  if (!behind.ok) return err([behind.error])
  const found = await findSet(session, behind.value, undefined, context.wiring.clock.now())
  if (!found.ok) return found
  const { set, from } = found.value
  const migrated = migratedStores(session, found.value)
  if (migrated.length === 0) return err([noSet(config, target.value)])
  const chosen = chooseStores({ config, set, stores: migrated, to: undefined })
  if (!chosen.ok) return chosen
  const doubt = doubtful(set, undefined)
  if (doubt) return err([doubt])
  // No dump can be made of a damaged file: its copy is made of the files as they are.
  const raw = await damagedAmong(context, session, run)
  const safety = { ...safetyFor(context, session, facts, found.value), raw }
  const stores = chosen.value
  const { by } = context.wiring.self
  const phases = restorePhases({ config, backup, run, by, set, from, stores, safety })
  const missing = leftOut(hosts, phases.hosts)
  if (missing.length > 0) return err(missing)
  const names = stores.map(({ name }) => name)
  return ok({
    ...found.value,
    stores,
    now,
    phases: { ...phases, set: set.id, safety: safety.set, stores: names },
  })
}

/** Only what is migrated goes back: other databases of the set have nothing to do with the release. */
function migratedStores({ config }: Session, { set }: FoundSet): readonly string[] {
  return set.manifest.parts
    .filter(({ store, kind }) => kind !== 'files' && config.databases[store]?.migrate !== undefined)
    .map(({ store }) => store)
}

export async function confirmData(
  context: Context,
  session: Session,
  plan: Plan,
  data: RolledBackData,
  run: string,
): Promise<Problem | undefined> {
  session.presenter.end()
  if (!switchFlag(context, 'json')) context.io.err(renderPlanHead(plan, context.lang))
  const live = await liveStates(context, session, data.stores, run)
  return confirmRestore(context, session, { ...data, live }, run)
}
