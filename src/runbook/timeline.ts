// What happened when, from the journals of all hosts: in UTC, and as the people there read a clock.
import type { Lang } from '../core/lang.ts'
import { localTime } from '../core/local-time.ts'
import type { JournalRecord } from '../engine/journal.ts'
import type { Plan } from '../engine/plan.ts'
import { markdownTable } from './markdown.ts'
import type { RunOnHost, RunReport } from './run-evidence.ts'

/** The time in which users of a host had the release of the run. */
export interface Exposure {
  readonly host: string
  readonly from: string
  /** Absent: they still have it. */
  readonly to?: string
  /** The later run that ended it. */
  readonly by?: string
}

export function exposures(run: string, found: readonly RunOnHost[]): readonly Exposure[] {
  return found
    .filter(one => one.run === run)
    .flatMap(({ host, plan, records }): Exposure[] => {
      const step = decisive(host, plan, records)
      const from = records.find(record => isOutcome(record, 'outcome', step))?.at
      if (from === undefined) return []
      const undone = records.findLast(record => isOutcome(record, 'undo-outcome', step))
      if (undone) return [{ host, from, to: undone.at }]
      for (const later of found.filter(one => one.host === host && one.run > run)) {
        const theirs = decisive(host, later.plan, later.records)
        const taken = later.records.find(record => isOutcome(record, 'outcome', theirs))
        const back = later.records.some(record => isOutcome(record, 'undo-outcome', theirs))
        if (taken && !back) return [{ host, from, to: taken.at, by: later.run }]
      }
      return [{ host, from }]
    })
}

/** The router decides who gets what; without one, the link does. What failed or never began decides as well: by the plan,
 *  and by the journal only where the plan cannot be read. */
function decisive(
  host: string,
  plan: Plan | undefined,
  records: readonly JournalRecord[],
): string | undefined {
  const steps = plan
    ? plan.phases.flatMap(phase => phase.steps.map(({ id }) => id))
    : records.flatMap(record => ('step' in record ? [record.step] : []))
  return ['router', 'nginx', 'link'].map(name => `switch/${host}/${name}`).find(id => steps.includes(id))
}

function isOutcome(
  record: JournalRecord,
  type: 'outcome' | 'undo-outcome',
  step: string | undefined,
): boolean {
  return record.type === type && record.step === step && record.status === 'done'
}

export function timeline(
  own: readonly RunOnHost[],
  plan: Plan | undefined,
  reports: readonly RunReport[],
  timeZone: string,
  lang: Lang,
): string {
  const de = lang === 'de'
  const titles = new Map(
    (plan?.phases ?? []).flatMap(({ steps }) => steps).map(step => [step.id, step.title[lang]]),
  )
  // Journals know no more than the second: within one, what was seen stands before what was taken back because of it.
  const rows: readonly Row[] = [
    ...(plan ? [row(plan.createdAt, 0, '', de ? 'geplant' : 'planned', plan.procedure)] : []),
    ...own.flatMap(({ host, records }) =>
      records.flatMap(record => {
        const words = wordsOf(record, de)
        if (words === undefined) return []
        const step = 'step' in record ? (titles.get(record.step) ?? record.step) : record.status
        return [row(record.at, ranks[record.type], host, words, step)]
      }),
    ),
    ...own.flatMap(({ signatures, host }) =>
      signatures.map(({ at, by, id, type }) => row(at, 2, host, `${by}: ${signed(type, de)}`, id)),
    ),
    ...reports.flatMap(report =>
      report.checks
        .filter(({ verdict }) => verdict !== 'pass')
        .map(({ at, host = '', check, verdict, observed }) =>
          row(at, 2, host, `${de ? 'Prüfung' : 'check'}: ${verdict}`, `${check}: ${observed[lang]}`),
        ),
    ),
  ]
  const sorted = rows.toSorted((a, b) => second(a.at) - second(b.at) || a.rank - b.rank)
  const head = ['UTC', timeZone, 'Host', de ? 'was' : 'what', de ? 'Schritt' : 'step']
  return markdownTable([
    head,
    ...sorted.map(({ at, cells }) => [at, localTime(at, timeZone).replace(` ${timeZone}`, ''), ...cells]),
  ])
}

interface Row {
  readonly at: string
  /** Order within one second. */
  readonly rank: number
  readonly cells: readonly string[]
}

const ranks = { intent: 1, outcome: 1, 'undo-intent': 3, 'undo-outcome': 3, end: 4 } as const

function row(at: string, rank: number, ...cells: readonly string[]): Row {
  return { at, rank, cells }
}

function signed(type: 'sign' | 'reject', de: boolean): string {
  if (type === 'sign') return de ? 'unterschrieb' : 'signed'
  return de ? 'lehnte ab' : 'refused'
}

function second(at: string): number {
  return Math.floor(Date.parse(at) / 1000)
}

function wordsOf(record: JournalRecord, de: boolean): string | undefined {
  switch (record.type) {
    case 'intent':
    case 'undo-intent':
      return undefined
    case 'outcome':
      return record.status === 'done' ? (de ? 'getan' : 'done') : de ? 'gescheitert' : 'failed'
    case 'undo-outcome':
      return record.status === 'done'
        ? de
          ? 'zurückgenommen'
          : 'taken back'
        : de
          ? 'Rücknahme gescheitert'
          : 'taking back failed'
    case 'end':
      return de ? 'Ende' : 'end'
  }
}
