// Removes releases that retention has given up, and old run directories. Looks again before each removal.
import { text } from '../../core/lang.ts'
import { quote } from '../../core/shell.ts'
import type { HostKind, Step } from '../../engine/step.ts'
import { layout } from '../layout.ts'
import { pruneByHand } from './by-hand.ts'

export interface PruneStep extends Step {
  readonly kind: 'release.prune'
  readonly host: string
  readonly root: string
  readonly remove: readonly string[]
  /** Newest run directories to keep as evidence. */
  readonly keepRuns: number
}

export const pruneKind: HostKind<PruneStep> = {
  at: 'host',
  run: step => `sw_live=$(readlink ${quote(layout.current(step.root))} 2>/dev/null) || sw_live=
sw_live=\${sw_live%/}
for sw_old in ${step.remove.map(quote).join(' ') || "''"}; do
  [ -n "$sw_old" ] && [ "\${sw_live##*/}" != "$sw_old" ] || continue
  rm -rf ${quote(layout.releases(step.root))}/"$sw_old"
  sw_data removed "$sw_old"
done
ls -1 ${quote(`${step.root}/.stellwerk/runs`)} | sort -r | tail -n +${step.keepRuns + 1} | while IFS= read -r sw_old; do
  [ "$sw_old" = "$sw_run" ] || rm -rf ${quote(`${step.root}/.stellwerk/runs`)}/"$sw_old"
done`,
  undo: () => ':',
  inspect: step =>
    `for sw_old in ${step.remove.map(quote).join(' ') || "''"}; do [ -n "$sw_old" ] && [ -e ${quote(layout.releases(step.root))}/"$sw_old" ] && { echo undone; exit 0; }; done; echo done`,
  byHand: pruneByHand,
  describe: step =>
    text(
      step.remove.length === 0 ? 'Nothing to remove' : `Remove ${step.remove.join(', ')}`,
      step.remove.length === 0 ? 'Nichts zu entfernen' : `${step.remove.join(', ')} entfernen`,
    ),
}
