// How long going back really took: rollbacks by the journals of the hosts, restores by the drills. What nobody has measured is absent,
// never a promise.
import type { DrillDocument } from '../backup/drill-record.ts'
import { quote } from '../core/shell.ts'

export interface MeasuredTimes {
  readonly count: number
  /** Milliseconds. */
  readonly last: number
  readonly worst: number
  /** ISO 8601, UTC: of the last one. */
  readonly at: string
}

export interface Measured {
  /** From the first step to the proof of the old release, to the second. */
  readonly rollback?: MeasuredTimes
  /** From the first byte asked for to the last check of a green drill. */
  readonly restore?: MeasuredTimes
  /** Age of the set that the last green drill restored: what a restore would lose. */
  readonly loss?: MeasuredTimes
}

export interface MeasuredRun {
  readonly run: string
  readonly began: string
  readonly ended: string
}

/** Prints `rollback <run> <first time> <last time>` for every rollback that ended well. Changes nothing. */
export function rollbacksScript(root: string): string {
  return `for sw_d in ${quote(`${root}/.stellwerk/runs`)}/*-rollback-*/; do
  sw_j=\${sw_d}journal.jsonl
  grep -q '"type":"end","status":"done"' "$sw_j" 2>/dev/null || continue
  sw_n=\${sw_d%/}
  printf 'rollback %s %s %s\\n' "\${sw_n##*/}" "$(sed -n '1s/.*"at":"\\([^"]*\\)".*/\\1/p' "$sw_j")" "$(sed -n '$s/.*"at":"\\([^"]*\\)".*/\\1/p' "$sw_j")"
done
:
`
}

export function parseRollbacks(output: string): readonly MeasuredRun[] {
  return output.split('\n').flatMap(line => {
    const [, run, began, ended] = /^rollback (\S+) (\S+) (\S+)$/.exec(line) ?? []
    return run === undefined || began === undefined || ended === undefined ? [] : [{ run, began, ended }]
  })
}

/** `rollbacks` may hold the same run once for each host: the slowest counts. */
export function measured(
  rollbacks: readonly MeasuredRun[],
  drills: readonly Pick<DrillDocument, 'verdict' | 'startedAt' | 'rto' | 'rpo'>[],
): Measured {
  const byRun = new Map<string, { at: string; ms: number }>()
  for (const { run, began, ended } of rollbacks) {
    const ms = Date.parse(ended) - Date.parse(began)
    const known = byRun.get(run)
    if (!Number.isNaN(ms) && ms >= 0 && (known === undefined || known.ms < ms))
      byRun.set(run, { at: ended, ms })
  }
  const green = drills.filter(({ verdict }) => verdict === 'green')
  const of = (pick: (drill: (typeof green)[number]) => number | null) =>
    timesOf(green.flatMap(drill => measuredAt(drill.startedAt, pick(drill))))
  const rollback = timesOf([...byRun.values()])
  const restore = of(({ rto }) => rto)
  const loss = of(({ rpo }) => rpo)
  return { ...(rollback ? { rollback } : {}), ...(restore ? { restore } : {}), ...(loss ? { loss } : {}) }
}

function measuredAt(at: string, ms: number | null) {
  return ms === null ? [] : [{ at, ms }]
}

function timesOf(all: readonly { readonly at: string; readonly ms: number }[]): MeasuredTimes | undefined {
  const last = all.toSorted((a, b) => (a.at < b.at ? 1 : -1))[0]
  if (!last) return undefined
  return { count: all.length, last: last.ms, worst: Math.max(...all.map(({ ms }) => ms)), at: last.at }
}
