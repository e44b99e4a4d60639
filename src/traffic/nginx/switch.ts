// Points an nginx that is already there to another slot: include file, configuration test, reload, and proof that workers
// with the new configuration run. Nothing of it needs root where the file and the commands do not.
import { formatDuration } from '../../core/duration.ts'
import { text } from '../../core/lang.ts'
import { quote } from '../../core/shell.ts'
import type { HostKind, ScriptContext, Step } from '../../engine/step.ts'
import { nginxByHand } from '../by-hand.ts'
import type { TargetAddress } from '../router/protocol.ts'
import { includeContent } from './include.ts'
import { nginxProblem } from './problems.ts'

export interface NginxSwitch extends Step {
  readonly kind: 'nginx.switch'
  readonly host: string
  readonly include: string
  readonly upstream: string
  readonly to: TargetAddress
  readonly from?: TargetAddress
  /** Shell commands. */
  readonly test: string
  readonly reload: string
}

/** Waits until the workers that still know the old slot have answered their last requests. */
export interface NginxDrain extends Step {
  readonly kind: 'nginx.drain'
  readonly host: string
  readonly drainMs: number
}

/** Seconds for the test, for the reload, and for new workers to appear. */
const limit = 30
export const appear = 10

export const nginxSwitchKind: HostKind<NginxSwitch> = {
  at: 'host',
  run: (step, context) => `${nginxLibrary(step, context)}
[ -d "\${sn_include%/*}" ] || sw_problem directory
if [ ! -e "$sn_kept" ] && [ ! -e "$sn_kept.absent" ]; then
  if [ -e "$sn_include" ]; then sw_write "$sn_kept" <"$sn_include"; else : >"$sn_kept.absent"; fi
fi
printf '%s' ${quote(includeContent(step.upstream, step.to))} | sw_write "$sn_include" || sw_problem write
sn_test || { sn_said=$(sn_last); sn_restore; sw_problem test "$sn_said"; }
sn_workers >"$sn_old"
: >"$sn_kept.told"
sn_reload || { sn_said=$(sn_last); sn_restore; sw_problem reload "$sn_said"; }
sn_prove || { sn_restore; sw_problem unproven ${appear}; }
case "$(cat "$sn_include")" in *${quote(JSON.stringify(step.to))}*) ;; *) sw_problem changed ;; esac`,
  undo: (step, context) => `${nginxLibrary(step, context)}
sn_here=$(cat "$sn_include" 2>/dev/null || :)
if [ -e "$sn_kept" ] && [ ! -e "$sn_kept.told" ]; then
  # nginx never heard of it: the file goes back, whatever else its test complains about by now.
  sn_restore
elif [ -e "$sn_kept" ]; then
  # Not only when the content differs: a run that was cut off may have restored the file without the reload.
  sn_restore
  sn_test || sw_problem test "$(sn_last)"
  sn_workers >"$sn_old"
  sn_reload || sw_problem reload "$(sn_last)"
  sn_prove || sw_problem unproven ${appear}
  sn_drained() { sn_left=$(sn_remaining); [ -z "$sn_left" ]; }
  sw_wait ${limit} sn_drained || :
elif [ -e "$sn_kept.absent" ] && [ -n "$sn_here" ]; then
  # There was no file before. When nginx cannot do without it by now, it stays.
  sn_restore
  if sn_test; then sn_reload || :; else printf '%s\\n' "$sn_here" | sw_write "$sn_include"; fi
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
  run: (step, context) => `${workers(context)}
sn_drained() { sn_left=$(sn_remaining); [ -z "$sn_left" ]; }
sw_wait ${Math.max(1, Math.ceil(step.drainMs / 1000))} sn_drained || :
sn_drained || :
set -- $sn_left
sw_data workers-left "$#"`,
  undo: () => ':',
  inspect: (_, context) => `${workers(context)}
[ -z "$(sn_remaining)" ] && echo done || echo undone`,
  describe: ({ drainMs }) =>
    text(
      `Wait until the old nginx workers have answered their last requests, ${formatDuration(drainMs)} at most`,
      `Warten, bis die alten nginx-Worker ihre letzten Anfragen beantwortet haben, höchstens ${formatDuration(drainMs)}`,
    ),
}

// sn_workers: one line `PID STARTTIME MASTER` for each nginx worker that takes requests. Reading comm first costs no process.
function workers(context: ScriptContext): string {
  return `sn_old=${quote(`${context.runDirectory}/nginx-workers`)}
sn_start() {
  sn_stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  set -- \${sn_stat##*') '}
  [ "$1" != Z ] || return 1
  sn_master=$2
  shift 19
  echo "$1 $sn_master"
}
sn_workers() {
  for sn_p in /proc/[0-9]*; do
    { read -r sn_name <"$sn_p/comm"; } 2>/dev/null || continue
    [ "$sn_name" = nginx ] || continue
    case "$(tr '\\000' ' ' <"$sn_p/cmdline" 2>/dev/null)" in
    *'worker process is shutting down'*) ;;
    *'worker process'*) sn_t=$(sn_start "\${sn_p#/proc/}") && echo "\${sn_p#/proc/} $sn_t" ;;
    esac
  done
}
# Old workers that still live.
sn_remaining() {
  [ -r "$sn_old" ] || return 0
  while read -r sn_one sn_when sn_master; do
    if [ "$(sn_start "$sn_one" | cut -d' ' -f1)" = "$sn_when" ]; then
      case "$(tr '\\000' ' ' <"/proc/$sn_one/cmdline" 2>/dev/null)" in *'shutting down'*) printf '%s ' "$sn_one" ;; esac
    fi
  done <"$sn_old"
}`
}

/** The commands, the file, and the proof that workers with a new configuration run. */
export function nginxLibrary(
  step: Pick<NginxSwitch, 'include' | 'test' | 'reload'>,
  context: ScriptContext,
): string {
  return `${workers(context)}
