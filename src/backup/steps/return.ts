// The way back of a migration: the set that was made right before it. When the schema is no longer what the set holds, the set is
// restored beside, compared, and takes the place of what the migration left. Stands before the migration in the plan, on the host
// that has the dump, and acts only when it is undone.
import { type Text, text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'
import { quote } from '../../core/shell.ts'
import { referenced } from '../../core/shell-value.ts'
import { type Access, secretValues } from '../../databases/access.ts'
import { engineFor } from '../../databases/engines.ts'
import type { DumpFormat } from '../../databases/facts.ts'
import { databaseProblem } from '../../databases/problems.ts'
import { type Packing, streamLibrary } from '../../databases/stream.ts'
import type { HostKind, Report, ScriptContext, Step } from '../../engine/step.ts'
import { spooledPart, spoolOf } from '../spool.ts'
import { bounded } from './fragment.ts'
import { identityText } from './identity.ts'

export interface ReturnStep extends Step {
  readonly kind: 'backup.return'
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
  /** The private key of an encrypted set, as a reference to a secret. */
  readonly identity?: string
}

/** After the migration went well: from here a failure keeps the migrated schema. */
export interface KeepStep extends Step {
  readonly kind: 'backup.keep'
  readonly host: string
  readonly store: string
}

export const returnKind: HostKind<ReturnStep> = {
  at: 'host',
  run: (step, context) => `rm -f ${quote(keepMark(step, context))}`,
  undo: goBack,
  inspect: () => 'echo done',
  describe: step =>
    text(
      `Remember set ${step.set} as the way back of ${step.store}`,
      `Den Satz ${step.set} als Rückweg von ${step.store} merken`,
    ),
  observe,
  explain,
  secrets: ({ access, identity }) => referenced([...secretValues(access), identity ?? ''], access.known),
}

export const keepKind: HostKind<KeepStep> = {
  at: 'host',
  run: (step, context) => `: >${quote(keepMark(step, context))}`,
  undo: () => ':',
  inspect: (step, context) => `[ -e ${quote(keepMark(step, context))} ] && echo done || echo undone`,
  describe: step =>
    text(
      `${step.store} is migrated; from here its schema stays`,
      `${step.store} ist migriert; ab hier bleibt das Schema`,
    ),
}

function keepMark(step: ReturnStep | KeepStep, context: ScriptContext): string {
  return `${context.runDirectory}/migrated-${step.store}`
}

/** Names on the server, or files beside the live one, for what is restored and for what is replaced. */
export function besideNames(
  access: Access,
  set: string,
  store: string,
): { readonly beside: string; readonly old: string } {
  const stamp = set.slice(0, 15).replace('T', '').toLowerCase()
  const tail = `${stamp}_${store.replaceAll('-', '_')}`
  if (access.kind !== 'sqlite') return { beside: `stw_new_${tail}`, old: `stw_old_${tail}` }
  const directory = access.file.slice(0, access.file.lastIndexOf('/'))
  return { beside: `${directory}/stw_new_${tail}.sqlite`, old: `${directory}/stw_old_${tail}.sqlite` }
}

/** The same server or directory, with another database. */
export function accessTo(access: Access, target: string): Access {
  return access.kind === 'sqlite' ? { ...access, file: target } : { ...access, database: target }
}

function goBack(step: ReturnStep, context: ScriptContext): string {
  const engine = engineFor(step.access)
  const spool = spoolOf(step.directory, step.set)
  const { out, file } = spooledPart(spool, 'db', step.store, engine.ending(step.format), step.packing)
  const swapping = quote(`${context.runDirectory}/swapping-${step.store}`)
  const { beside, old } = besideNames(step.access, step.set, step.store)
  const [live, restored] = [`${spool}/live-${step.store}`, `${spool}/new-${step.store}`]
  const version = step.schemaVersion === undefined ? {} : { schemaVersion: step.schemaVersion }
  const facts = (access: Access, where: string) =>
    engine.facts({ access, out: where, fingerprint: step.fingerprint, ...version })
  const seconds = Math.max(1, Math.floor(step.timeout / 1000))
  const body = `${streamLibrary(step.packing)}
${identityText(step.identity, step.access.known)}
sw_state_of() { grep -E "$1" "$2.facts" | sort; }
if [ ! -e ${swapping} ]; then
  (
${facts(step.access, live)}
  )
  # Only a schema that changed makes a half of a migration; rows change all the time.
  if [ "$(sw_state_of '^(schema|version)' ${quote(live)})" = "$(sw_state_of '^(schema|version)' ${quote(out)})" ]; then
    sw_data unchanged yes
    exit 0
  fi
  (
${engine.drop(step.access, beside)}
  )
  (
${engine.restore({ access: step.access, target: beside, from: file, format: step.format, owners: true, timeout: seconds })}
  )
  (
${facts(accessTo(step.access, beside), restored)}
  )
  [ "$(sw_state_of '^(schema|version|table)' ${quote(restored)})" = "$(sw_state_of '^(schema|version|table)' ${quote(out)})" ] || sw_problem differs
  : >${swapping}
fi
(
${engine.swap(step.access, beside, old)}
)
sw_data restored ${quote(step.set)}
sw_data old ${quote(old)}
sw_data written "$(awk -F'\t' '$1 == "table" && NR == FNR { was[$2] = $3 } $1 == "table" && NR != FNR && $3 > was[$2] { printf "%s%s +%d", sep, $2, $3 - was[$2]; sep = ", " }' ${quote(`${out}.facts`)} ${quote(`${live}.facts`)})"`
  return `if [ -e ${quote(keepMark(step, context))} ]; then sw_data kept yes; exit 0; fi
# Without a set nothing was pending, so nothing was migrated.
if [ -e ${quote(`${spool}/stored`)} ]; then
# Until it is back the dump stays, whatever else is undone.
: >${quote(`${spool}/needed`)}
${bounded(body, 2 * step.timeout)}
rm -f ${quote(`${spool}/needed`)}
fi`
}

function observe(_: ReturnStep, data: Readonly<Record<string, string>>): Text | undefined {
  const { restored, written, old } = data
  if (data['kept'] !== undefined) return text('the migrated schema stays', 'das migrierte Schema bleibt')
  if (data['unchanged'] !== undefined)
    return text(
      'the schema is as before, nothing to restore',
      'das Schema ist wie vorher, nichts wiederherzustellen',
    )
  if (restored === undefined) return undefined
  return written
    ? text(
        `set ${restored} is back; rows written since: ${written} (kept in ${old})`,
        `Satz ${restored} ist zurück; seitdem geschriebene Zeilen: ${written} (aufgehoben in ${old})`,
      )
    : text(
        `set ${restored} is back; no row was written since (the migrated state is kept in ${old})`,
        `Satz ${restored} ist zurück; seitdem wurde keine Zeile geschrieben (der migrierte Stand liegt in ${old})`,
      )
}

function explain(step: ReturnStep, report: Report): Problem {
  if (report.key !== 'differs') return databaseProblem(report, { store: step.store, host: step.host })
  return {
    code: 'STW-B042',
    what: text(
      `The set that was restored for ${step.store} is not what was dumped`,
      `Der für ${step.store} wiederhergestellte Satz ist nicht das, was gesichert wurde`,
    ),
    where: { host: step.host, step: step.id },
    why: text(
      'its tables, rows or fingerprints differ; the live database was left alone',
      'seine Tabellen, Zeilen oder Fingerabdrücke weichen ab; die Datenbank im Betrieb blieb unberührt',
    ),
  }
}
