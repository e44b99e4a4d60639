// The log's reader. The app writes into a pipe and this loop moves the pipe into files: the only way to rotate by size,
// while the app runs, that loses not a byte. (Copy-and-truncate loses what is written between the two; renaming does not
// help against an app that never reopens its output.) The loop lives in a session of its own, so a signal to the app's
// group does not cut off its last words, and it ends by itself when the last writer has gone.

/** Largest piece that dd moves at once, bytes. */
const block = 65_536

/** How many pieces are moved before the size is looked at: the file may grow past maxSize by this much. */
export function blocksPerLook(maxSize: number): number {
  return Math.max(1, Math.min(16, Math.floor(maxSize / block / 4)))
}

/** Arguments: DIRECTORY MAX_BYTES KEEP BLOCKS. */
export const rotateScript = `# Written by Stellwerk: moves the output of a service into log files.
set -u
cd "$1" || exit 1
max=$2 keep=$3 blocks=$4
trap '' TERM INT HUP QUIT USR1 USR2 PIPE
LC_ALL=C; export LC_ALL
exec <fifo
echo "$$" >reader
log=log/current.log
newline='
'
rotate() {
  n=$keep
  while [ "$n" -gt 1 ]; do
    if [ -e "$log.$((n - 1))" ]; then mv -f "$log.$((n - 1))" "$log.$n"; fi
    n=$((n - 1))
  done
  mv -f "$log" "$log.1" || return 0
  # A line that is not complete yet moves on to the new file, so that no line is torn apart.
  if [ -n "$(tail -c 1 "$log.1" | tr '\\000' x)" ]; then
    part=$(tail -n 1 "$log.1" | wc -c)
    if [ "$part" -lt ${block} ] && tail -n 1 "$log.1" >"$log"; then
      dd if=/dev/null of="$log.1" bs=1 seek="$((size - part))" count=0 2>/dev/null
    fi
  fi
}
while :; do
  # When the disk is full or the directory is gone, output is dropped rather than the app being blocked.
  moved=$newline$( { dd bs=${block} count="$blocks" 2>&1 >>"$log"; } 2>/dev/null) || case $moved in
    *"records in"*) ;;
    *) moved=$newline$(dd bs=${block} count="$blocks" of=/dev/null 2>&1) ;;
  esac
  case $moved in *"$newline"'0+0 records in'*) break ;; esac
  size=$(wc -c <"$log" 2>/dev/null) || size=0
  if [ "$size" -ge "$max" ]; then rotate; fi
done
if [ "$(cat reader 2>/dev/null)" = "$$" ]; then rm -f reader; fi
`
