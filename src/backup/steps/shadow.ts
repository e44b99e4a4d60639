// Saves the files of a SQLite database as they are, because it is damaged: evidence, and all that is left of rows that no dump can read.
import { text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'
import { quote } from '../../core/shell.ts'
import type { FileAccess } from '../../databases/access.ts'
import { databaseProblem } from '../../databases/problems.ts'
import { sqliteShadowFragment } from '../../databases/sqlite/look.ts'
import { type Packing, streamLibrary } from '../../databases/stream.ts'
import type { HostKind, Report, Step } from '../../engine/step.ts'
import { dumpFiles, filesProblem } from '../files.ts'
import { spooledPart, spoolOf } from '../spool.ts'
import { bounded, partText } from './fragment.ts'

export interface ShadowStep extends Step {
  readonly kind: 'backup.shadow'
  readonly host: string
  readonly directory: string
  readonly set: string
  /** Name of the database in stellwerk.yaml. */
  readonly store: string
  readonly access: FileAccess & { readonly known: readonly string[] }
  readonly packing: Packing
}

export const shadowKind: HostKind<ShadowStep> = {
  at: 'host',
  run: step => {
    const { out, file, raw } = placeOf(step)
    const facts = quote(`${out}.facts`)
    const root = raw.slice(0, raw.lastIndexOf('/'))
    const body = `sw_began=$(date +%s)
${streamLibrary(step.packing)}
(
${sqliteShadowFragment(step.access, raw)}
)
${dumpFiles({ root, paths: [step.store], exclude: [], minFiles: 1, out, own: [] })}
{
  grep -v '^end$' ${facts}
  sed 's/^/integrity\t/' ${quote(`${raw}.integrity`)}
  echo end
} >"$sw_tmp/facts"
sw_write ${facts} <"$sw_tmp/facts"
rm -rf ${quote(raw)}
sw_data integrity "$(head -n 1 ${quote(`${raw}.integrity`)})"
${partText(out, file)}`
    return bounded(body, step.timeout)
  },
  undo: step => {
    const { out, file, raw } = placeOf(step)
    return `rm -rf ${[file, raw, `${raw}.integrity`, `${out}.facts`, `${out}.sums`, `${out}.part`].map(quote).join(' ')}`
  },
  inspect: step => `[ -s ${quote(`${placeOf(step).out}.part`)} ] && echo done || echo undone`,
  describe: ({ store, access }) =>
    text(
      `Save the files of ${store} as they are: ${access.file}, -wal and -shm`,
      `Die Dateien von ${store} sichern, wie sie sind: ${access.file}, -wal und -shm`,
    ),
  observe: (_, { integrity }) => {
    const what = `integrity_check: ${integrity}`
    return integrity === undefined ? undefined : text(what, what)
  },
  explain,
}

function placeOf(step: ShadowStep) {
  const spool = spoolOf(step.directory, step.set)
  return { ...spooledPart(spool, 'db', step.store, 'tar', step.packing), raw: `${spool}/raw/${step.store}` }
}

function explain(step: ShadowStep, report: Report): Problem {
  const context = { store: step.store, host: step.host }
  if (report.key === 'raw')
    return {
      code: 'STW-B631',
      what: text(
        `The files of ${step.store} cannot be copied on ${step.host}`,
        `Die Dateien von ${step.store} lassen sich auf ${step.host} nicht kopieren`,
      ),
      where: { host: step.host, step: step.id },
      why: text(report.args[0] ?? '', report.args[0] ?? ''),
    }
  const ofFiles = ['files', 'few', 'nested'].includes(report.key)
  return ofFiles ? filesProblem(report, context) : databaseProblem(report, context)
}
