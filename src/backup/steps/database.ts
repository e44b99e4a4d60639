// Dumps one database into the spool of its host, with the facts of the same snapshot beside it.
import { formatBytes } from '../../core/bytes.ts'
import { counted } from '../../core/count.ts'
import { formatDuration } from '../../core/duration.ts'
import { type Text, text } from '../../core/lang.ts'
import { quote } from '../../core/shell.ts'
import { referenced } from '../../core/shell-value.ts'
import { type Access, secretValues } from '../../databases/access.ts'
import { engineFor } from '../../databases/engines.ts'
import type { DumpFormat } from '../../databases/facts.ts'
import { databaseProblem } from '../../databases/problems.ts'
import { type Packing, streamLibrary } from '../../databases/stream.ts'
import type { HostKind, Step } from '../../engine/step.ts'
import { failedMark, spooledPart, spoolOf } from '../spool.ts'
import { databaseByHand } from './by-hand.ts'
import {
  bounded,
  failedLater,
  failingLater,
  joined,
  notNeeded,
  partText,
  unlessSkipped,
  wasDone,
} from './fragment.ts'

export interface DatabaseStep extends Step {
  readonly kind: 'backup.database'
  readonly host: string
  readonly directory: string
  readonly set: string
  /** Name of the database in stellwerk.yaml. */
  readonly store: string
  readonly access: Access
  readonly format: DumpFormat
  readonly fingerprint: 'content' | 'rows'
  readonly schemaVersion?: string
  readonly packing: Packing
  /** A failure is put down, and told once the other stores are safe. */
  readonly failsLater?: true
}

export const databaseKind: HostKind<DatabaseStep> = {
  at: 'host',
  run: step => {
    const { out, file } = placeOf(step)
    const dump = engineFor(step.access).dump({
      access: step.access,
      out,
      format: step.format,
      fingerprint: step.fingerprint,
      ...(step.schemaVersion === undefined ? {} : { schemaVersion: step.schemaVersion }),
    })
    const body = `sw_began=$(date +%s)
${streamLibrary(step.packing)}
${dump}
${factsData(`${out}.facts`)}
${partText(out, file)}`
    const whole = bounded(body, step.timeout)
    return unlessSkipped(
      spoolOf(step.directory, step.set),
      step.failsLater ? failingLater(out, whole) : whole,
    )
  },
  undo: step => {
    const { out, file } = placeOf(step)
    return `rm -f ${[file, `${out}.facts`, `${out}.part`, failedMark(out)].map(quote).join(' ')}`
  },
  inspect: step => wasDone(spoolOf(step.directory, step.set), placeOf(step).out),
  byHand: databaseByHand,
  describe: step =>
    text(
      `Dump ${step.store} (${step.access.kind}) from one snapshot, with its rows and fingerprints`,
      `${step.store} (${step.access.kind}) aus einem Snapshot ausgeben, mit Zeilen und Fingerabdrücken`,
    ),
  observe: (_, data) => observed(data),
  explain: (step, report) => databaseProblem(report, { store: step.store, host: step.host }),
  secrets: step => referenced(secretValues(step.access), step.access.known),
}

/** What a person wants to see of a dump, told by sw_data. */
function factsData(facts: string): string {
  const file = quote(facts)
  return `sw_data tables "$(grep -c '^table' ${file} || :)"
sw_data rows "$(awk -F'\t' '$1 == "table" { rows += $3 } END { printf "%.0f", rows }' ${file})"
sw_data exact "$(awk -F'\t' '$1 == "exact" { print $2 }' ${file})"`
}

function observed(data: Readonly<Record<string, string>>): Text | undefined {
  if (data['skipped'] !== undefined) return notNeeded
  if (data['failed'] !== undefined) return failedLater
  const [tables, rows, bytes] = [data['tables'], data['rows'], data['bytes']]
  if (tables === undefined || rows === undefined || bytes === undefined) return undefined
  const size = formatBytes(Number(bytes))
  return joined([
    counted(Number(tables), text('table', 'Tabelle'), text('tables', 'Tabellen')),
    counted(Number(rows), text('row', 'Zeile'), text('rows', 'Zeilen')),
    text(size, size),
    ...(data['exact'] === 'yes' ? [] : [besideSnapshot]),
    ...lockWords(data['lock-ms']),
    ...orphanWords(data['orphans']),
  ])
}

const besideSnapshot = text(
  'counted beside the snapshot of the dump, so rows written meanwhile may be missing from the count',
  'neben dem Snapshot des Dumps gezählt; inzwischen geschriebene Zeilen können in der Zählung fehlen',
)

function lockWords(ms: string | undefined): readonly Text[] {
  if (ms === undefined || !/^\d+$/.test(ms)) return []
  const time = formatDuration(Number(ms))
  return [text(`writes waited ${time}`, `Schreiben wartete ${time}`)]
}

/** SQLite: rows that refer to none. Data of the app, not damage. */
function orphanWords(orphans: string | undefined): readonly Text[] {
  if (orphans === undefined) return []
  if (!/^\d+$/.test(orphans))
    return [text('foreign keys could not be checked', 'Fremdschlüssel ließen sich nicht prüfen')]
  return [
    counted(
      Number(orphans),
      text('row breaks a foreign key', 'Zeile verletzt einen Fremdschlüssel'),
      text('rows break a foreign key', 'Zeilen verletzen einen Fremdschlüssel'),
    ),
  ]
}

function placeOf(step: DatabaseStep) {
  return spooledPart(
    spoolOf(step.directory, step.set),
    'db',
    step.store,
    engineFor(step.access).ending(step.format),
    step.packing,
  )
}
