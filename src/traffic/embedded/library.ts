// sh functions for fragments about the embedded router: what it says in its files, and whether it lives.
import { quote } from '../../core/shell.ts'

/** Directory of the router on the host: program files, log, and the state directory. */
export function routerDirectory(root: string): string {
  return `${root}/.stellwerk/router`
}

/** Name of a router program by its content. */
export function routerFile(sha256: string): string {
  return `router-${sha256.slice(0, 12)}.mjs`
}

/** sr_read: sets sr_generation, sr_status, sr_target (JSON), sr_file (a name), sr_listen, sr_also, sr_problem, sr_cut, sr_maintenance and
 *  sr_inflight from status.json, which has one key a line for this purpose. sr_alive: the process of the pid file runs, and it is that very
 *  process: its start time is the same. sr_pid is set by it. */
export function routerLibrary(root: string): string {
  return `sr_dir=${quote(routerDirectory(root))}
sr_state=$sr_dir/state
sr_read() {
  sr_generation=0 sr_status= sr_target= sr_file= sr_listen= sr_also= sr_problem= sr_cut=0 sr_maintenance= sr_inflight=0
  [ -r "$sr_state/status.json" ] || return 0
  while IFS= read -r sr_line; do
    sr_value=\${sr_line#*: }
    sr_value=\${sr_value%,}
    sr_word=\${sr_value#'"'}
    sr_word=\${sr_word%'"'}
    case $sr_line in
    '  "generation": '*) sr_generation=$sr_value ;;
    '  "state": '*) sr_status=$sr_word ;;
    '  "target": '*) sr_target=$sr_value ;;
    '  "file": '*) sr_file=\${sr_word##*/} ;;
    '  "listen": '*) sr_listen=$sr_word ;;
    '  "also": '*) sr_also=$sr_word ;;
    '  "problem": '*) sr_problem=$sr_word ;;
    '  "cut": '*) sr_cut=$sr_value ;;
    '  "maintenance": '*) sr_maintenance=$sr_word ;;
    '  "inflight": '*) sr_inflight=$sr_value ;;
    esac
  done <"$sr_state/status.json"
}
sr_alive() {
  { read -r sr_pid sr_ticks <"$sr_state/router.pid"; } 2>/dev/null || return 1
  sr_stat=$(cat "/proc/$sr_pid/stat" 2>/dev/null) || return 1
  set -- \${sr_stat##*') '}
  [ "$1" != Z ] || return 1
  shift 19
  [ "$1" = "$sr_ticks" ]
}
`
}

/** sr_order REST: writes the order with the next generation (sr_next); REST is its JSON after the generation.
 *  sr_decided: the router has looked at it and knows. */
export const orderLibrary = `sr_order() {
  sr_read
  sr_next=$sr_generation
  if [ -r "$sr_state/desired.json" ]; then
    sr_last=$(sed -n 's/^{"generation":\\([0-9]*\\),.*/\\1/p' "$sr_state/desired.json")
    if [ "\${sr_last:-0}" -gt "$sr_next" ]; then sr_next=$sr_last; fi
  fi
  sr_next=$((sr_next + 1))
  printf '{"generation":%s,%s\\n' "$sr_next" "$1" | sw_write "$sr_state/desired.json" || sw_problem write
  if sr_alive; then kill -HUP "$sr_pid" 2>/dev/null || :; fi
}
sr_decided() {
  sr_read
  [ "$sr_generation" = "$sr_next" ] && [ "$sr_status" != switching ]
}
sr_settled() {
  sr_read
  [ "$sr_status" = stable ] || [ "$sr_status" = idle ]
}
`
