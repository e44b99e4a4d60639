// Drops what a restore kept. Nothing brings it back.
import { text } from '../../../core/lang.ts'
import { quote } from '../../../core/shell.ts'
import { referenced } from '../../../core/shell-value.ts'
import { type Access, secretValues } from '../../../databases/access.ts'
import { engineFor } from '../../../databases/engines.ts'
import { databaseProblem } from '../../../databases/problems.ts'
import type { HostKind, Step } from '../../../engine/step.ts'
import { bounded } from '../fragment.ts'

export interface DropStep extends Step {
  readonly kind: 'restore.drop'
  readonly host: string
  readonly store: string
  readonly access: Access
  /** Begins with stw_; the engine refuses any other. */
  readonly target: string
}

export const dropKind: HostKind<DropStep> = {
  at: 'host',
  run: (
    step,
    { runDirectory },
  ) => `${bounded(`(\n${engineFor(step.access).drop(step.access, step.target)}\n)`, step.timeout)}
: >${quote(mark(step, runDirectory))}`,
  undo: () => ':',
  inspect: (step, { runDirectory }) =>
    `[ -e ${quote(mark(step, runDirectory))} ] && echo done || echo undone`,
  describe: ({ store, target }) => text(`Drop ${target} (${store})`, `${target} (${store}) löschen`),
  explain: (step, report) => databaseProblem(report, { store: step.store, host: step.host }),
  secrets: ({ access }) => referenced(secretValues(access), access.known),
}

function mark({ target }: DropStep, runDirectory: string): string {
  return `${runDirectory}/dropped-${target.slice(target.lastIndexOf('/') + 1)}`
}
