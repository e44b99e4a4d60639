// The small parent of a service's process: starts it, writes down how it ended, and starts it again after a crash.

/** Longest pause between two starts, seconds. */
const longestDelay = 30

/** Arguments: DIRECTORY RELEASE PORT RESTART(yes|no) MAX WITHIN_SECONDS DELAY_SECONDS LOG_MAX LOG_KEEP LOG_BLOCKS. The app
 *  runs in the foreground of this script, not behind `&`: a shell makes background commands deaf to INT and QUIT. */
export const superviseScript = (
  library: string,
): string => `# Written by Stellwerk: keeps one process of a service.
set -u
dir=$1 release=$2 port=$3 again=$4 max=$5 within=$6 delay=$7 log_max=$8 log_keep=$9
shift 9
blocks=$1
cd "$dir" || exit 1
asked=no
trap 'asked=yes' TERM INT
trap : HUP QUIT USR1 USR2
${library}
detach='setsid setsid'
sv_stat $$ || exit 1
own=$sv_start
group=$sv_group_of
[ "$group" = $$ ] || group=0
token=$$.$own
[ "$group" = 0 ] && detach=nohup
reader() {
  if [ "$detach" = nohup ]; then
    env -i PATH="$PATH" nohup sh rotate.sh "$dir" "$log_max" "$log_keep" "$blocks" </dev/null >/dev/null 2>&1 3>&- &
  else
    env -i PATH="$PATH" setsid setsid sh rotate.sh "$dir" "$log_max" "$log_keep" "$blocks" </dev/null >/dev/null 2>&1 3>&-
  fi
}
put() { cat >"$1.new" && mv -f "$1.new" "$1"; }
header() {
  printf 'supervisor %s %s\\nboot %s\\ngroup %s\\nrelease %s\\nport %s\\nrestarts %s\\ntoken %s\\n' \\
    $$ "$own" "$(sv_boot)" "$group" "$release" "$port" "$restarts" "$token"
}
# sweep: what a dead app left behind holds its port and its locks.
sweep() {
  left="$(sv_members "$group" $$ $$)$(sv_escaped "$token")"
  [ -n "$left" ] || return 0
  kill -TERM $left 2>/dev/null
  end=$(($(date +%s) + 5))
  while [ "$(date +%s)" -lt "$end" ]; do
    left="$(sv_members "$group" $$ $$)$(sv_escaped "$token")"
    [ -n "$left" ] || return 0
    sleep 0.1 2>/dev/null || sleep 1
  done
  kill -KILL $left 2>/dev/null
}
record() {
  printf 'pid %s %s\\ncode %s\\nat %s\\nrelease %s\\nasked %s\\nretry %s\\n' "$sv_pid" "$sv_pid_start" "$code" "$now" "$release" "$asked" "$1" | put exit
}
restarts=0
crashes=
rm -f reader fifo
header | put pid
mkfifo -m 600 fifo || exit 1
reader
exec 3>fifo
while :; do
  header | put header
  (STELLWERK_UNIT="$token;"; export STELLWERK_UNIT; exec sh "launch/$release.sh" </dev/null >&3 2>&1 3>&-)
  code=$?
  now=$(date +%s)
  sv_look .
  [ -e stop ] && asked=yes
  if [ "$asked" = yes ]; then record no; exit 0; fi
  if [ "$code" = 0 ] || [ "$again" = no ]; then record no; sweep; exit 0; fi
  recent=
  count=0
  for crash in $crashes "$now"; do
    if [ "$((now - crash))" -lt "$within" ]; then recent="$recent $crash" count=$((count + 1)); fi
  done
  crashes=$recent
  if [ "$count" -gt "$max" ]; then record no; sweep; exit 0; fi
  pause=$delay
  n=1
  while [ "$n" -lt "$count" ] && [ "$pause" -lt ${longestDelay} ]; do pause=$((pause * 2)) n=$((n + 1)); done
  [ "$pause" -le ${longestDelay} ] || pause=${longestDelay}
  record "$((now + pause))"
  sweep
  sleep "$pause" 3>&- &
  wait $!
  [ -e stop ] && asked=yes
  if [ "$asked" = yes ]; then record no; exit 0; fi
  restarts=$((restarts + 1))
  # Without a reader the app would die of a closed pipe at its first word.
  kill -0 "$(cat reader 2>/dev/null || echo x)" 2>/dev/null || reader
done
`
