// How a file becomes part of an nginx that runs: configuration test, reload, and proof that workers with it took over.
import { quote } from '../../core/shell.ts'
import type { ScriptContext } from '../../engine/step.ts'

/** Seconds for the test and for the reload, and for new workers to appear. */
const limit = 30
const appear = 10

// sn_workers: one line `PID STARTTIME MASTER` for each nginx worker that takes requests. Reading comm first costs no process.
export function nginxWorkers(context: ScriptContext, marks: string): string {
  return `sn_old=${quote(`${context.runDirectory}/${marks}-workers`)}
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
}
sn_drained() { sn_left=$(sn_remaining); [ -z "$sn_left" ]; }`
}

export interface Included {
  readonly include: string
  /** Shell commands. */
  readonly test: string
  readonly reload: string
}

/** Names what one use of it keeps in the run's directory. `private`: for its owner and the master of nginx only. */
export interface Keeping {
  readonly marks: string
  readonly private?: true
}

/** sn_keep, once before the first change; then sn_put and sn_take. sn_restore brings back what was kept. */
export function nginxLibrary(to: Included, keeping: Keeping, context: ScriptContext): string {
  return `${nginxWorkers(context, keeping.marks)}
sn_include=${quote(to.include)}
sn_kept=${quote(`${context.runDirectory}/${keeping.marks}-include.before`)}
sn_said_file=$sw_tmp/nginx.out
printf '%s\\n' ${quote(to.test)} >"$sw_tmp/nginx-test.sh"
printf '%s\\n' ${quote(to.reload)} >"$sw_tmp/nginx-reload.sh"
sn_test() { sw_bounded ${limit} "$sw_tmp/nginx-test.sh" >"$sn_said_file" 2>&1; }
sn_reload() { sw_bounded ${limit} "$sw_tmp/nginx-reload.sh" >"$sn_said_file" 2>&1; }
# The first complaint: nginx ends with a general sentence.
sn_last() { sed -n '/emerg\\|error\\|crit/p' "$sn_said_file" | head -n 1 | cut -c1-300; }
sn_write() { (umask ${keeping.private ? '077' : '022'}; sw_write "$1"); }
sn_put() {
  [ -d "\${sn_include%/*}" ] || sw_problem directory "\${sn_include%/*}"
  sn_write "$sn_include" || sw_problem write
}
sn_changing() { [ -e "$sn_kept" ] || [ -e "$sn_kept.absent" ]; }
# What nginx has, for as long as something else may lie there.
sn_keep() {
  if sn_changing; then return 0; fi
  rm -f "$sn_kept.told"
  if [ -e "$sn_include" ]; then sn_write "$sn_kept" <"$sn_include"; else : >"$sn_kept.absent"; fi
}
# nginx never heard of the file that lies there: putting the other one back is all, whatever its test complains about by now.
sn_unheard() { sn_changing && [ ! -e "$sn_kept.told" ]; }
# The mark goes last: without it nobody could tell that nginx has heard.
sn_forget() { rm -f "$sn_kept" "$sn_kept.absent" && rm -f "$sn_kept.told"; }
sn_restore() {
  if [ -e "$sn_kept" ]; then sn_write "$sn_include" <"$sn_kept"; else rm -f "$sn_include"; fi
}
# Once nginx was told, nobody knows whether it took the file, so the file stays.
sn_take() {
  sn_test || { sn_said=$(sn_last); sn_restore; sw_problem test "$sn_said"; }
  sn_workers >"$sn_old"
  : >"$sn_kept.told"
  sn_reload || sw_problem reload "$(sn_last)"
  sn_prove || sw_problem unproven ${appear}
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
