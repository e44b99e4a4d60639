// Puts the restored database in the place of the live one, which stays under another name.
import { text } from '../../../core/lang.ts'
import { quote } from '../../../core/shell.ts'
import { referenced } from '../../../core/shell-value.ts'
import { type Access, secretValues } from '../../../databases/access.ts'
import { engineFor } from '../../../databases/engines.ts'
import { databaseProblem } from '../../../databases/problems.ts'
import { streamLibrary } from '../../../databases/stream.ts'
import type { HostKind, Step } from '../../../engine/step.ts'
import { bounded } from '../fragment.ts'
import { swapMark } from './beside.ts'

export interface SwapStep extends Step {
  readonly kind: 'restore.swap'
  readonly host: string
  /** Name of the database in stellwerk.yaml. */
  readonly store: string
  readonly access: Access
  readonly beside: string
  readonly old: string
  /** There is no live one today: nothing is replaced. */
  readonly none?: true
}

export const swapKind: HostKind<SwapStep> = {
  at: 'host',
  run: (step, context) => `: >${quote(swapMark(step, context))}
${body(step, engineFor(step.access).swap(step.access, step.beside, step.old))}
: >${quote(`${swapMark(step, context)}.done`)}
${step.none ? '' : `sw_data old ${quote(step.old)}`}`,
  undo: (step, context) => `if [ -e ${quote(swapMark(step, context))} ]; then
${body(step, engineFor(step.access).unswap(step.access, step.beside, step.old))}
rm -f ${quote(`${swapMark(step, context)}.done`)}
fi`,
  inspect: (step, context) => {
    const mark = swapMark(step, context)
    return `if [ -e ${quote(`${mark}.done`)} ]; then echo done; elif [ -e ${quote(mark)} ]; then echo unknown; else echo undone; fi`
  },
  describe: ({ store, beside, old, none }) =>
    none
      ? text(
          `${store}: ${beside} becomes live; nothing is replaced`,
          `${store}: ${beside} geht in Betrieb; nichts wird ersetzt`,
        )
      : text(
          `${store}: ${beside} becomes live, the live one stays as ${old}`,
          `${store}: ${beside} geht in Betrieb, das Bisherige bleibt als ${old}`,
        ),
  observe: (_, { old }) =>
    old === undefined ? undefined : text(`what was live stays as ${old}`, `das Bisherige bleibt als ${old}`),
  explain: (step, report) => ({
    ...databaseProblem(report, { store: step.store, host: step.host }),
    where: { host: step.host, step: step.id },
  }),
  secrets: ({ access }) => referenced(secretValues(access), access.known),
}

function body(step: SwapStep, fragment: string): string {
  return bounded(`${streamLibrary({ compression: 'none', recipients: [] })}\n(\n${fragment}\n)`, step.timeout)
}
