// Whether the database that was restored beside is what the set holds. Before this says yes nothing live is touched.

import { text } from '../../../core/lang.ts'
import { type Problem, ProblemError } from '../../../core/problem.ts'
import { quote } from '../../../core/shell.ts'
import { type DatabaseFacts, parseFacts } from '../../../databases/facts.ts'
import type { HereKind, HereOutcome, Step } from '../../../engine/step.ts'
import { compareDatabases } from '../../compare.ts'
import type { BackupDeps } from '../../context.ts'
import { rowCount, tableCount } from '../../counts.ts'
import { readAll } from '../../spooled.ts'

export interface CompareStep extends Step {
  readonly kind: 'restore.compare'
  readonly host: string
  readonly store: string
  /** Of the manifest. */
  readonly saved: DatabaseFacts
  /** File on the host with the facts of what was restored. */
  readonly facts: string
}

export function compareKind(deps: BackupDeps): HereKind<CompareStep> {
  return {
    at: 'here',
    run: async (step, context) => {
      try {
        const host = deps.hostNamed(step.host)
        const restored = parseFacts(await readAll(host, `cat ${quote(step.facts)}`, context.signal))
        if (!restored) return failed(unknown(step))
        const differences = compareDatabases(step.saved, restored)
        if (differences.length > 0)
          return failed(
            differs(
              step,
              differences.map(({ what }) => what),
            ),
          )
        return passed(restored)
      } catch (error) {
        if (!ProblemError.is(error)) throw error
        return failed(error.problem)
      }
    },
    describe: ({ store, saved }) => {
      const { en, de } = tableCount(saved.tables.length)
      return text(`Compare ${store} with the manifest: ${en}`, `${store} mit dem Manifest vergleichen: ${de}`)
    },
  }
}

function passed({ tables }: DatabaseFacts): HereOutcome {
  const [all, rows] = [
    tableCount(tables.length),
    rowCount(tables.reduce((sum, table) => sum + table.rows, 0)),
  ]
  return {
    verdict: 'pass',
    observed: text(`${all.en}, ${rows.en}, as saved`, `${all.de}, ${rows.de}, wie gesichert`),
  }
}

function failed(problem: Problem): HereOutcome {
  return { verdict: 'fail', observed: problem.what, problem }
}

function unknown({ store, host, id }: CompareStep): Problem {
  return {
    code: 'STW-B461',
    what: text(
      `Nobody can tell whether ${store} was restored completely`,
      `Niemand kann sagen, ob ${store} vollständig wiederhergestellt wurde`,
    ),
    where: { host, step: id },
    why: text('its facts are cut or cannot be read', 'seine Angaben sind abgeschnitten oder nicht lesbar'),
  }
}

function differs(
  { store, host, id }: CompareStep,
  what: readonly { readonly en: string; readonly de: string }[],
): Problem {
  const shown = what.slice(0, 5)
  const more = what.length > shown.length ? `; … ${what.length - shown.length}` : ''
  return {
    code: 'STW-B462',
    what: text(
      `What was restored for ${store} is not what the set holds`,
      `Was für ${store} wiederhergestellt wurde, ist nicht das, was der Satz enthält`,
    ),
    where: { host, step: id },
    why: text(
      `${shown.map(({ en }) => en).join('; ')}${more}; the live database was left alone`,
      `${shown.map(({ de }) => de).join('; ')}${more}; die Datenbank im Betrieb blieb unberührt`,
    ),
    next: [
      text('Take another set: stellwerk backup list', 'Einen anderen Satz nehmen: stellwerk backup list'),
    ],
  }
}
