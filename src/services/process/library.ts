// What the fragments and the supervisor know about processes: sh functions over /proc. POSIX sh, no tool needed beyond
// coreutils (grep only to find processes that left their group).

/** Directory of one slot of a service on the host. */
export function slotDirectory(root: string, service: string, slot: number): string {
  return `${root}/.stellwerk/services/${service}/${slot}`
}

/** The files in a slot directory:
 *  - `pid`: the last start, lines `supervisor PID TICKS`, `boot ID`, `group PGID`, `release`, `port`, `restarts`, `token`,
 *    and, as soon as the app itself was started, `pid PID TICKS` and `since EPOCH`. Ticks are the start time of
 *    /proc/PID/stat: a number that was given to another process later does not match.
 *  - `exit`: the last end, lines `pid PID TICKS`, `code N`, `at EPOCH`, `release`, `asked yes|no`, `retry EPOCH|no`.
 *  - `stop`: exists while a stop is wanted. `reader`: the process that writes the log. `log/`: current.log, .1, .2 ...
 *  - `launch/<release>.sh`: how that release was started, without any secret. */
export const processLibrary = `sv_ticks() { IFS='. ' read -r sv_a sv_b sv_c </proc/uptime; echo "$sv_a$sv_b"; }
# sv_wait SECONDS COMMAND...: polls it; 1 when the whole time has passed. Counts in 1/100 s, so no stop is cut short.
sv_wait() {
  sv_limit=$(($(sv_ticks) + $1 * 100))
  shift
  while ! "$@"; do
    [ "$(sv_ticks)" -lt "$sv_limit" ] || return 1
    sleep 0.1 2>/dev/null || sleep 1
  done
}
# sv_stat PID: sets sv_state, sv_parent, sv_group_of, sv_start; fails when there is no such process.
sv_stat() {
  { IFS= read -r sv_line <"/proc/$1/stat"; } 2>/dev/null || return 1
  case $sv_line in *')'*) ;; *) sv_line=$(cat "/proc/$1/stat" 2>/dev/null) || return 1 ;; esac
  set -- \${sv_line##*') '}
  [ "$#" -ge 20 ] || return 1
  sv_state=$1 sv_parent=$2 sv_group_of=$3
  shift 19
  sv_start=$1
}
# sv_alive PID TICKS: that very process lives; a zombie does not.
sv_alive() {
  [ -n "\${1-}" ] && sv_stat "$1" || return 1
  [ "$sv_start" = "\${2-}" ] || return 1
  case $sv_state in Z | X | x) return 1 ;; esac
}
sv_boot() { cat /proc/sys/kernel/random/boot_id 2>/dev/null || echo none; }
# sv_look DIRECTORY: reads the files and asks /proc. Sets sv_what to none, running, waiting (for its restart), stopped,
# ended (by itself, code 0) or crashed, and the sv_ variables of the lines.
sv_look() {
  sv_pid= sv_pid_start= sv_sup= sv_sup_start= sv_boot_id= sv_group=0 sv_release= sv_port= sv_since= sv_restarts=0 sv_token=
  sv_end_pid= sv_end_start= sv_code= sv_at= sv_end_release= sv_asked= sv_retry= sv_supervised=no sv_here=no sv_what=none
  if [ -r "$1/pid" ]; then
    while read -r sv_k sv_v sv_w; do
      case $sv_k in
      pid) sv_pid=$sv_v sv_pid_start=$sv_w ;;
      supervisor) sv_sup=$sv_v sv_sup_start=$sv_w ;;
      boot) sv_boot_id=$sv_v ;;
      group) sv_group=$sv_v ;;
      release) sv_release=$sv_v ;;
      port) sv_port=$sv_v ;;
      since) sv_since=$sv_v ;;
      restarts) sv_restarts=$sv_v ;;
      token) sv_token=$sv_v ;;
      esac
    done <"$1/pid"
  fi
  if [ -r "$1/exit" ]; then
    while read -r sv_k sv_v sv_w; do
      case $sv_k in
      pid) sv_end_pid=$sv_v sv_end_start=$sv_w ;;
      code) sv_code=$sv_v ;;
      at) sv_at=$sv_v ;;
      release) sv_end_release=$sv_v ;;
      asked) sv_asked=$sv_v ;;
      retry) sv_retry=$sv_v ;;
      esac
    done <"$1/exit"
  fi
  [ -n "$sv_sup" ] || return 0
  if [ "$sv_boot_id" = "$(sv_boot)" ]; then
    sv_here=yes
    if sv_alive "$sv_sup" "$sv_sup_start"; then sv_supervised=yes; fi
    if sv_alive "$sv_pid" "$sv_pid_start"; then sv_what=running; return 0; fi
    if [ "$sv_supervised" = yes ]; then sv_what=waiting; return 0; fi
  fi
  sv_what=crashed
  if [ "$sv_end_pid $sv_end_start" = "$sv_pid $sv_pid_start" ]; then
    if [ "$sv_asked" = yes ]; then sv_what=stopped; elif [ "$sv_code" = 0 ]; then sv_what=ended; fi
  fi
}
# sv_members GROUP NOT NOT_CHILD_OF: the living processes of a group.
sv_members() {
  [ "$1" -gt 1 ] || return 0
  for sv_p in /proc/[0-9]*; do
    sv_p=\${sv_p#/proc/}
    sv_stat "$sv_p" || continue
    [ "$sv_group_of" = "$1" ] || continue
    case $sv_state in Z | X | x) continue ;; esac
    if [ "$sv_p" != "$2" ] && [ "$sv_parent" != "$3" ]; then printf '%s ' "$sv_p"; fi
  done
}
# sv_escaped TOKEN: processes of a service that left its group (daemons) are known by a mark in their environment.
sv_escaped() {
  [ -n "$1" ] && command -v grep >/dev/null 2>&1 || return 0
  for sv_p in $(grep -ls "STELLWERK_UNIT=$1;" /proc/[0-9]*/environ 2>/dev/null || :); do
    sv_p=\${sv_p#/proc/}
    sv_p=\${sv_p%/environ}
    sv_stat "$sv_p" || continue
    case $sv_state in Z | X | x) ;; *) printf '%s ' "$sv_p" ;; esac
  done
}
# sv_listens HEX_PORT: somebody listens on the port, on IPv4 or IPv6.
sv_listens() {
  case "$(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null)" in
  *":$1 00000000:0000 0A "* | *":$1 00000000000000000000000000000000:0000 0A "*) return 0 ;;
  esac
  return 1
}
# sv_owner HEX_PORT: prints "PID NAME" of the listener, or "? ?" when /proc does not tell (another user's process).
sv_owner() {
  sv_inodes=$(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | while read -r sv_n sv_local sv_r sv_st sv_q sv_t sv_x sv_uid sv_o sv_inode sv_rest; do
    case "$sv_local $sv_st" in *":$1 0A") printf ' %s ' "$sv_inode" ;; esac
  done)
  sv_found=$(LC_ALL=C ls -l /proc/[0-9]*/fd 2>/dev/null | while read -r sv_line; do
    case $sv_line in
    /proc/*/fd:) sv_p=\${sv_line#/proc/}; sv_p=\${sv_p%/fd:} ;;
    *'-> socket:['*)
      sv_inode=\${sv_line##*'socket:['}
      case $sv_inodes in *" \${sv_inode%]} "*) echo "$sv_p"; break ;; esac ;;
    esac
  done)
  if [ -n "$sv_found" ]; then echo "$sv_found $(cat "/proc/$sv_found/comm" 2>/dev/null || echo '?')"; else echo '? ?'; fi
}
# The last lines of the log, from byte $2 on when the file still reaches that far.
sv_tail() {
  sv_size=$(wc -c <"$1/log/current.log" 2>/dev/null || echo 0)
  if [ "$sv_size" -ge "$2" ]; then tail -c "+$(($2 + 1))" "$1/log/current.log" 2>/dev/null | tail -n 24
  else tail -n 24 "$1/log/current.log" 2>/dev/null; fi
}
`
