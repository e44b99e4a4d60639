// Migrates one database from the new release. Its way back is the set that was made right before: when the schema is no longer what
// the set holds, the set goes back beside, is compared, and takes the place of what the migration left.
import { type Text, text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'
import { quote } from '../../core/shell.ts'
import { referenced, shellValue } from '../../core/shell-value.ts'
import { type Access, secretValues } from '../../databases/access.ts'
import { engineFor } from '../../databases/engines.ts'
import type { DumpFormat } from '../../databases/facts.ts'
import { databaseProblem } from '../../databases/problems.ts'
import { type Packing, streamLibrary } from '../../databases/stream.ts'
import type { HostKind, Report, ScriptContext, Step } from '../../engine/step.ts'
import { spooledPart, spoolOf } from '../spool.ts'
import { bounded } from './fragment.ts'
import { identityText } from './identity.ts'

export interface MigrateStep extends Step {
  readonly kind: 'backup.migrate'
  readonly host: string
  readonly store: string
  /** Directory of the new release. */
  readonly release: string
  readonly command: string
  /** Asked first: 0, it runs; 3, there is nothing to do; any other end, the step fails. */
  readonly pending?: string
  /** Values may hold ${NAME} of a secret. */
  readonly env: Readonly<Record<string, string>>
  readonly known: readonly string[]
  /** Absent: there is no set to go back to. */
  readonly back?: {
    readonly directory: string
    readonly set: string
    readonly access: Access
    readonly format: DumpFormat
    readonly fingerprint: 'content' | 'rows'
    readonly schemaVersion?: string
    readonly packing: Packing
    /** The private key of an encrypted set, as a reference to a secret. */
    readonly identity?: string
    /** After a migration that went well, when something later fails. */
    readonly when: 'keep' | 'restore'
  }
}

export const migrateKind: HostKind<MigrateStep> = {
  at: 'host',
  run: (step, context) => {
    const done = quote(doneMark(step, context))
    return `rm -f ${done}
cd ${quote(step.release)}
${Object.entries(step.env)
  .map(([name, value]) => `${name}=${shellValue(value, secretsOf(step))}; export ${name}`)
  .join('\n')}
sw_end=$(($(date +%s) + ${Math.max(1, Math.floor(step.timeout / 1000))}))
${step.pending === undefined ? 'sw_rc=0' : ask(step.pending)}
case "$sw_rc" in
0)
  ${command('migrate', step.command)}
  [ "$sw_rc" = 0 ] || sw_problem command "$sw_rc" ${quote(step.command)} ;;
3) sw_data pending no ;;
*) sw_problem pending "$sw_rc" ${quote(step.pending ?? '')} ;;
esac
: >${done}`
  },
  undo: (step, context) => (step.back ? goBack(step, step.back, context) : ':'),
  // A team's command leaves no mark of its own until it has ended well.
  inspect: (step, context) => `[ -e ${quote(doneMark(step, context))} ] && echo done || echo unknown`,
  describe: ({ command, pending }) =>
    pending === undefined
      ? text(`Run in the release: ${command}`, `Im Release ausführen: ${command}`)
      : text(
          `Run in the release, if pending (${pending}): ${command}`,
          `Im Release ausführen, falls etwas ansteht (${pending}): ${command}`,
        ),
  observe,
  explain,
  secrets: secretsOf,
}

function secretsOf({ command, pending, env, known, back }: MigrateStep): readonly string[] {
  const values = [command, pending ?? '', ...Object.values(env)]
  return referenced([...values, ...(back ? [...secretValues(back.access), back.identity ?? ''] : [])], known)
}

function doneMark(step: MigrateStep, context: ScriptContext): string {
  return `${context.runDirectory}/migrated-${step.store}`
}

function ask(pending: string): string {
  return command('pending', pending)
}

function command(name: string, words: string): string {
  return `printf '%s\\n' ${quote(words)} >"$sw_tmp/${name}"
sw_rc=0
sw_left=$((sw_end - $(date +%s)))
[ "$sw_left" -gt 0 ] || sw_left=0
sw_bounded "$sw_left" "$sw_tmp/${name}" || sw_rc=$?`
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

function goBack(step: MigrateStep, back: NonNullable<MigrateStep['back']>, context: ScriptContext): string {
  const engine = engineFor(back.access)
  const spool = spoolOf(back.directory, back.set)
  const { out, file } = spooledPart(spool, 'db', step.store, engine.ending(back.format), back.packing)
  const swapping = quote(`${context.runDirectory}/swapping-${step.store}`)
  const { beside, old } = besideNames(back.access, back.set, step.store)
  const [live, restored] = [`${spool}/live-${step.store}`, `${spool}/new-${step.store}`]
  const version = back.schemaVersion === undefined ? {} : { schemaVersion: back.schemaVersion }
  const facts = (access: Access, where: string) =>
    engine.facts({ access, out: where, fingerprint: back.fingerprint, ...version })
  const seconds = Math.max(1, Math.floor(step.timeout / 1000))
  const body = `${streamLibrary(back.packing)}
${identityText(back.identity, back.access.known)}
sw_state_of() { grep -E "$1" "$2.facts" | sort; }
if [ ! -e ${swapping} ]; then
  (
${facts(back.access, live)}
  )
  # Only a schema that changed makes a half of a migration; rows change all the time.
  if [ "$(sw_state_of '^(schema|version)' ${quote(live)})" = "$(sw_state_of '^(schema|version)' ${quote(out)})" ]; then
    sw_data unchanged yes
    exit 0
  fi
  (
${engine.drop(back.access, beside)}
  )
  (
${engine.restore({ access: back.access, target: beside, from: file, format: back.format, owners: true, timeout: seconds })}
  )
  (
${facts(accessTo(back.access, beside), restored)}
  )
  [ "$(sw_state_of '^(schema|version|table)' ${quote(restored)})" = "$(sw_state_of '^(schema|version|table)' ${quote(out)})" ] || sw_problem differs
  : >${swapping}
fi
(
${engine.swap(back.access, beside, old)}
)
sw_data restored ${quote(back.set)}
sw_data old ${quote(old)}
sw_data written "$(awk -F'\t' '$1 == "table" && NR == FNR { was[$2] = $3 } $1 == "table" && NR != FNR && $3 > was[$2] { printf "%s%s +%d", sep, $2, $3 - was[$2]; sep = ", " }' ${quote(`${out}.facts`)} ${quote(`${live}.facts`)})"`
  const keep =
    back.when === 'keep'
      ? `if [ -e ${quote(doneMark(step, context))} ]; then sw_data kept yes; exit 0; fi`
      : ':'
  return `${keep}
# Without a set nothing was pending, so nothing was migrated.
if [ -e ${quote(`${spool}/stored`)} ]; then
${bounded(body, 2 * step.timeout)}
fi`
}

function observe(_: MigrateStep, data: Readonly<Record<string, string>>): Text | undefined {
  const { restored, written, old } = data
  if (data['kept'] !== undefined) return text('the migrated schema stays', 'das migrierte Schema bleibt')
  if (data['unchanged'] !== undefined)
    return text(
      'the schema is as before, nothing to restore',
      'das Schema ist wie vorher, nichts wiederherzustellen',
    )
  if (data['pending'] !== undefined) return text('nothing is pending', 'nichts steht an')
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

function explain(step: MigrateStep, report: Report): Problem {
  const { key, args } = report
  const [code = '?', words = ''] = args
  const where = { host: step.host, step: step.id }
  if (key === 'differs') {
    return {
      code: 'STW-B042',
      what: text(
        `The set that was restored for ${step.store} is not what was dumped`,
        `Der für ${step.store} wiederhergestellte Satz ist nicht das, was gesichert wurde`,
      ),
      where,
      why: text(
        'its tables, rows or fingerprints differ; the live database was left alone',
        'seine Tabellen, Zeilen oder Fingerabdrücke weichen ab; die Datenbank im Betrieb blieb unberührt',
      ),
    }
  }
  if (key !== 'command' && key !== 'pending')
    return databaseProblem(report, { store: step.store, host: step.host })
  const unknown = key === 'pending'
  return {
    code: 'STW-B041',
    what: unknown
      ? text(
          `"${words}" could not tell whether anything is pending (migrate ${step.store})`,
          `„${words}“ konnte nicht sagen, ob etwas ansteht (${step.store} migrieren)`,
        )
      : text(
          `"${words}" failed (migrate ${step.store})`,
          `„${words}“ ist gescheitert (${step.store} migrieren)`,
        ),
    where,
    why:
      code === '124'
        ? text(
            'it took longer than its time-out and was ended',
            'er dauerte länger als das Zeitlimit und wurde beendet',
          )
        : text(`it ended with exit code ${code}`, `er endete mit Exit-Code ${code}`),
    next: [
      unknown
        ? text(
            'It must end with 0 when something is pending and with 3 when nothing is',
            'Er muss mit 0 enden, wenn etwas ansteht, und mit 3, wenn nichts ansteht',
          )
        : text(
            `Try it on ${step.host} in ${step.release}`,
            `Auf ${step.host} in ${step.release} ausprobieren`,
          ),
    ],
  }
}
