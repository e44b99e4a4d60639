// Asks a restored database one question, and keeps the answer as it is; `drill.answers` judges it.
import { text } from '../../../core/lang.ts'
import { quote } from '../../../core/shell.ts'
import { referenced } from '../../../core/shell-value.ts'
import { secretValues } from '../../../databases/access.ts'
import { engineFor } from '../../../databases/engines.ts'
import { databaseProblem } from '../../../databases/problems.ts'
import type { HostKind, Step } from '../../../engine/step.ts'
import { bounded } from '../fragment.ts'
import type { Scratch } from './place.ts'

export interface DrillQueryStep extends Step, Scratch {
  readonly kind: 'drill.query'
  readonly host: string
  readonly sql: string
  /** File for the answer. */
  readonly out: string
}

export const drillQueryKind: HostKind<DrillQueryStep> = {
  at: 'host',
  run: ({ access, target, sql, out, timeout }) =>
    bounded(
      `(
${engineFor(access).query(access, target, sql)}
) >"$sw_tmp/answer"
sw_write ${quote(out)} <"$sw_tmp/answer"`,
      timeout,
    ),
  undo: ({ out }) => `rm -f ${quote(out)}`,
  inspect: ({ out }) => `[ -e ${quote(out)} ] && echo done || echo undone`,
  describe: ({ store, sql }) => text(`Ask ${store}: ${sql}`, `${store} fragen: ${sql}`),
  explain: ({ store, host, id, sql }, report) => ({
    ...databaseProblem(report, { store, host }),
    where: { host, step: id },
    evidence: sql,
  }),
  secrets: ({ access }) => referenced(secretValues(access), access.known),
}
