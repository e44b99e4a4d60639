// Which sets of one destination may go. Pure: the dry run, the plan and the removal see the same decision.
//
// Only verified and drilled sets count. Ages are taken from the newest of them, never from the clock: after twenty failed nights
// nothing is older than it was. Whatever the counts say, these stay: the newest verified set of every class, the newest drilled
// one, and those that a release refers to.
import { type Text, text } from '../core/lang.ts'
import { type BrokenSet, isFuture, type SetState, type StoredSet, setTime, unboundText } from './set.ts'

export interface RetentionPolicy {
  /** Sets that count, by class; a class without a number is kept whole, unless `total` is smaller. */
  readonly classes: Readonly<Record<string, number>>
  /** Sets that count, of all classes together. */
  readonly total?: number
}

export interface RetentionInput {
  readonly sets: readonly StoredSet[]
  readonly broken: readonly BrokenSet[]
  readonly policy: RetentionPolicy
  /** Sets that a release on a host refers to. */
  readonly pinned: readonly string[]
  readonly now: Date
  /** A person has looked at what would go. */
  readonly force?: boolean
  /** A set dated in the future that a person has named: it goes. */
  readonly future?: string | undefined
}

export interface Decision<T = StoredSet | BrokenSet> {
  readonly set: T
  readonly reason: Text
}

export interface RetentionPlan {
  readonly keep: readonly Decision[]
  /** Oldest first; empty when halted. */
  readonly remove: readonly Decision[]
  /** Why a person has to look first. */
  readonly halted?: Text
}

export function planRetention(input: RetentionInput): RetentionPlan {
  const counting = input.sets.filter(set => counts(set) && !isFuture(set, input.now)).toSorted(newestFirst)
  const stays = reasonsToStay(input, counting)
  const decisions = [
    ...input.sets.map(set =>
      decide(set, stays.get(set) ?? ofFuture(set, input) ?? ofEvidence(set, input, counting)),
    ),
    ...input.broken.map(set => decide(set, ofBroken(set, counting[0]))),
  ].toSorted((a, b) => newestFirst(a.set, b.set))
  const keep = decisions.filter(({ stays }) => stays)
  const remove = decisions.filter(({ stays }) => !stays).toReversed()
  const halted = input.force ? undefined : whyHalted(counting, remove)
  if (halted === undefined) return { keep: keep.map(plain), remove: remove.map(plain) }
  const waiting = ({ set, reason }: Decided) => ({ set, reason: held(reason) })
  return { keep: [...keep.map(plain), ...remove.map(waiting)], remove: [], halted }
}

export interface RetentionRow {
  readonly class: string
  readonly id: string
  readonly state: SetState | 'broken'
  readonly stays: boolean
  readonly reason: Text
}

/** For the table of a dry run: by class, newest first. */
export function retentionRows({ keep, remove }: RetentionPlan): readonly RetentionRow[] {
  const row =
    (stays: boolean) =>
    ({ set, reason }: Decision): RetentionRow => ({
      class: set.class,
      id: set.id,
      state: 'state' in set ? set.state : 'broken',
      stays,
      reason,
    })
  return [...keep.map(row(true)), ...remove.map(row(false))].toSorted((a, b) =>
    a.class === b.class ? newestFirst(a, b) : a.class < b.class ? -1 : 1,
  )
}

interface Fate {
  readonly stays: boolean
  readonly reason: Text
}
interface Decided extends Decision, Fate {}

function decide(set: StoredSet | BrokenSet, fate: Fate): Decided {
  return { set, ...fate }
}

function plain({ set, reason }: Decided): Decision {
  return { set, reason }
}

function counts({ state }: StoredSet): boolean {
  return state === 'verified' || state === 'drilled'
}

/** The sets that must stay and those that the counts keep, with the strongest reason. */
function reasonsToStay(
  { sets, policy, pinned }: RetentionInput,
  counting: readonly StoredSet[],
): ReadonlyMap<StoredSet, Fate> {
  const stays = new Map<StoredSet, Fate>()
  const keep = (set: StoredSet | undefined, en: string, de: string) => {
    if (set && !stays.has(set)) stays.set(set, { stays: true, reason: text(en, de) })
  }
  for (const set of sets)
    if (pinned.includes(set.id)) keep(set, 'a release refers to it', 'ein Release verweist darauf')
  keep(
    newestDrilled(counting),
    'the newest one that a drill has restored',
    'der neueste, den eine Übung wiederhergestellt hat',
  )
  const seen = new Map<string, number>()
  let total = 0
  for (const set of counting) {
    const place = (seen.get(set.class) ?? 0) + 1
    seen.set(set.class, place)
    const most = policy.classes[set.class]
    const fits = (most === undefined || place <= most) && total < (policy.total ?? Number.POSITIVE_INFINITY)
    if (fits) total += 1
    if (place === 1)
      keep(set, `the newest verified one of ${set.class}`, `der neueste verifizierte von ${set.class}`)
    else if (!fits) continue
    else if (most === undefined)
      keep(set, `there is no number for ${set.class}`, `für ${set.class} gibt es keine Zahl`)
    else keep(set, `${place} of ${most} for ${set.class}`, `${place} von ${most} für ${set.class}`)
  }
  return stays
}

