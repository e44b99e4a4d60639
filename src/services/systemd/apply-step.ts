// Restarts or reloads a unit, and the memory that makes it reversible. An undo runs in reverse order, so what is
// restarted AFTER the switch would be taken back BEFORE the link is back: into the release that failed. Therefore two
// steps: `remember` stands before the switch, only notes what is true, and holds the undo; `apply` stands after it.
import { formatDuration } from '../../core/duration.ts'
import { text } from '../../core/lang.ts'
import { quote } from '../../core/shell.ts'
import type { HostKind, Step } from '../../engine/step.ts'
import { applyByHand } from '../by-hand.ts'
import { bringLibrary, type UnitAction, type UnitTarget } from './bring.ts'
import { systemdProblem } from './problems.ts'
import { systemctlLibrary } from './systemctl.ts'

export interface SystemdRemember extends Step, UnitTarget {
  readonly kind: 'systemd.remember'
  /** What apply will do, and the undo does again with the old link. */
  readonly action: 'restart' | 'reload'
}

export interface SystemdApply extends Step, UnitTarget {
  readonly kind: 'systemd.apply'
  readonly action: UnitAction
}

export const systemdRemember: HostKind<SystemdRemember> = {
  at: 'host',
  run: (step, { runDirectory }) => `${systemctlLibrary(step, runDirectory)}
sd_check
sd_look
printf '%s\\n' "\${sd_active:-unknown}" | sw_write "$sd_note.remembered"
sw_data active "\${sd_active:-unknown}"
`,
  undo: (step, { runDirectory }) => `${systemctlLibrary(step, runDirectory)}${bringLibrary(step)}
# Without the mark of apply nothing was restarted, so there is nothing to take back.
if [ -e "$sd_note.applied" ]; then
  sd_check
  case "$(cat "$sd_note.remembered" 2>/dev/null)" in
  active | reloading | activating) sd_bring_${step.action} ;;
  *) sd_bring_stop ;;
  esac
fi
`,
  inspect: (step, { runDirectory }) =>
    `if [ -s ${quote(`${runDirectory}/${step.unit}.remembered`)} ]; then echo done; else echo undone; fi\n`,
  describe: step =>
    text(
      `note how ${step.unit} runs, for the way back`,
      `festhalten, wie ${step.unit} läuft, für den Rückweg`,
    ),
  explain: (step, report) => systemdProblem(step.service, step.unit, report),
}

const words: Readonly<Record<UnitAction, readonly [string, string]>> = {
  start: ['start', 'starten'],
  stop: ['stop', 'anhalten'],
  restart: ['restart', 'neu starten'],
  reload: ['reload', 'neu laden'],
}

export const systemdApply: HostKind<SystemdApply> = {
  at: 'host',
  run: (step, { runDirectory }) => `${systemctlLibrary(step, runDirectory)}${bringLibrary(step)}
sd_check
sd_look
if [ ! -e "$sd_note.applied" ]; then printf '%s\\n' "\${sd_call:-none}" | sw_write "$sd_note.applied"; fi
sd_bring_${step.action}
: >"$sd_note.proven"
`,
  // Restart and reload are taken back by `remember`.
  undo: (step, { runDirectory }) => {
    if (step.action === 'restart' || step.action === 'reload') return ':\n'
    return `${systemctlLibrary(step, runDirectory)}${bringLibrary(step)}
sd_check
sd_bring_${step.action === 'start' ? 'stop' : 'start'}
`
  },
  inspect: (step, { runDirectory }) => `${systemctlLibrary(step, runDirectory)}
sd_look
case $sd_active/${step.action} in
'/'*) echo unknown ;;
inactive/stop | failed/stop) echo done ;;
active/start) echo done ;;
active/restart | active/reload) if [ -e "$sd_note.proven" ]; then echo done; else echo undone; fi ;;
*) echo undone ;;
esac
`,
  byHand: applyByHand,
  describe: step => {
    const [en, de] = words[step.action]
    const limit = formatDuration(step.ready)
    return step.action === 'stop'
      ? text(`${en} ${step.unit}`, `${step.unit} ${de}`)
      : text(`${en} ${step.unit}, active within ${limit}`, `${step.unit} ${de}, aktiv in höchstens ${limit}`)
  },
  explain: (step, report) => systemdProblem(step.service, step.unit, report),
}
