// Copies of one moment of a SQLite file, and whether a copy is sound.

/** Defines sw_copy FILE TO KEY: a copy of one moment, with whatever lies in a -wal; never a copy of the file. Reports `connect
 *  TEXT`, `KEY CODE TEXT`. And sw_sound FILE: reports `incomplete TEXT`, and tells rows that refer to
 *  none, sw_data `orphans COUNT|unknown`: an app that never switched foreign keys on has them, and needs its backup like any other. */
export const copyLibrary = `sw_copy() {
  # A reader of a file in WAL mode that nobody has open makes the -wal, and the owner could not write into ours.
  if [ ! -e "$1-wal" ] && [ "$(id -u)" != 0 ] && [ ! -O "$1" ] && [ "$(od -An -tu1 -j18 -N1 "$1" | tr -d ' ')" = 2 ]; then
    sw_problem connect "$1 is in WAL mode and not open: only its owner or root may read it"
  fi
  rm -f "$2.tmp"
  sw_name=$(printf '%s' "$2.tmp" | sed "s/'/''/g")
  sw_rc=0
  (umask 077; sw_sqlite "$1" "VACUUM INTO '$sw_name'") || sw_rc=$?
  if [ "$sw_rc" != 0 ] || [ ! -s "$2.tmp" ]; then
    rm -f "$2.tmp"
    sw_sqlite_fail "$3" "$sw_rc"
  fi
  sw_own "$2.tmp"
  sw_fsync "$2.tmp"
  mv -f "$2.tmp" "$2"
}
# Made by root, it belongs to whom its directory belongs to, so that the app can open it.
sw_own() {
  if [ "$(id -u)" = 0 ]; then chown "$(stat -c %u:%g "\${1%/*}")" "$1"; fi
}
sw_sound() {
  sw_rc=0
  sw_answer=$(sw_sqlite "$1" 'PRAGMA integrity_check(5)') || sw_rc=$?
  [ "$sw_rc" = 0 ] || sw_problem incomplete "$(tail -c 600 "$sw_tmp/sqlite.said")"
  [ "$sw_answer" = ok ] || sw_problem incomplete "integrity_check: $sw_answer"
  sw_answer=$(sw_sqlite "$1" 'SELECT count(*) FROM pragma_foreign_key_check') || sw_answer=unknown
  [ "$sw_answer" = 0 ] || sw_data orphans "$sw_answer"
}
`
