// What may be said about falling back: "proven restorable 3 days ago, in 4 min 12 s, losing at most 22 h". Only a green drill and
// the age of the sets that lie there speak here.
import { formatDuration } from '../core/duration.ts'
import { type Text, text } from '../core/lang.ts'
import { type Looked, latest, setsHolding } from './absence.ts'
import { setTime, skew } from './set.ts'

export interface Proof {
  readonly store: string
  readonly destination: string
  /** The set that a drill has restored, and the newest one that counts. */
  readonly drilled: string
  readonly newest: string
  /** Milliseconds since that drill. */
  readonly ago: number
  /** Milliseconds that it took. */
  readonly rto: number
  /** Milliseconds: age of the newest set, which is what a restore of this moment would lose. */
  readonly loss: number
}

/** One for each store at each destination where a drill has restored a set that holds it. */
export function proofs(looked: readonly Looked[], stores: readonly string[], now: Date): readonly Proof[] {
  return [...new Set(stores)].flatMap(store =>
    looked.flatMap(({ name, catalogue }) => {
      const sets = setsHolding(catalogue?.sets ?? [], store, stores)
      const newest = latest(sets, ({ id }) => setTime(id), now)
      const proven = latest(
        sets.filter(({ state }) => state === 'drilled'),
        set => Date.parse(set.drilled?.at ?? ''),
        now,
      )
      if (!newest || !proven?.set.drilled) return []
      const [ago, loss] = [now.getTime() - proven.at, now.getTime() - newest.at]
      // From the future: a clock is wrong, and nothing was measured by it.
      if (ago < -skew || loss < -skew) return []
      const { rto } = proven.set.drilled
      return [{ store, destination: name, drilled: proven.set.id, newest: newest.set.id, ago, rto, loss }]
    }),
  )
}

/** For the whole: of each store the destination drilled last, and of these the worst of everything. Undefined when a store was
 *  never proven. */
export function overall(all: readonly Proof[], stores: readonly string[]): Text | undefined {
  const best = [...new Set(stores)].map(
    store => all.filter(proof => proof.store === store).toSorted((a, b) => a.ago - b.ago)[0],
  )
  const found = best.flatMap(proof => proof ?? [])
  if (found.length === 0 || found.length < best.length) return undefined
  const most = (of: (proof: Proof) => number) => Math.max(...found.map(of))
  return provenText({
    ago: most(({ ago }) => ago),
    rto: most(({ rto }) => rto),
    loss: most(({ loss }) => loss),
  })
}

export function provenText({ ago, rto, loss }: Pick<Proof, 'ago' | 'rto' | 'loss'>): Text {
  const [past, most, took] = [roughly(ago, 'past'), roughly(loss, 'most'), formatDuration(rto)]
  return text(
    `proven restorable ${past.en} ago, in ${took}, losing at most ${most.en}`,
    `vor ${past.de} bewiesen wiederherstellbar, in ${took}, mit höchstens ${most.de} Verlust`,
  )
}

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000]

/** "At most" is rounded up; what is past is not made longer than it is. */
function roughly(ms: number, as: 'past' | 'most'): Text {
  const whole = (unit: number) => Math.max(1, as === 'most' ? Math.ceil(ms / unit) : Math.floor(ms / unit))
  if (ms < hour) return text(`${whole(minute)} min`, `${whole(minute)} min`)
  if (ms < 2 * day) return text(`${whole(hour)} h`, `${whole(hour)} h`)
  return text(`${whole(day)} days`, `${whole(day)} Tagen`)
}
