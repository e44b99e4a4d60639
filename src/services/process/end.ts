// Ending a service's processes, all of them: sh functions for fragments. Needs processLibrary and the engine's sw_write.

export const endLibrary = `# sv_find: after sv_look. Sets sv_left to the living processes of the service, and sv_whole to yes when its group is
# known to be still its own: a group number is only trusted while a process that we know is in it.
sv_find() {
  sv_left= sv_whole=no
  [ "$sv_here" = yes ] || return 0
  sv_left=$(sv_escaped "$sv_token")
  if sv_alive "$sv_sup" "$sv_sup_start"; then sv_left="$sv_left $sv_sup"; fi
  if sv_alive "$sv_pid" "$sv_pid_start"; then sv_left="$sv_left $sv_pid"; fi
  for sv_one in $sv_left; do
    if sv_stat "$sv_one" && [ "$sv_group_of" = "$sv_group" ] && [ "$sv_group" -gt 1 ]; then sv_whole=yes; fi
  done
  if [ "$sv_whole" = yes ]; then sv_left="$sv_left $(sv_members "$sv_group" 0 0)"; fi
  case $sv_left in *[0-9]*) ;; *) sv_left= ;; esac
}
sv_gone() {
  if sv_alive "$sv_pid" "$sv_pid_start" || sv_alive "$sv_sup" "$sv_sup_start"; then return 1; fi
  sv_find
  [ -z "$sv_left" ]
}
# sv_signal NAME [NOT]: one signal to each process, once.
sv_signal() {
  if [ "$sv_whole" = yes ] && [ -z "\${2-}" ]; then kill "-$1" "-$sv_group" 2>/dev/null || :; fi
  sv_sent=' '
  for sv_one in $sv_left; do
    case $sv_sent in *" $sv_one "*) continue ;; esac
    sv_sent="$sv_sent$sv_one "
    [ "$sv_one" != "\${2-}" ] || continue
    if [ "$sv_whole" = yes ] && [ -z "\${2-}" ] && sv_stat "$sv_one" && [ "$sv_group_of" = "$sv_group" ]; then continue; fi
    kill "-$1" "$sv_one" 2>/dev/null || :
  done
}
# sv_end DIRECTORY SIGNAL SECONDS: sets sv_ms and sv_killed; fails when something survives KILL.
sv_end() {
  sv_ms=0 sv_killed=no
  sv_look "$1"
  sv_find
  [ -n "$sv_left" ] || return 0
  sv_from=$(sv_ticks)
  : >"$1/stop"
  sv_signal "$2"
  if ! sv_wait "$3" sv_gone; then
    sv_killed=yes
    sv_find
    # The supervisor last, so that it can still write down how the app ended.
    sv_signal KILL "$sv_sup"
    if ! sv_wait 3 sv_gone; then
      sv_find
      sv_signal KILL
      sv_wait 5 sv_gone || return 1
    fi
  fi
  sv_ms=$((($(sv_ticks) - sv_from) * 10))
  sv_look "$1"
  if [ "$sv_end_pid $sv_end_start" != "$sv_pid $sv_pid_start" ]; then
    printf 'pid %s %s\\ncode -\\nat %s\\nrelease %s\\nasked yes\\nretry no\\n' "$sv_pid" "$sv_pid_start" "$(date +%s)" "$sv_release" | sw_write "$1/exit"
  fi
}
`
