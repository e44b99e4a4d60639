// Says again, once everything else is safe, that a store failed: the run must not end well without it.
import { text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'
import { quote } from '../../core/shell.ts'
import type { HostKind, Report, Step } from '../../engine/step.ts'
import { failedMark } from '../spool.ts'
import { storeProblem } from '../spooled.ts'

export interface CompleteStep extends Step {
  readonly kind: 'backup.complete'
  readonly host: string
  readonly environment: string
  readonly stores: readonly { readonly store: string; readonly of: 'db' | 'files'; readonly out: string }[]
}

export const completeKind: HostKind<CompleteStep> = {
  at: 'host',
  run: ({ stores }) =>
    stores
      .map(({ out }, index) => {
        const mark = quote(failedMark(out))
        return `if [ -s ${mark} ]; then { echo ${index}; cat ${mark}; } >"$sw_tmp/report"; exit 1; fi`
      })
      .join('\n'),
  undo: () => ':',
  inspect: () => 'echo undone',
  describe: ({ stores }) => {
    const names = stores.map(({ store }) => store).join(', ')
    return text(`See that nothing failed: ${names}`, `Prüfen, dass nichts gescheitert ist: ${names}`)
  },
  explain,
}

function explain(step: CompleteStep, { key: index, args }: Report): Problem {
  const failed = step.stores[Number(index)]
  const [key = '', ...rest] = args
  if (!failed) throw new Error(`no store ${index}`)
  const problem = storeProblem({ key, args: rest }, { ...failed, host: step.host })
  const list = `stellwerk backup list ${step.environment}`
  return {
    ...problem,
    where: { ...problem.where, step: step.id },
    next: [
      ...(problem.next ?? []),
      text(
        `The other stores are kept as a set that counts for nothing: ${list}`,
        `Die anderen Daten sind als Satz aufgehoben, der für nichts zählt: ${list}`,
      ),
    ],
  }
}