sn_include=${quote(step.include)}
sn_kept=${quote(`${context.runDirectory}/nginx-include.before`)}
sn_said_file=$sw_tmp/nginx.out
printf '%s\\n' ${quote(step.test)} >"$sw_tmp/nginx-test.sh"
printf '%s\\n' ${quote(step.reload)} >"$sw_tmp/nginx-reload.sh"
sn_test() { sw_bounded ${limit} "$sw_tmp/nginx-test.sh" >"$sn_said_file" 2>&1; }
sn_reload() { sw_bounded ${limit} "$sw_tmp/nginx-reload.sh" >"$sn_said_file" 2>&1; }
# The first complaint: nginx ends with a general sentence.
sn_last() { sed -n '/emerg\\|error\\|crit/p' "$sn_said_file" | head -n 1 | cut -c1-300; }
sn_restore() {
  if [ -e "$sn_kept" ]; then sw_write "$sn_include" <"$sn_kept"; else rm -f "$sn_include"; fi
}
# A master that was there before and whose workers are all new. Another nginx of this machine, in a container perhaps, keeps
# its own workers; one that happens to start now was not there before. Where the reload is a restart, the master is new.
sn_moved() {
  sn_now=$(sn_workers)
  sn_stay=' '
  while read -r sn_line; do
    case "
$sn_now
" in *"
$sn_line
"*) sn_stay="$sn_stay\${sn_line##* } " ;; esac
  done <"$sn_old"
  sn_before=" $(cut -d' ' -f3 "$sn_old" | tr '\\n' ' ')"
  for sn_head in $(printf '%s\\n' "$sn_now" | cut -d' ' -f3); do
    case $sn_before in
    *" $sn_head "*) case $sn_stay in *" $sn_head "*) ;; *) return 0 ;; esac ;;
    *) for sn_gone in $sn_before; do [ -d "/proc/$sn_gone" ] || return 0; done ;;
    esac
  done
  return 1
}
# Where /proc does not show workers (another user's, hidden), the identity check is the proof.
sn_prove() {
  if [ ! -s "$sn_old" ]; then sw_data proof none; return 0; fi
  sw_wait ${appear} sn_moved || return 1
  sw_data proof workers
}`
}
