// Rebuilds a damaged SQLite database beside the live one from what can still be read of it, and tells what came out.
import { type Text, text } from '../../../core/lang.ts'
import type { Problem } from '../../../core/problem.ts'
import { quote } from '../../../core/shell.ts'
import type { Access, FileAccess } from '../../../databases/access.ts'
import { engineFor } from '../../../databases/engines.ts'
import { databaseProblem } from '../../../databases/problems.ts'
import { sqliteRebuildFragment } from '../../../databases/sqlite/rebuild.ts'
import { streamLibrary } from '../../../databases/stream.ts'
import type { HostKind, Report, ScriptContext, Step } from '../../../engine/step.ts'
import { bounded } from '../fragment.ts'
import { swapMark } from './beside.ts'

export interface RebuildStep extends Step {
  readonly kind: 'restore.rebuild'
  readonly host: string
  /** Name of the database in stellwerk.yaml. */
  readonly store: string
  readonly access: Access & FileAccess
  /** Path of the file that is made. */
  readonly target: string
  /** Where the SQL lies meanwhile. */
  readonly sql: string
  /** The newest verified set that holds it, to compare with. */
  readonly saved?: SavedRows
}

export interface SavedRows {
  readonly set: string
  readonly tables: readonly { readonly name: string; readonly rows: number }[]
}

export const rebuildKind: HostKind<RebuildStep> = {
  at: 'host',
  run: (step, context) => {
    const { access, target, sql } = step
    const mark = quote(madeMark(step, context))
    return bounded(
      `${streamLibrary({ compression: 'none', recipients: [] })}
# What an attempt that broke off left is ours to remove.
if [ -e ${mark} ]; then
(
${engineFor(access).drop(access, target)}
)
fi
[ ! -e ${quote(target)} ] || sw_problem exists ${quote(target)}
: >${mark}
(
set -eu
${sqliteRebuildFragment(access, { target, sql })}
)
: >${mark}.done`,
      step.timeout,
    )
  },
  // Once it was live, people may have written into it: then it stays under its name.
  undo: (step, context) => `rm -f ${quote(`${madeMark(step, context)}.done`)}
if [ -e ${quote(madeMark(step, context))} ] && [ ! -e ${quote(swapMark(step, context))} ]; then
${bounded(`(\n${engineFor(step.access).drop(step.access, step.target)}\n)`, step.timeout)}
fi`,
  inspect: (step, context) =>
    `[ -e ${quote(`${madeMark(step, context)}.done`)} ] && echo done || echo undone`,
  describe: ({ store, target }) =>
    text(
      `Rebuild ${store} beside the damaged one, as ${target}, from what can still be read, and check it there`,
      `${store} aus dem noch Lesbaren neben der beschädigten Datei als ${target} neu aufbauen und dort prüfen`,
    ),
  observe: rebuiltText,
  explain,
}

function madeMark({ store }: RebuildStep, { runDirectory }: ScriptContext): string {
  return `${runDirectory}/rebuilt-${store}`
}

/** What the fragment told: rows of each table beside those of the set, and what is missing. */
function rebuiltText({ saved }: RebuildStep, data: Readonly<Record<string, string>>): Text | undefined {
  const tables = Object.entries(data).flatMap(([key, value]) => {
    const at = value.indexOf(' ')
    return /^rows\d+$/.test(key) ? [{ name: value.slice(at + 1), rows: Number(value.slice(0, at)) }] : []
  })
  if (tables.length === 0) return undefined
  const was = new Map(saved?.tables.map(({ name, rows }) => [name, rows]))
  const gone = (saved?.tables ?? []).filter(({ name }) => !tables.some(table => table.name === name))
  const lines = [
    ...tables.map(({ name, rows }) => {
      const before = was.get(name)
      return before === undefined
        ? text(`${name}: ${rows} rows rebuilt`, `${name}: ${rows} Zeilen wiederhergestellt`)
        : text(
            `${name}: ${rows} rows rebuilt, ${before} in set ${saved?.set}`,
            `${name}: ${rows} Zeilen wiederhergestellt, ${before} im Satz ${saved?.set}`,
          )
    }),
    ...gone.map(({ name, rows }) =>
      text(
        `${name}: not rebuilt, ${rows} rows in set ${saved?.set}`,
        `${name}: nicht wiederhergestellt, ${rows} Zeilen im Satz ${saved?.set}`,
      ),
    ),
    ...told(data['lost'], 'not rebuilt', 'nicht wiederhergestellt'),
    ...told(data['refused'], 'statements refused', 'abgewiesene Anweisungen'),
    ...told(data['orphans'], 'rows that refer to none', 'Zeilen, die auf keine verweisen'),
  ]
  return text(lines.map(({ en }) => en).join('; '), lines.map(({ de }) => de).join('; '))
}

function told(value: string | undefined, en: string, de: string): readonly Text[] {
  return value === undefined ? [] : [text(`${en}: ${value}`, `${de}: ${value}`)]
}

function explain(step: RebuildStep, report: Report): Problem {
  const { store, host } = step
  const where = { host, step: step.id }
  const next = [
    text(
      'Take the newest set instead: stellwerk restore',
      'Stattdessen den neuesten Satz nehmen: stellwerk restore',
    ),
  ]
  if (report.key === 'rows')
    return {
      code: 'STW-B641',
      what: text(
        `Not a single row of ${store} can still be read`,
        `Von ${store} ist keine einzige Zeile mehr lesbar`,
      ),
      where,
      next,
    }
  if (report.key === 'incomplete') {
    const said = report.args.at(-1) ?? ''
    return {
      code: 'STW-B642',
      what: text(
        `What was rebuilt of ${store} is not sound`,
        `Das Wiederhergestellte von ${store} ist nicht in Ordnung`,
      ),
      where,
      why: text(said, said),
      next,
    }
  }
  return { ...databaseProblem(report, { store, host }), where }
}
