// A client that stays connected while sh talks to it: it holds the snapshot that facts are read from.

/** Defines
 *    my_open DATABASE    starts the session; descriptor 8 leads to it, 9 from it. Others must not inherit 8, or the server would
 *                        keep a lock for a shell that is gone
 *    my_send STATEMENTS  does not wait
 *    my_send_file FILE   the same for many; not with "source", which goes on after an error
 *    my_hear             waits for the answer of everything sent: its lines are in "$sw_tmp/my.answer"; fails when the session
 *                        met an error or is gone
 *    my_ask STATEMENTS   both
 *    my_close */
export const session = `my_open() {
  rm -f "$sw_tmp/my.to" "$sw_tmp/my.from"
  mkfifo "$sw_tmp/my.to" "$sw_tmp/my.from"
  my_client "$1" --unbuffered <"$sw_tmp/my.to" >"$sw_tmp/my.from" 2>"$sw_tmp/my.err" &
  my_session=$!
  exec 8>"$sw_tmp/my.to" 9<"$sw_tmp/my.from"
}
my_send() { (printf '%s\\n' "$1" "SELECT 'sw-answered';" >&8) 2>/dev/null; }
my_send_file() {
  echo "SELECT 'sw-answered';" >>"$1"
  # In the background: both pipes may be full while nobody reads the answers yet.
  (exec 9<&-; cat "$1" >&8) 2>/dev/null &
}
my_hear() {
  : >"$sw_tmp/my.answer"
  while IFS= read -r my_line <&9; do
    if [ "$my_line" = sw-answered ]; then return 0; fi
    printf '%s\\n' "$my_line" >>"$sw_tmp/my.answer"
  done
  return 1
}
my_ask() { my_send "$1" && my_hear; }
my_close() {
  exec 8>&- 9<&-
  wait "$my_session" || :
}
`
