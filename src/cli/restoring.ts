// What restore and rollback --with-data share: which set, what is live now, and what a person reads before the name is asked for.
import { readCatalogue } from '../backup/catalogue.ts'
import { type LiveState, readOnlyScript, secretsFor } from '../backup/live-facts.ts'
import { isFuture, type StoredSet, setTime } from '../backup/set.ts'
import { since, sinceText } from '../backup/since.ts'
import { backupDirectory } from '../backup/spool.ts'
import { formatBytes } from '../core/bytes.ts'
import { formatDuration } from '../core/duration.ts'
import { type Text, text } from '../core/lang.ts'
import { type Problem, ProblemError } from '../core/problem.ts'
import { err, ok, type Result } from '../core/result.ts'
import { expectedBytes } from '../procedures/backup-steps.ts'
import type { HostFacts } from '../procedures/facts.ts'
import type { RestoredStore, RestoreProps } from '../procedures/restore-steps.ts'
import type { DatabaseStore } from '../procedures/stores.ts'
import { unknownName } from '../procedures/unknown-name.ts'
import { connectionTo, unanswered } from './ask.ts'
import { namingOf, newSet, pinnedSets } from './backing-up.ts'
import { confirmName } from './confirm-name.ts'
import type { Context } from './context.ts'
import { withoutCopy } from './present/plan.ts'
import type { Session } from './session.ts'

export interface FoundSet {
  readonly set: StoredSet
  /** The destination that has it. */
  readonly from: string
}

/** A named set, or the newest verified one that is no safety copy (it holds what a restore replaced), from the destination that is named, else the first that has it: a destination that is
 *  off is told and the next is asked. Those off-site come last, for their time. */
export async function findSet(
  session: Session,
  wanted: string,
  from: string | undefined,
  now: Date,
): Promise<Result<FoundSet, readonly Problem[]>> {
  const { config, presenter } = session
  const all = config.backup?.destinations ?? {}
  if (from !== undefined && all[from] === undefined)
    return err([unknownName('destination', from, Object.keys(all))])
  const names = from === undefined ? inOrder(all) : [from]
  const problems: Problem[] = []
  for (const name of names) {
    try {
      const { sets } = await readCatalogue(await session.destination(name), namingOf(config))
      const set =
        wanted === 'latest'
          ? sets.find(
              one =>
                one.class !== 'safety' &&
                (one.state === 'verified' || one.state === 'drilled') &&
                !isFuture(one, now),
            )
          : sets.find(({ id }) => id === wanted)
      if (set) return ok({ set, from: name })
    } catch (error) {
      if (!ProblemError.is(error)) throw error
      problems.push(error.problem)
      presenter.event({ code: 'STW-E010', type: 'warning', text: error.problem.what })
    }
  }
  return err([...problems, noSuchSet(wanted, names, config.environment.name)])
}

function inOrder(destinations: Readonly<Record<string, { readonly kind: string }>>): readonly string[] {
  const names = Object.entries(destinations)
  const away = names.filter(([, { kind }]) => kind === 's3')
  return [...names.filter(([, { kind }]) => kind !== 's3'), ...away].map(([name]) => name)
}

function noSuchSet(wanted: string, names: readonly string[], environment: string): Problem {
  const list = `stellwerk backup list ${environment}`
  return {
    code: 'STW-B469',
    what:
      wanted === 'latest'
        ? text('There is no verified set', 'Es gibt keinen verifizierten Satz')
        : text(`There is no set "${wanted}"`, `Es gibt keinen Satz „${wanted}“`),
    why: text(`asked: ${names.join(', ')}`, `gefragt: ${names.join(', ')}`),
    next: [text(list, list)],
  }
}

/** What the safety copy is called and what it needs; the set that is restored must outlive it. */
export function safetyFor(
  context: Context,
  session: Session,
  facts: ReadonlyMap<string, HostFacts>,
  { set }: FoundSet,
): NonNullable<RestoreProps['safety']> {
  const live = [...facts.values()]
    .flatMap(({ release }) => release.releases.find(({ id }) => id === release.current) ?? [])
    .at(0)
  return {
    set: newSet(context, session.config),
    expected: expectedBytes(set.manifest),
    pinned: [...new Set([...pinnedSets(facts), set.id])].toSorted(),
    ...(live === undefined ? {} : { release: { id: live.id, version: live.version, gitSha: live.gitSha } }),
  }
}

