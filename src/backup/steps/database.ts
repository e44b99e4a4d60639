// Dumps one database into the spool of its host, with the facts of the same snapshot beside it.
import { text } from '../../core/lang.ts'
import { quote } from '../../core/shell.ts'
import { referenced } from '../../core/shell-value.ts'
import { type Access, secretValues } from '../../databases/access.ts'
import { engineFor } from '../../databases/engines.ts'
import type { DumpFormat } from '../../databases/facts.ts'
import { databaseProblem } from '../../databases/problems.ts'
import { type Packing, streamLibrary } from '../../databases/stream.ts'
import type { HostKind, Step } from '../../engine/step.ts'
import { spooledPart, spoolOf } from '../spool.ts'
import { bounded, partText, unlessSkipped } from './fragment.ts'

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
${partText(out, file)}`
    return unlessSkipped(spoolOf(step.directory, step.set), bounded(body, step.timeout))
  },
  undo: step => {
    const { out, file } = placeOf(step)
    return `rm -f ${[file, `${out}.facts`, `${out}.part`].map(quote).join(' ')}`
  },
  inspect: step =>
    `if [ -s ${quote(`${placeOf(step).out}.part`)} ] || [ -e ${quote(`${spoolOf(step.directory, step.set)}/skip`)} ]; then echo done; else echo undone; fi`,
  describe: step =>
    text(
      `Dump ${step.store} (${step.access.kind}) from one snapshot, with its rows and fingerprints`,
      `${step.store} (${step.access.kind}) aus einem Snapshot ausgeben, mit Zeilen und Fingerabdrücken`,
    ),
  explain: (step, report) => databaseProblem(report, { store: step.store, host: step.host }),
  secrets: step => referenced(secretValues(step.access), step.access.known),
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
