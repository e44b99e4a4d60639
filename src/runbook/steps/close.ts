// Ends the waiting of a run: its file moves into the run's directory, as evidence of what was asked. With a status the run
// itself ends too, because another one has taken its release back.
import { text } from '../../core/lang.ts'
import { quote } from '../../core/shell.ts'
import type { HostKind, Step } from '../../engine/step.ts'
import { paths } from '../waiting.ts'

export interface CloseStep extends Step {
  readonly kind: 'sign-off.close'
  readonly host: string
  readonly root: string
  /** The run that waits; with a status never the one that carries out this step. */
  readonly waits: string
  readonly status?: 'rejected' | 'rolled-back'
}

export const closeKind: HostKind<CloseStep> = {
  at: 'host',
  run: ({ root, waits, status }) => {
    const directory = `${root}/.stellwerk/runs/${waits}`
    const journal = quote(`${directory}/journal.jsonl`)
    // Before the file goes: a crash in between leaves a run that waits and has ended, never one that hangs unseen.
    const end =
      status === undefined
        ? ''
        : `if [ -d ${quote(directory)} ] && ! grep -q '"type":"end"' ${journal} 2>/dev/null; then
  printf '{"v":1,"at":"%s","token":%s,"type":"end","status":"%s"}\\n' "$(sw_now)" "$sw_token" ${status} >>${journal}
  sw_fsync ${journal}
fi
`
    const file = quote(paths(root).waiting(waits))
    return `${end}[ ! -e ${file} ] || mv -f ${file} ${quote(`${directory}/waiting.json`)} || rm -f ${file}`
  },
  undo: () => ':',
  inspect: ({ root, waits }) =>
    `if [ -e ${quote(paths(root).waiting(waits))} ]; then echo undone; else echo done; fi`,
  describe: ({ waits, status }) =>
    status === undefined
      ? text('Everything is signed', 'Alles ist unterschrieben')
      : text(`${waits} waits no more`, `${waits} wartet nicht mehr`),
}
