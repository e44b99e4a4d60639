// Ends a green drill on its host: the restored data goes, all of it. A red one is ended by the undo of the steps that made it.
import { text } from '../../../core/lang.ts'
import { quote } from '../../../core/shell.ts'
import { referenced } from '../../../core/shell-value.ts'
import { secretValues } from '../../../databases/access.ts'
import { databaseProblem } from '../../../databases/problems.ts'
import type { HostKind, Step } from '../../../engine/step.ts'
import { dropText, removeText, type Scratch } from './place.ts'

export interface DrillCloseStep extends Step {
  readonly kind: 'drill.close'
  readonly host: string
  readonly directory: string
  readonly scratch: readonly Scratch[]
}

export const drillCloseKind: HostKind<DrillCloseStep> = {
  at: 'host',
  // The directory first: a server that does not answer must not keep the files of production there.
  run: (step, context) =>
    [removeText(step.directory), ...step.scratch.map(scratch => dropText(scratch, context))].join('\n'),
  undo: () => ':',
  inspect: ({ directory }) => `[ -e ${quote(directory)} ] && echo undone || echo unknown`,
  describe: ({ directory, scratch }) => {
    const names = scratch.filter(({ access }) => access.kind !== 'sqlite').map(({ target }) => target)
    const all = [directory, ...names].join(', ')
    return text(`Remove ${all}`, `${all} entfernen`)
  },
  explain: ({ scratch, host, id }, report) => ({
    ...databaseProblem(report, { store: scratch.map(({ store }) => store).join(', '), host }),
    where: { host, step: id },
  }),
  secrets: ({ scratch }) => [
    ...new Set(scratch.flatMap(({ access }) => referenced(secretValues(access), access.known))),
  ],
}
