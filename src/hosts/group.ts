// Ends a process group on the machine that it runs on: TERM, two seconds of grace, KILL.

/** A sh script. Exit code 0 when no member is left, 1 when one survived even KILL. */
export function endGroupScript(pid: number): string {
  return `p=${pid}
# A member that nobody has reaped yet still answers kill -0, so its state is read where /proc exists.
alive() {
  kill -0 "-$p" 2>/dev/null || return 1
  [ -r /proc/self/stat ] || return 0
  for f in /proc/[0-9]*/stat; do
    read -r line 2>/dev/null <"$f" || continue
    set -- \${line##*) }
    [ "\${3-}" = "$p" ] && [ "$1" != Z ] && [ "$1" != X ] && return 0
  done
  return 1
}
gone() {
  i=0
  while [ "$i" -lt 40 ]; do
    alive || return 0
    sleep 0.05 2>/dev/null || { sleep 1; i=$((i + 19)); }
    i=$((i + 1))
  done
  return 1
}
# Where the shell does not lead a group (a forced command without exec) at least the shell itself is ended.
kill -TERM "-$p" 2>/dev/null || kill -TERM "$p" 2>/dev/null || exit 0
gone && exit 0
kill -KILL "-$p" 2>/dev/null
gone`
}