/** A green drill is newer than another when it happened later, on whichever set. */
function newestDrilled(counting: readonly StoredSet[]): StoredSet | undefined {
  const at = ({ drilled }: StoredSet) => Date.parse(drilled?.at ?? '') || 0
  return counting.filter(({ state }) => state === 'drilled').toSorted((a, b) => at(b) - at(a))[0]
}

/** It pushes nothing out and shields nothing; only a person can tell whether its clock was wrong or ours is. */
function ofFuture(set: StoredSet, { now, future }: RetentionInput): Fate | undefined {
  if (!isFuture(set, now)) return undefined
  return future === set.id
    ? gone(
        'dated in the future, and a person has named it',
        'in die Zukunft datiert, und ein Mensch hat ihn genannt',
      )
    : {
        stays: true,
        reason: text(
          `dated in the future, so it counts for nothing; when a wrong clock made it: --future ${set.id}`,
          `in die Zukunft datiert, also zählt er für nichts; wenn eine falsche Uhr ihn gemacht hat: --future ${set.id}`,
        ),
      }
}

/** A set that nothing keeps: superfluous when it counts, evidence of something when it does not. */
function ofEvidence(set: StoredSet, { sets, policy }: RetentionInput, counting: readonly StoredSet[]): Fate {
  if (set.class === 'shadow') return ofShadow(set, sets, policy.classes['shadow'] ?? 3)
  if (counts(set)) return gone('newer ones fill the number to keep', 'neuere füllen die Zahl der behaltenen')
  // It counted once, or says so: a person proves it anew before anything of it goes.
  const unbound = unboundText(set)
  if (unbound) return { stays: true, reason: unbound }
  const newest = counting.find(other => other.class === set.class)
  if (!newest || set.id > newest.id)
    return {
      stays: true,
      reason: text(
        `no verified set of ${set.class} came after it`,
        `kein verifizierter Satz von ${set.class} kam danach`,
      ),
    }
  const evidence = sets.filter(other => other.class === set.class && !counts(other)).toSorted(newestFirst)[0]
  if (set === evidence)
    return { stays: true, reason: text('evidence: it does not count', 'Beleg: er zählt nicht') }
  return set.state === 'suspect'
    ? gone('suspect, and verified ones came after it', 'verdächtig, und verifizierte kamen danach')
    : gone('never verified, and others came after it', 'nie verifiziert, und andere kamen danach')
}

/** Evidence of damage never counts; its newest ones stay. */
function ofShadow(set: StoredSet, sets: readonly StoredSet[], most: number): Fate {
  const place = sets.filter(other => other.class === set.class && other.id >= set.id).length
  return place <= most
    ? { stays: true, reason: text('evidence of damage', 'Beleg eines Schadens') }
    : gone('newer evidence of damage is there', 'neuere Belege eines Schadens sind da')
}

function ofBroken(set: BrokenSet, newest: StoredSet | undefined): Fate {
  if (newest && set.changedAt < setTime(newest.id) - brokenAge)
    return gone('incomplete, and nobody came back for it', 'unvollständig, und niemand kam darauf zurück')
  return {
    stays: true,
    reason: text(
      'incomplete; it goes 48 hours before the newest verified set',
      'unvollständig; er geht, wenn er 48 Stunden älter ist als der neueste verifizierte Satz',
    ),
  }
}

function gone(en: string, de: string): Fate {
  return { stays: false, reason: text(en, de) }
}

const day = 86_400_000
const brokenAge = 2 * day

/** Only sets that count are counted here: others that come and go must not decide about them. */
function whyHalted(counting: readonly StoredSet[], remove: readonly Decided[]): Text | undefined {
  const going = remove.filter(({ set }) => 'state' in set && counts(set)).length
  if (going > 3 && going * 2 > counting.length)
    return text(
      `Nothing was removed: ${going} of ${counting.length} verified sets would go in one run`,
      `Nichts wurde entfernt: ${going} von ${counting.length} verifizierten Sätzen würden in einem Lauf gehen`,
    )
  return undefined
}

function held(reason: Text): Text {
  return text(`would go: ${reason.en}`, `würde gehen: ${reason.de}`)
}

/** By name, which is by time; two of the same name stay as they are. */
function newestFirst(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? 1 : a.id > b.id ? -1 : 0
}
