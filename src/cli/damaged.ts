// What is known of the SQLite files of an app, and the evidence that is kept when one of them is damaged.
import { refusal } from '../backup/live-facts.ts'
import { setTime } from '../backup/set.ts'
import { type Text, text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { err, ok, type Result } from '../core/result.ts'
import { parseSqliteLook, type SqliteLook, sqliteLookFragment } from '../databases/sqlite/look.ts'
import type { RunResult } from '../engine/run.ts'
import { type BackupInput, compileBackup } from '../procedures/backup.ts'
import { type DatabaseStore, databaseStores } from '../procedures/stores.ts'
import { newSet, runBeside } from './backing-up.ts'
import type { Context } from './context.ts'
import { kindsFor, newRun } from './deploying.ts'
import { chosen, seeDestinations } from './destinations.ts'
import { askDatabase } from './restoring.ts'
import type { Session } from './session.ts'

/** Names of the databases that have files to save as they are. */
export function fileDatabases({ config }: Session): readonly string[] {
  return databaseStores(config).flatMap(({ name, access }) => (access.kind === 'sqlite' ? [name] : []))
}

export async function lookAtFile(
  context: Context,
  session: Session,
  { name, host, access }: DatabaseStore,
  { run, quick }: { readonly run: string; readonly quick: boolean },
): Promise<Result<SqliteLook>> {
  if (access.kind !== 'sqlite') throw new Error(`not a SQLite file: ${name}`)
  const answer = await askDatabase(context, session, { host, access }, run, () =>
    sqliteLookFragment(access, quick),
  )
  if (!answer.ok) return answer
  const refused = refusal(answer.value, { store: name, host: host.name })
  return refused ? err(refused) : ok(parseSqliteLook(answer.value))
}

/** Files that no dump can be made of: a safety copy holds them as they are. What cannot be looked at is no reason to wait. */
export async function damagedAmong(
  context: Context,
  session: Session,
  run: string,
): Promise<readonly string[]> {
  return (await damagedFiles(context, session, run)).map(({ store }) => store.name)
}

interface Damaged {
  readonly store: DatabaseStore
  readonly look: SqliteLook
}

/** After a backup that failed: what of it comes from a damaged file, and where its files are kept. One set of evidence a day is enough. */
export async function keepEvidence(
  context: Context,
  session: Session,
  result: RunResult,
  input: Omit<BackupInput, 'set' | 'class' | 'raw' | 'run' | 'now'>,
): Promise<readonly Problem[]> {
  const codes = [result.problem, ...result.more].map(problem => problem?.code)
  if (!codes.some(code => code === 'STW-B103' || code === 'STW-B104')) return []
  const { run, now } = newRun(context, 'backup')
  const damaged = await damagedFiles(context, session, run)
  const known = await shadowsOfToday(session, now)
  const wanting = damaged.map(({ store }) => store.name).filter(name => !known.has(name))
  if (wanting.length === 0) return damaged.map(one => damagedProblem(session, one, known.get(one.store.name)))
  const set = newSet(context, session.config)
  const plan = compileBackup({ ...input, set, class: 'shadow', raw: wanting, run, now })
  if (!plan.ok) return plan.error
  const kept = await runBeside(context, session, plan.value, await kindsFor(context, session))
  const failed = kept.ok ? kept.value.problem : kept.error
  const where = ({ store }: Damaged) => known.get(store.name) ?? (failed ? undefined : set)
  return [...damaged.map(one => damagedProblem(session, one, where(one))), ...(failed ? [failed] : [])]
}

async function damagedFiles(context: Context, session: Session, run: string): Promise<readonly Damaged[]> {
  const damaged: Damaged[] = []
  for (const store of databaseStores(session.config).filter(({ access }) => access.kind === 'sqlite')) {
    const look = await lookAtFile(context, session, store, { run, quick: false })
    if (look.ok && look.value.integrity === 'damaged') damaged.push({ store, look: look.value })
  }
  return damaged
}

const day = 86_400_000

/** By database: the newest shadow set that is younger than a day, at whichever destination answers. */
async function shadowsOfToday(session: Session, now: Date): Promise<ReadonlyMap<string, string>> {
  const wanted = chosen(session.config, undefined)
  const seen = wanted.ok ? await seeDestinations(session, wanted.value) : []
  const sets = seen
    .flatMap(({ catalogue }) => catalogue?.sets ?? [])
    .filter(({ id, class: setClass }) => setClass === 'shadow' && now.getTime() - setTime(id) < day)
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
  return new Map(sets.flatMap(({ id, manifest }) => manifest.parts.map(({ store }) => [store, id] as const)))
}

function damagedProblem(session: Session, { store, look }: Damaged, set: string | undefined): Problem {
  const { name, host } = store
  const env = session.config.environment.name
  const said = look.said.join('; ')
  const evidence: Text =
    set === undefined
      ? text('its files could not be kept', 'seine Dateien ließen sich nicht aufheben')
      : text(
          `its files are kept as set ${set} (shadow)`,
          `seine Dateien sind als Satz ${set} (shadow) aufgehoben`,
        )
  const commands = [
    `stellwerk database check ${env} ${name}`,
    `stellwerk restore ${env} latest --store ${name}`,
  ]
  return {
    code: 'STW-B630',
    what: text(
      `The file of ${name} on ${host.name} is damaged`,
      `Die Datei von ${name} auf ${host.name} ist beschädigt`,
    ),
    where: { host: host.name },
    why: text(`integrity_check: ${said}; ${evidence.en}`, `integrity_check: ${said}; ${evidence.de}`),
    next: commands.map(command => text(command, command)),
  }
}
