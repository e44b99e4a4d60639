// Between a person and an operation that destroys data: the typed name of what it destroys, and a fresh verified set of it.
import { formatDuration } from '../core/duration.ts'
import { text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { isFuture, type StoredSet, setTime } from './set.ts'

export interface GuardedOperation {
  /** Exact name of what is destroyed. */
  readonly target: string
  /** What the person typed; undefined: nobody did. */
  readonly typed: string | undefined
  /** The newest verified set that holds it. */
  readonly newestVerified: { readonly id: string; readonly createdAt: Date } | undefined
  /** Milliseconds. */
  readonly maxAge: number
  readonly now: Date
}

/** Undefined: it may go on. `--yes` is no name, so it never opens this. */
export function guardDestructive(operation: GuardedOperation): Problem | undefined {
  return guardSet(operation) ?? guardName(operation)
}

function guardSet({ target, newestVerified, maxAge, now }: GuardedOperation): Problem | undefined {
  const next = [text('stellwerk backup', 'stellwerk backup')]
  if (!newestVerified)
    return {
      code: 'STW-B502',
      what: text(
        `There is no verified backup of ${target}, so nothing was done`,
        `Es gibt kein verifiziertes Backup von ${target}, also wurde nichts getan`,
      ),
      next,
    }
  const age = now.getTime() - newestVerified.createdAt.getTime()
  // A set from the future has a clock that nobody can trust; NaN is no age either.
  if (age <= maxAge && age > -clockTolerance) return undefined
  const [old, allowed] = [formatDuration(Math.abs(age)), formatDuration(maxAge)]
  return {
    code: 'STW-B503',
    what: text(
      `The newest verified backup of ${target} is too old, so nothing was done`,
      `Das neueste verifizierte Backup von ${target} ist zu alt, also wurde nichts getan`,
    ),
    why: text(
      age > 0
        ? `set ${newestVerified.id} is ${old} old, ${allowed} are allowed`
        : `set ${newestVerified.id} is from the future, by ${old}`,
      age > 0
        ? `der Satz ${newestVerified.id} ist ${old} alt, erlaubt sind ${allowed}`
        : `der Satz ${newestVerified.id} ist aus der Zukunft, um ${old}`,
    ),
    next,
  }
}

/** Clocks of two machines are never quite the same. */
const clockTolerance = 120_000

function guardName({ target, typed }: GuardedOperation): Problem | undefined {
  if (typed === target) return undefined
  const next = [text(`--confirm ${target}`, `--confirm ${target}`)]
  if (typed === undefined || typed === '')
    return {
      code: 'STW-B500',
      what: text(
        `Nobody typed the name "${target}", so nothing was done`,
        `Niemand hat den Namen „${target}“ getippt, also wurde nichts getan`,
      ),
      why: text(
        'it is asked for because data is replaced or destroyed; --yes does not answer it',
        'danach wird gefragt, weil Daten ersetzt oder zerstört werden; --yes beantwortet das nicht',
      ),
      next,
    }
  return {
    code: 'STW-B501',
    what: text(
      `"${typed}" is not "${target}", so nothing was done`,
      `„${typed}“ ist nicht „${target}“, also wurde nichts getan`,
    ),
    next,
  }
}

/** The newest set that was proven and holds a store; `store` undefined: the newest that was proven. */
export function newestHolding(
  sets: readonly StoredSet[],
  store: string | undefined,
  now: Date,
): GuardedOperation['newestVerified'] {
  const [newest] = sets
    .filter(({ state }) => state === 'verified' || state === 'drilled')
    .filter(set => !isFuture(set, now))
    .filter(({ manifest }) => store === undefined || manifest.parts.some(part => part.store === store))
    .toSorted((a, b) => setTime(b.id) - setTime(a.id))
  return newest && { id: newest.id, createdAt: new Date(newest.manifest.createdAt) }
}
