// Begins the after-care of a release, and closes that of every other one.
import { text } from '../../core/lang.ts'
import { quote } from '../../core/shell.ts'
import type { HostKind, Step } from '../../engine/step.ts'
import { careDirectory, type DueTask } from '../due-list.ts'

export interface BeginCareStep extends Step {
  readonly kind: 'aftercare.begin'
  readonly host: string
  readonly root: string
  readonly release: string
  /** None: only the others are closed, as after a rollback. */
  readonly tasks: readonly DueTask[]
}

export const beginCareKind: HostKind<BeginCareStep> = {
  at: 'host',
  run: ({ root, release, tasks }) => {
    const directory = careDirectory(root)
    const file = quote(`${directory}/${release}.jsonl`)
    const lines = tasks.map(task => quote(JSON.stringify({ v: 1, type: 'due', ...task }))).join(' ')
    // Only once: a list that exists has begun, and a second beginning would forget what is done.
    const begin =
      tasks.length === 0
        ? ''
        : `[ -s ${file} ] || { printf '{"v":1,"type":"begin","release":"%s","at":"%s"}\\n' ${quote(release)} "$(sw_now)"; printf '%s\\n' ${lines}; } | sw_write ${file}`
    return `mkdir -p ${quote(directory)}
for sw_f in ${quote(directory)}/*.jsonl; do
  [ -s "$sw_f" ] && [ "$sw_f" != ${file} ] || continue
  grep -q '"type":"superseded"' "$sw_f" || printf '{"v":1,"type":"superseded","by":"%s","at":"%s"}\\n' ${quote(release)} "$(sw_now)" >>"$sw_f"
done
${begin}`
  },
  undo: () => ':',
  inspect: ({ root, release, tasks }) =>
    tasks.length === 0
      ? 'echo undone'
      : `if [ -s ${quote(`${careDirectory(root)}/${release}.jsonl`)} ]; then echo done; else echo undone; fi`,
  describe: ({ tasks }) =>
    tasks.length === 0
      ? text('Close the after-care of other releases', 'Die Nachsorge anderer Releases schließen')
      : text(
          `Begin the after-care: ${tasks.map(({ id }) => id).join(', ')}`,
          `Die Nachsorge beginnen: ${tasks.map(({ id }) => id).join(', ')}`,
        ),
}
