// The files of a SQLite database as they are: for one that is damaged, and therefore cannot be copied as a database.
import { quote } from '../../core/shell.ts'

/** Defines, after programLibrary and copyLibrary
 *    sw_integrity FILE [PRAGMA]  prints `ok`, or `damaged` or `unknown` and then what SQLite said, up to five lines
 *    sw_raw FILE TO   copies FILE with its -wal, -shm and -journal to TO..., while a reader keeps others from changing them as far as SQLite can
 *                     still read FILE; tells by sw_data: `locked yes|no`. Reports `raw TEXT`. */
export const rawLibrary = `sw_integrity() {
  if [ ! -f "$1" ]; then printf 'unknown\\nthere is no file %s\\n' "$1"; return 0; fi
  if ! sw_may_read "$1"; then printf 'unknown\\nonly its owner or root may read it: it is in WAL mode and not open\\n'; return 0; fi
  if [ ! -s "$1" ]; then printf 'damaged\\nthe file is empty\\n'; return 0; fi
  sw_rc=0
  sw_sqlite "$1" "PRAGMA \${2:-integrity_check}(5)" >"$sw_tmp/integrity" || sw_rc=$?
  if [ "$sw_rc" = 0 ] && [ "$(cat "$sw_tmp/integrity")" = ok ]; then echo ok; return 0; fi
  [ "$sw_rc" = 0 ] || sed 's/^[a-z ]*[Ee]rror: //' "$sw_tmp/sqlite.said" >>"$sw_tmp/integrity"
  if [ "$sw_rc" = 0 ] || sw_is_damage "$sw_tmp/integrity"; then echo damaged; else echo unknown; fi
  grep -v -e '^[*][*][*] in database' -e '^ok$' "$sw_tmp/integrity" | head -n 5 || echo "integrity_check did not say ok"
}
# Words of SQLite about a file that is broken, not about one that is busy, missing or closed to us.
sw_is_damage() { grep -q -i -e malformed -e 'not a database' -e 'disk I/O error' -e '^Page ' -e '^Tree ' "$1"; }
sw_may_read() {
  [ -e "$1-wal" ] || [ "$(id -u)" = 0 ] || [ -O "$1" ] || [ "$(od -An -tu1 -j18 -N1 "$1" | tr -d ' ')" != 2 ]
}
sw_raw() {
  sw_raw_from=$1
  sw_raw_to=$2
  export sw_raw_from sw_raw_to
  cat >"$sw_tmp/raw.sh" <<'STW_RAW'
set -eu
umask 077
for end in '' -wal -shm -journal; do
  rm -f "$sw_raw_to$end"
  [ ! -e "$sw_raw_from$end" ] || cp "$sw_raw_from$end" "$sw_raw_to$end"
done
: >raw.done
STW_RAW
  rm -f "$sw_tmp/raw.done" "$sw_tmp/raw.locked"
  [ -f "$1" ] || sw_problem missing "$1"
  if sw_may_read "$1"; then (cd "$sw_tmp" && sw_hold "$1") || :; fi
  if [ ! -e "$sw_tmp/raw.done" ]; then (cd "$sw_tmp" && sh raw.sh 2>"$sw_tmp/raw.said") || sw_problem raw "$(tail -c 300 "$sw_tmp/raw.said")"; fi
  if [ -s "$sw_tmp/raw.locked" ]; then sw_data locked yes; else sw_data locked no; fi
}
# In $sw_tmp: runs raw.sh while a transaction reads FILE. A copy by another process leaves its locks alone.
sw_hold() {
  if [ "$sw_with" = sqlite3 ]; then
    printf '%s\\n' BEGIN\\; 'SELECT count(*) FROM sqlite_master;' '.shell sh raw.sh' | sqlite3 -init /dev/null -batch -noheader -list -readonly -cmd '.timeout 10000' "$1" >raw.locked 2>raw.said
  else
    "$sw_with" --no-warnings -e ${quote(`const { DatabaseSync } = require('node:sqlite')
try {
  globalThis.held = new DatabaseSync(process.argv[1], { readOnly: true, timeout: 10000 })
  held.exec('BEGIN')
  console.log(held.prepare('SELECT count(*) AS n FROM sqlite_master').get().n)
} catch {} // No lock: raw.locked stays empty, and the copy is told as made without one.
require('node:child_process').execFileSync('sh', ['raw.sh'])`)} "$1" </dev/null >raw.locked 2>raw.said
  fi
}
`
