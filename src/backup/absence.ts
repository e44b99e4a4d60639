// Whether there is a backup to fall back on, judged by what lies at the destinations and by nothing that the backup itself says:
// a schedule that stopped, a tool that vanished and a NAS that is off look alike from here, and all of them are seen.
import { formatDuration } from '../core/duration.ts'
import { type Text, text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { type Verdict, worst } from '../core/verdict.ts'
import type { Catalogue } from './catalogue.ts'
import { isFuture, type StoredSet, setTime, skew, unboundText } from './set.ts'

export interface AbsenceInput {
  readonly destinations: readonly Looked[]
  /** Names of databases and stores of files that must be saved; a name that both have stands here twice. */
  readonly stores: readonly string[]
  /** Milliseconds. */
  readonly maxAge: number
  /** Milliseconds. */
  readonly maxDrillAge: number
  readonly now: Date
}

/** A destination with what lies there, or with why nobody knows. */
export type Looked = {
  readonly name: string
  /** Told, but not part of the verdict. */
  readonly optional?: boolean
} & (
  | { readonly catalogue: Pick<Catalogue, 'sets'>; readonly problem?: never }
  | { readonly problem: Problem; readonly catalogue?: never }
)

export interface Finding {
  /** The age of the newest verified set at a destination, or of the newest green drill anywhere. */
  readonly about: 'backup' | 'drill'
  readonly store: string
  readonly destination?: string
  readonly verdict: Verdict
  readonly set?: string
  /** Milliseconds. */
  readonly age?: number
  readonly what: Text
}

export interface Absence {
  readonly verdict: Verdict
  readonly findings: readonly Finding[]
}

export function judgeAbsence(input: AbsenceInput): Absence {
  const { destinations } = input
  const stores = [...new Set(input.stores)]
  const backups = stores.flatMap(store => destinations.map(one => judgeBackup(input, store, one)))
  const drills = stores.map(store => judgeDrill(input, store))
  const optional = new Set(destinations.flatMap(one => (one.optional ? one.name : [])))
  const counting = backups.filter(({ destination = '' }) => !optional.has(destination))
  return {
    // Without a destination that counts nothing is known, however green the drills are.
    verdict: worst([worst(counting.map(({ verdict }) => verdict)), ...drills.map(({ verdict }) => verdict)]),
    findings: [...backups, ...drills],
  }
}

function judgeBackup({ maxAge, now, stores }: AbsenceInput, store: string, looked: Looked): Finding {
  const common = { about: 'backup', store, destination: looked.name } as const
  const [here, there] = [`${store} at ${looked.name}`, `${store} bei ${looked.name}`]
  if (looked.problem)
    return {
      ...common,
      verdict: 'unknown',
      what: text(
        `${here}: not known: ${looked.problem.what.en}`,
        `${there}: nicht bekannt: ${looked.problem.what.de}`,
      ),
    }
  const newest = latest(setsHolding(looked.catalogue.sets, store, stores), set => setTime(set.id), now)
  if (!newest) {
    const why = looked.catalogue.sets.map(unboundText).find(one => one !== undefined)
    return {
      ...common,
      verdict: 'fail',
      what: text(
        `${here}: no verified set${why ? ` (${why.en})` : ''}`,
        `${there}: kein verifizierter Satz${why ? ` (${why.de})` : ''}`,
      ),
    }
  }
  const age = now.getTime() - newest.at
  return {
    ...common,
    ...aged(age, maxAge, {
      before: text(`${here}: newest verified set`, `${there}: neuester verifizierter Satz`),
      id: newest.set.id,
    }),
  }
}

/** One destination is drilled, so one green drill of any of them will do. */
function judgeDrill({ destinations, maxDrillAge, now, stores }: AbsenceInput, store: string): Finding {
  const common = { about: 'drill', store } as const
  const sets = destinations.flatMap(one => setsHolding(one.catalogue?.sets ?? [], store, stores))
  const newest = latest(
    sets.filter(({ state }) => state === 'drilled'),
    set => Date.parse(set.drilled?.at ?? ''),
    now,
  )
  const unseen = destinations.filter(one => one.problem).map(({ name }) => name)
  if (newest) {
    const age = now.getTime() - newest.at
    const before = text(`${store}: newest green drill`, `${store}: neueste grüne Übung`)
    const found = { ...common, ...aged(age, maxDrillAge, { before, id: newest.set.id }) }
    if (found.verdict !== 'fail' || unseen.length === 0) return found
  }
  if (unseen.length > 0)
    return {
      ...common,
      verdict: 'unknown',
      what: text(
        `${store}: no recent drill is known; ${unseen.join(', ')} could not be asked`,
        `${store}: keine jüngere Übung bekannt; ${unseen.join(', ')} ließ sich nicht fragen`,
      ),
    }
  return {
    ...common,
    verdict: destinations.length === 0 ? 'unknown' : 'fail',
    what: text(`${store}: never restored by a drill`, `${store}: nie in einer Übung wiederhergestellt`),
  }
}

/** Sets that count and hold the store: both of them, where a database and a store of files are called the same. */
export function setsHolding(
  sets: readonly StoredSet[],
  store: string,
  stores: readonly string[],
): readonly StoredSet[] {
  const named = stores.filter(other => other === store).length
  return sets.filter(
    ({ state, manifest }) =>
      (state === 'verified' || state === 'drilled') &&
      manifest.parts.filter(part => part.store === store).length >= Math.max(named, 1),
  )
}

/** What a wrong clock dated ahead is taken only where there is nothing else. */
export function latest(
  sets: readonly StoredSet[],
  time: (set: StoredSet) => number,
  now: Date,
): { readonly set: StoredSet; readonly at: number } | undefined {
  const sorted = sets
    .map(set => ({ set, at: time(set) }))
    .filter(({ at }) => !Number.isNaN(at))
    .toSorted((a, b) => b.at - a.at)
  return sorted.find(({ at }) => at <= now.getTime() + skew) ?? sorted[0]
}

/** Sets that are dated ahead, each with the command that ends it. */
export function fromTheFuture(destinations: readonly Looked[], now: Date): readonly Text[] {
  return destinations.flatMap(({ name, catalogue }) =>
    (catalogue?.sets ?? [])
      .filter(set => isFuture(set, now))
      .map(set => {
        const command = futureCommand(set, name)
        return text(
          `set ${set.id} at ${name} is dated in the future and counts for nothing; when a wrong clock made it: ${command}`,
          `Satz ${set.id} bei ${name} ist in die Zukunft datiert und zählt für nichts; wenn eine falsche Uhr ihn gemacht hat: ${command}`,
        )
      }),
  )
}

function futureCommand({ id, manifest }: StoredSet, destination: string): string {
  return `stellwerk backup prune ${manifest.environment} --destination ${destination} --future ${id}`
}

function aged(
  age: number,
  most: number,
  { before, id }: { readonly before: Text; readonly id: string },
): Pick<Finding, 'verdict' | 'set' | 'age' | 'what'> {
  if (age < -skew)
    return {
      verdict: 'unknown',
      set: id,
      age,
      what: text(
        `${before.en} ${id} is from the future: a clock is wrong`,
        `${before.de} ${id} stammt aus der Zukunft: eine Uhr geht falsch`,
      ),
    }
  const old = formatDuration(Math.max(age, 0))
  const verdict = age <= most ? 'pass' : 'fail'
  const [en, de] =
    verdict === 'pass'
      ? ['', '']
      : [`, more than ${formatDuration(most)}`, `, mehr als ${formatDuration(most)}`]
  return {
    verdict,
    set: id,
    age,
    what: text(`${before.en} ${id} is ${old} old${en}`, `${before.de} ${id} ist ${old} alt${de}`),
  }
}
