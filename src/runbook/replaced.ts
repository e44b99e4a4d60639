// Which data a run and those after it replaced: what a restore was asked for stands in its plan, what a deploy took back by
// itself stands in its journal alone.
import { formatDuration } from '../core/duration.ts'
import type { JournalRecord } from '../engine/journal.ts'
import type { Plan } from '../engine/plan.ts'
import { cellOf } from './markdown.ts'
import type { RunOnHost } from './run-evidence.ts'

type Say = (en: string, de: string) => string

/** Lines of a list; none: nothing was replaced, as far as the evidence goes. */
export function replaced(runs: readonly RunOnHost[], say: Say): readonly string[] {
  return [...asked(runs, say), ...runs.flatMap(one => takenBack(one, say))]
}

function asked(runs: readonly RunOnHost[], say: Say): readonly string[] {
  const plans = new Map(
    runs.flatMap(({ run, plan }) => (plan && !isUndone(run, runs) ? [[run, plan] as const] : [])),
  )
  return [...plans.values()].flatMap(({ summary, procedure, run, createdAt }) => {
    const source = sourceOf(procedure, summary)
    const set = word(source['set'])
    // Into another place: nothing live was replaced.
    if (set === '' || word(summary['to']) !== '') return []
    const [safety, window] = [word(source['safety']), windowOf(set, createdAt, say)]
    return say(
      `- ${run} restored set ${set}: what was written after that set was made${window} is no longer live. ${safety === '' ? 'There is no safety copy.' : `It lies in the safety copy ${safety}.`}\n`,
      `- ${run} stellte Satz ${set} wieder her: Was nach diesem Satz geschrieben wurde${window}, ist nicht mehr im Betrieb. ${safety === '' ? 'Eine Sicherheitskopie gibt es nicht.' : `Es liegt in der Sicherheitskopie ${safety}.`}\n`,
    )
  })
}

function sourceOf(procedure: string, summary: Plan['summary']): Readonly<Record<string, unknown>> {
  if (procedure === 'restore') return summary
  const data = procedure === 'rollback' ? summary['data'] : undefined
  return typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : {}
}

// It put back what it had replaced, on every host.
function isUndone(run: string, runs: readonly RunOnHost[]): boolean {
  return runs
    .filter(one => one.run === run)
    .every(({ records }) => records.findLast(record => record.type === 'end')?.status === 'undone')
}

/** Only when it is undone does the way back of a migration (`migrate/<host>/back-<database>`) act. */
const wayBack = /^migrate\/[^/]+\/back-(.+)$/

function takenBack({ run, host, records }: RunOnHost, say: Say): readonly string[] {
  const last = new Map(
    records.flatMap(record => {
      const database = isUndo(record) ? wayBack.exec(record.step)?.[1] : undefined
      return database === undefined ? [] : [[database, record] as const]
    }),
  )
  return [...last].flatMap(([database, record]) => {
    if (record.type !== 'undo-outcome' || record.status !== 'done')
      return say(
        `- ${run} began to take ${database} on ${host} back, and its journal does not say that it came to the end: which data is live is not known. _…_\n`,
        `- ${run} begann, ${database} auf ${host} zurückzunehmen, und sein Journal sagt nicht, dass es zu Ende kam: Welche Daten im Betrieb sind, ist nicht bekannt. _…_\n`,
      )
    const { restored = '', written = '', old = '' } = record.data
    if (restored === '') return []
    const window = windowOf(restored, record.at, say)
    const rows =
      written === ''
        ? say('No table had more rows than the set', 'Keine Tabelle hatte mehr Zeilen als der Satz')
        : say(`Rows added since: ${cellOf(written)}`, `Seitdem hinzugekommene Zeilen: ${cellOf(written)}`)
    return say(
      `- ${run} took itself back and restored ${database} on ${host} from set ${restored} by itself: what was written after that set was made${window} is no longer live. ${rows}. It lies in ${cellOf(old)}.\n`,
      `- ${run} nahm sich zurück und stellte ${database} auf ${host} selbst aus Satz ${restored} wieder her: Was nach diesem Satz geschrieben wurde${window}, ist nicht mehr im Betrieb. ${rows}. Es liegt in ${cellOf(old)}.\n`,
    )
  })
}

function isUndo(record: JournalRecord): record is Exclude<JournalRecord, { type: 'end' }> {
  return record.type === 'undo-intent' || record.type === 'undo-outcome'
}

/** The time that a restore took from the data: the name of a set begins with its moment. */
function windowOf(set: string, restoredAt: string, say: Say): string {
  const [, day, time] = /^(\d{8})T(\d{6})Z/.exec(set) ?? []
  if (day === undefined || time === undefined) return ''
  const made = `${day.replace(/(....)(..)(..)/, '$1-$2-$3')}T${time.replace(/(..)(..)(..)/, '$1:$2:$3')}Z`
  const span = Date.parse(restoredAt) - Date.parse(made)
  if (!(span >= 0)) return ''
  return say(` (${formatDuration(span)}, from ${made})`, ` (${formatDuration(span)}, ab ${made})`)
}

function word(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
