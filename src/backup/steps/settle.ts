// Ends a set on a host: the spool goes, and the release that it was made for remembers its name.
import { text } from '../../core/lang.ts'
import { quote } from '../../core/shell.ts'
import type { HostKind, Step } from '../../engine/step.ts'
import { spoolOf } from '../spool.ts'

export interface SettleStep extends Step {
  readonly kind: 'backup.settle'
  readonly host: string
  readonly directory: string
  readonly set: string
  /** Record of the release on this host that gets the set's name: `.stellwerk.json`. */
  readonly record?: string
}

/** Newest run directories that stay as evidence. */
const keptRuns = 50

export const settleKind: HostKind<SettleStep> = {
  at: 'host',
  run: step => {
    const spool = quote(spoolOf(step.directory, step.set))
    const note =
      step.record === undefined
        ? ':'
        : `if [ -e ${spool}/stored ] && [ -s ${quote(step.record)} ] && ! grep -q '"backup":' ${quote(step.record)}; then
  sed '1s/^{/{\\n  "backup": "${step.set}",/' ${quote(step.record)} | sw_write ${quote(step.record)}
fi`
    return `${note}
rm -rf ${spool}
ls -1 "$sw_state/runs" | sort -r | tail -n +${keptRuns + 1} | while IFS= read -r sw_old; do rm -rf "$sw_state/runs/$sw_old"; done`
  },
  undo: () => ':',
  inspect: step => `[ -d ${quote(spoolOf(step.directory, step.set))} ] && echo undone || echo done`,
  describe: step =>
    text(`Clear the spool of set ${step.set}`, `Das Zwischenlager des Satzes ${step.set} leeren`),
}
