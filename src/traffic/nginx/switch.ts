// Points an nginx that is already there to another slot: include file, configuration test, reload, and proof that workers
// with the new configuration run. Nothing of it needs root where the file and the commands do not.
import { formatDuration } from '../../core/duration.ts'
import { text } from '../../core/lang.ts'
import { quote } from '../../core/shell.ts'
import type { HostKind, Step } from '../../engine/step.ts'
import { nginxByHand } from '../by-hand.ts'
import type { TargetAddress } from '../router/protocol.ts'
import { includeContent } from './include.ts'
import { type Included, nginxLibrary, nginxWorkers } from './library.ts'
import { nginxProblem } from './problems.ts'

export interface NginxSwitch extends Step, Included {
  readonly kind: 'nginx.switch'
  readonly host: string
  readonly upstream: string
  readonly to: TargetAddress
  readonly from?: TargetAddress
}

/** Waits until the workers that still know the old slot have answered their last requests. */
export interface NginxDrain extends Step {
  readonly kind: 'nginx.drain'
  readonly host: string
  readonly drainMs: number
}

const marks = 'nginx'

/** Seconds for the old workers to end when it is taken back. */
const leaving = 30

export const nginxSwitchKind: HostKind<NginxSwitch> = {
  at: 'host',
  run: (step, context) => `${nginxLibrary(step, { marks }, context)}
sn_keep
printf '%s' ${quote(includeContent(step.upstream, step.to))} | sn_put
sn_take
case "$(cat "$sn_include")" in *${quote(JSON.stringify(step.to))}*) ;; *) sw_problem changed ;; esac`,
  undo: (step, context) => `${nginxLibrary(step, { marks }, context)}
sn_here=$(cat "$sn_include" 2>/dev/null || :)
if sn_unheard; then
  sn_restore
elif [ -e "$sn_kept" ]; then
  # Not only when the content differs: a run that was cut off may have restored the file without the reload.
  sn_restore
  sn_take
  sw_wait ${leaving} sn_drained || :
elif [ -e "$sn_kept.absent" ] && [ -n "$sn_here" ]; then
  # There was no file before. When nginx cannot do without it by now, it stays.
  sn_restore
  if sn_test; then sn_reload || :; else printf '%s\\n' "$sn_here" | sn_put; fi
fi`,
  inspect: step => `if [ ! -r ${quote(step.include)} ]; then echo undone; exit 0; fi
case "$(cat ${quote(step.include)})" in
*${quote(JSON.stringify(step.to))}*) echo unknown ;;
*) echo undone ;;
esac`,
  byHand: nginxByHand,
  describe: ({ to, from, upstream }) =>
    text(
      `Point nginx upstream ${upstream} to ${to.release} on port ${to.port}${from === undefined ? '' : ` (was ${from.release} on ${from.port})`}: test, reload, wait for new workers`,
      `nginx-Upstream ${upstream} auf ${to.release}, Port ${to.port}, zeigen lassen${from === undefined ? '' : ` (bisher ${from.release} auf ${from.port})`}: prüfen, neu laden, auf neue Worker warten`,
    ),
  explain: (step, report) => nginxProblem(step, report),
}

export const nginxDrainKind: HostKind<NginxDrain> = {
  at: 'host',
  run: (step, context) => `${nginxWorkers(context, marks)}
sw_wait ${Math.max(1, Math.ceil(step.drainMs / 1000))} sn_drained || :
sn_drained || :
set -- $sn_left
sw_data workers-left "$#"`,
  undo: () => ':',
  inspect: (_, context) => `${nginxWorkers(context, marks)}
[ -z "$(sn_remaining)" ] && echo done || echo undone`,
  describe: ({ drainMs }) =>
    text(
      `Wait until the old nginx workers have answered their last requests, ${formatDuration(drainMs)} at most`,
      `Warten, bis die alten nginx-Worker ihre letzten Anfragen beantwortet haben, höchstens ${formatDuration(drainMs)}`,
    ),
}
