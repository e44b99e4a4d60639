// A web server that serves <root>/current itself: the link is the switch, a reload makes it look.
import { text } from '../core/lang.ts'
import { quote } from '../core/shell.ts'
import type { HostKind, Step } from '../engine/step.ts'
import { reloadByHand } from './by-hand.ts'

export interface RouterReload extends Step {
  readonly kind: 'router.reload'
  readonly host: string
  /** Shell command. */
  readonly command: string
  /** go: runs it. back: does nothing, and its undo runs it: it stands before the switch, so that its undo comes after the
   *  link is back. */
  readonly when: 'go' | 'back'
}

const seconds = 60

export const reloadKind: HostKind<RouterReload> = {
  at: 'host',
  run: step => (step.when === 'go' ? reload(step.command) : ':'),
  undo: step => (step.when === 'back' ? reload(step.command) : ':'),
  // A reload leaves no mark; running it again harms nobody.
  inspect: step => (step.when === 'back' ? 'echo done' : 'echo unknown'),
  byHand: reloadByHand,
  describe: step =>
    text(`Reload the web server: ${step.command}`, `Den Webserver neu laden: ${step.command}`),
  explain: (step, report) => ({
    code: 'STW-T201',
    what: text(
      `"${step.command}" failed on ${step.host}`,
      `„${step.command}“ ist auf ${step.host} gescheitert`,
    ),
    where: { host: step.host, step: step.id },
    why: text(
      report.args[0] === '124'
        ? `it took longer than ${seconds} s`
        : `it ended with exit code ${report.args[0]}`,
      report.args[0] === '124'
        ? `er dauerte länger als ${seconds} s`
        : `er endete mit Exit-Code ${report.args[0]}`,
    ),
    next: [text(`Try it on ${step.host}: ${step.command}`, `Auf ${step.host} ausprobieren: ${step.command}`)],
  }),
}

function reload(command: string): string {
  return `printf '%s\\n' ${quote(command)} >"$sw_tmp/reload.sh"
sr_code=0
sw_bounded ${seconds} "$sw_tmp/reload.sh" || sr_code=$?
[ "$sr_code" = 0 ] || sw_problem reload "$sr_code"`
}