/** Reads a database that is live without changing it. */
export async function askDatabase(
  context: Context,
  session: Session,
  { host, access }: Pick<DatabaseStore, 'host' | 'access'>,
  run: string,
  fragment: (scratch: string) => string,
): Promise<Result<string>> {
  const { config } = session
  const scratch = `${backupDirectory(host.root, config.backup?.directory)}/spool/look-${run}`
  const secrets = Object.fromEntries(
    secretsFor(access).flatMap(name => {
      const value = config.secrets.get(name)?.reveal()
      return value === undefined ? [] : [[name, value]]
    }),
  )
  const script = readOnlyScript({ root: host.root, scratch }, secrets, fragment(scratch))
  const lines: string[] = []
  const answer = await connectionTo(session, host).run(script, {
    timeout: config.backup?.timeout ?? 3_600_000,
    signal: context.interrupt,
    onLine: (line, stream) => void (stream === 'stdout' && lines.push(line)),
  })
  if (answer.ending.kind === 'exit' && answer.ending.code === 0) return ok(lines.join('\n'))
  return err(unanswered(session, host, answer))
}

/** What would be lost. What cannot be counted is said: a broken database is a reason to restore. */
function lossOf({ part }: RestoredStore, state: LiveState | undefined): Text {
  if (state?.kind === 'there') return sinceText(since(part.facts, state.facts))
  const said = state?.kind === 'damaged' ? state.problem : undefined
  const why = said?.why
  return text(
    `unknown${said ? `: ${said.what.en}${why ? ` (${why.en})` : ''}` : ''}`,
    `unbekannt${said ? `: ${said.what.de}${why ? ` (${why.de})` : ''}` : ''}`,
  )
}

/** Exact name of a live database: what a person types. */
function targetName({ access }: Pick<DatabaseStore, 'access'>): string {
  return access.kind === 'sqlite' ? access.file.slice(access.file.lastIndexOf('/') + 1) : access.database
}

export interface Restoring extends FoundSet {
  readonly stores: readonly RestoredStore[]
  readonly now: Date
  /** By name of the store; without an entry nobody could tell. */
  readonly live: ReadonlyMap<string, LiveState>
  readonly withoutSafetyCopy?: string | undefined
}

/** What a person reads before the name is asked for. */
function restorePreface(
  context: Context,
  { set, from, stores, now, live, withoutSafetyCopy }: Restoring,
): string {
  const { lang } = context
  const age = formatDuration(Math.max(0, now.getTime() - setTime(set.id)))
  const lines = [
    lang === 'de'
      ? `Satz ${set.id} (${set.class}) von ${from}, ${age} alt, ersetzt:`
      : `Set ${set.id} (${set.class}) from ${from}, ${age} old, replaces:`,
  ]
  if (withoutSafetyCopy !== undefined)
    lines.unshift(withoutCopy(context.wiring.self.by, withoutSafetyCopy)[lang])
  for (const store of stores) {
    const state = live.get(store.name)
    const size = formatBytes(store.part.bytes)
    lines.push(
      `  ${store.name}: ${targetName(store)} ${lang === 'de' ? 'auf' : 'on'} ${store.host.name} (${lang === 'de' ? 'gesichert' : 'saved'}: ${size})`,
      state?.kind === 'missing'
        ? `    ${lang === 'de' ? 'gibt es heute nicht' : 'does not exist today'}`
        : `    ${lang === 'de' ? 'seitdem geschrieben' : 'written since'}: ${lossOf(store, state)[lang]}`,
    )
  }
  return `${lines.join('\n')}\n`
}

/** Every database by its exact name, in one line. */
function namesToType(stores: readonly RestoredStore[]): string {
  return stores.map(targetName).join(',')
}

/** The set that stands for the live data is the safety copy, which this very run makes before it replaces anything. */
export async function confirmRestore(
  context: Context,
  session: Session,
  restoring: Restoring,
  run: string,
): Promise<Problem | undefined> {
  const preface = restorePreface(context, restoring)
  session.presenter.end()
  const { now, stores } = restoring
  return confirmName(context, preface, {
    target: namesToType(stores),
    newestVerified: { id: run, createdAt: now },
    maxAge: 0,
    now,
  })
}
