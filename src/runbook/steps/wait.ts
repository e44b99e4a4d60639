// The file that says that a run waits for people. While it lies there nothing else may be deployed.
import { text } from '../../core/lang.ts'
import { quote } from '../../core/shell.ts'
import type { HostKind, Step } from '../../engine/step.ts'
import { paths, type Waiting } from '../waiting.ts'

export interface WaitStep extends Step {
  readonly kind: 'sign-off.wait'
  readonly host: string
  readonly root: string
  /** `since` is filled in by the host. */
  readonly waiting: Omit<Waiting, 'since'>
}

/** Stands for the host's own time. */
const now = '@NOW@'

export const waitKind: HostKind<WaitStep> = {
  at: 'host',
  run: ({ root, waiting }) => `mkdir -p ${quote(`${root}/.stellwerk/waiting`)}
printf '%s\\n' ${quote(JSON.stringify({ ...waiting, since: now }))} | sed "s/\\"since\\":\\"${now}\\"/\\"since\\":\\"$(sw_now)\\"/" | sw_write ${file({ root, waiting })}`,
  undo: step => `rm -f ${file(step)}`,
  inspect: step => `if [ -s ${file(step)} ]; then echo done; else echo undone; fi`,
  describe: ({ waiting: { signOffs } }) => {
    const list = signOffs.map(({ title, role }) => `${title} (${role})`).join(', ')
    return text(`Wait until this is signed: ${list}`, `Warten, bis unterschrieben ist: ${list}`)
  },
}

function file({ root, waiting }: Pick<WaitStep, 'root' | 'waiting'>): string {
  return quote(paths(root).waiting(waiting.run))
}
