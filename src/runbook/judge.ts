// From what is asked for and what was signed to one answer. Time alone never approves anything.
import { oneLine } from '../core/one-line.ts'
import type { AskedSignOff, Signature, Waiting } from './waiting.ts'

export interface SignOffState {
  readonly asked: AskedSignOff
  /** Of different people. */
  readonly signatures: readonly Signature[]
  readonly missing: number
  /** Milliseconds beyond its time-out, while somebody is missing. */
  readonly overdue?: number
}

export interface Judgement {
  readonly state: 'open' | 'signed' | 'rejected'
  readonly signOffs: readonly SignOffState[]
  readonly rejection?: Signature
}

export function judge(
  waiting: Pick<Waiting, 'since' | 'signOffs'>,
  signatures: readonly Signature[],
  now: Date,
): Judgement {
  const signOffs = waiting.signOffs.map(asked => stateOf(asked, waiting.since, signatures, now))
  const rejection = signatures.find(({ type }) => type === 'reject')
  if (rejection) return { state: 'rejected', signOffs, rejection }
  return { state: signOffs.every(({ missing }) => missing === 0) ? 'signed' : 'open', signOffs }
}

function stateOf(asked: AskedSignOff, since: string, all: readonly Signature[], now: Date): SignOffState {
  const signatures = byPerson(all.filter(({ type, id }) => type === 'sign' && id === asked.id))
  const missing = Math.max(asked.persons - signatures.length, 0)
  // A time that cannot be read is no excuse: it counts as over.
  const late = now.getTime() - Date.parse(since) - asked.timeout
  const overdue = Number.isNaN(late) ? 0 : late
  return { asked, signatures, missing, ...(missing > 0 && overdue >= 0 ? { overdue } : {}) }
}

function byPerson(signatures: readonly Signature[]): readonly Signature[] {
  const people = new Map<string, Signature>()
  for (const one of signatures) if (!people.has(person(one.by))) people.set(person(one.by), one)
  return [...people.values()]
}

/** The same person however they are typed: in wide letters, in capitals (ß becomes SS), with what nobody sees between. */
export function person(name: string): string {
  return oneLine(name.normalize('NFKC')).toUpperCase().toLowerCase()
}

/** Whether all of `asked` is signed for this version, and for this bundle where a signature names one. */
export function judgeBefore(
  asked: readonly AskedSignOff[],
  signatures: readonly Signature[],
  bundle: { readonly version: string; readonly digest: string },
): readonly SignOffState[] {
  const fitting = signatures.filter(
    ({ version, digest }) => version === bundle.version && (digest === undefined || digest === bundle.digest),
  )
  return asked.map(one => {
    const signed = byPerson(fitting.filter(({ type, id }) => type === 'sign' && id === one.id))
    return { asked: one, signatures: signed, missing: Math.max(one.persons - signed.length, 0) }
  })
}
