// Brings the router's program file to a host, under a name that tells its content.
import type { Readable } from 'node:stream'
import { formatBytes } from '../../core/bytes.ts'
import { text } from '../../core/lang.ts'
import { quote } from '../../core/shell.ts'
import type { HostKind, Step } from '../../engine/step.ts'
import { routerDirectory, routerFile } from './library.ts'
import { routerProblem } from './problems.ts'

export interface RouterInstall extends Step {
  readonly kind: 'router.install'
  readonly host: string
  readonly root: string
  readonly sha256: string
  readonly bytes: number
}

/** `open`: the program file's content; made by the composition root, which knows where this version keeps it. Stands in a
 *  phase of its own: it uses the standard input. */
export function installKind(open: (step: RouterInstall) => Promise<Readable>): HostKind<RouterInstall> {
  return {
    at: 'host',
    run: step => {
      const directory = quote(routerDirectory(step.root))
      return `mkdir -p ${directory} || sw_problem write
chmod 700 ${directory}
cat >${directory}/.upload || sw_problem write
sr_sum=$(sha256sum ${directory}/.upload | cut -d' ' -f1)
[ "$sr_sum" = ${quote(step.sha256)} ] || { rm -f ${directory}/.upload; sw_problem content "$sr_sum"; }
sw_write ${place(step)} <${directory}/.upload || sw_problem write
rm -f ${directory}/.upload`
    },
    undo: () => ':',
    inspect: step =>
      `case "$(sha256sum ${place(step)} 2>/dev/null)" in ${quote(step.sha256)}*) echo done ;; *) echo undone ;; esac`,
    describe: step =>
      text(
        `Send the router program ${routerFile(step.sha256)} (${formatBytes(step.bytes)}) to ${step.host}`,
        `Das Routerprogramm ${routerFile(step.sha256)} (${formatBytes(step.bytes)}) an ${step.host} senden`,
      ),
    explain: (step, report) => routerProblem(step, report),
    stream: open,
  }
}

function place(step: RouterInstall): string {
  return quote(`${routerDirectory(step.root)}/${routerFile(step.sha256)}`)
}
