// Puts the content of one SQLite file into another that running processes have open, and takes it back. The backup API does it
// in one transaction: whoever has the file open reads the old content or the new, and no -wal of the old is left to return.
import { quote } from '../../core/shell.ts'

/** How long others may keep the live file busy, in seconds. */
const patience = 60

interface SwapFiles {
  readonly live: string
  readonly beside: string
  readonly old: string
}

/** Defines sw_put FROM: its content becomes the live file's; FROM may be gone afterwards. Reports `swap CODE TEXT`. */
function putLibrary(live: string): string {
  return `sw_live=${quote(live)}
sw_put() {
  if [ ! -f "$sw_live" ]; then
    # A journal without its file would be played into the new one.
    rm -f "$sw_live-wal" "$sw_live-shm" "$sw_live-journal"
    sw_fsync "$1"
    mv -f "$1" "$sw_live"
    return 0
  fi
  sw_from=$1
  sw_page=$(sw_sqlite "$sw_live" 'PRAGMA page_size') || sw_sqlite_fail swap "$?"
  sw_ours=$(sw_sqlite "$1" 'PRAGMA page_size') || sw_sqlite_fail swap "$?"
  if [ "$sw_page" != "$sw_ours" ]; then
    # Into a file in WAL mode only pages of its own size can go.
    sw_from=$1.pages
    rm -f "$sw_from"
    (umask 077; cd "\${1%/*}" && sw_sqlite "$1" "PRAGMA page_size=$sw_page; VACUUM INTO './\${sw_from##*/}'") || sw_sqlite_fail swap "$?"
  fi
  sw_until=$(($(date +%s) + ${patience}))
  sw_rc=0
  until sw_sqlite_put "$sw_live" "$sw_from"; do
    sw_rc=$?
    grep -q -i -e busy -e locked "$sw_tmp/sqlite.said" && [ "$(date +%s)" -lt "$sw_until" ] || break
    sw_rc=0
    sw_nap
  done
  [ "$sw_from" = "$1" ] || rm -f "$sw_from"
  return "$sw_rc"
}
# What is live becomes OLD. A file that is damaged cannot be copied as a database: it moves as it is, and OLD.raw says so.
sw_keep() {
  if [ ! -s "$sw_live" ]; then (umask 077; : >"$1"); return 0; fi
  rm -f "$sw_tmp/sqlite.said"
  sw_rc=0
  (sw_copy "$sw_live" "$1" swap) || sw_rc=$?
  [ "$sw_rc" != 0 ] || return 0
  if ! grep -q -s -i -e malformed -e 'not a database' -e 'disk I/O error' "$sw_tmp/sqlite.said"; then
    # A file that is cut makes other words. What is sound, busy or not ours to read failed for another reason.
    [ -r "$sw_live" ] || exit "$sw_rc"
    sw_word=$(sw_sqlite "$sw_live" 'PRAGMA integrity_check' | head -n 1) || :
    case "$sw_word $(cat "$sw_tmp/sqlite.said")" in
    'ok '* | *locked* | *busy*) exit "$sw_rc" ;;
    esac
  fi
  rm -f "$sw_tmp/report"
  : >"$1.raw"
  sw_fsync "$1.raw"
  sw_aside "$sw_live" "$1"
}
# Moves FILE with its journals to TO; goes on where an earlier attempt ended.
sw_aside() {
  if [ -f "$1" ] && [ ! -f "$2" ]; then mv -f "$1" "$2"; fi
  for sw_end in -wal -shm -journal; do
    [ ! -e "$1$sw_end" ] || mv -f "$1$sw_end" "$2$sw_end"
  done
}
# Whether two files hold the same tables and rows.
sw_same() {
  sw_content "$1" >"$sw_tmp/content.1"
  sw_content "$2" >"$sw_tmp/content.2"
  cmp -s "$sw_tmp/content.1" "$sw_tmp/content.2"
}
`
}

/** `old` exists and `beside` does not: the swap is complete. An empty `old` stands for a live file that was missing
 *  or empty. */
export function swapFragment({ live, beside, old }: SwapFiles): string {
  return `${putLibrary(live)}sw_made=
if [ ! -f ${quote(beside)} ]; then
  [ ! -f ${quote(old)} ] || exit 0
  sw_problem swap 1 ${quote(`no such file: ${beside}`)}
fi
# Once made, old stays: after a broken attempt the live file may hold the new content already.
if [ -e ${quote(`${old}.raw`)} ]; then
  [ -f "$sw_live" ] && [ -f ${quote(old)} ] || sw_aside "$sw_live" ${quote(old)}
elif [ ! -f ${quote(old)} ]; then
  sw_made=yes
  sw_keep ${quote(old)}
fi
sw_rc=0
sw_put ${quote(beside)} || sw_rc=$?
if [ "$sw_rc" != 0 ]; then
  if [ -n "$sw_made" ] && [ ! -e ${quote(`${old}.raw`)} ]; then rm -f ${quote(old)}; fi
  sw_sqlite_fail swap "$sw_rc"
fi
rm -f ${quote(beside)}
`
}

/** What was written into the live file since the swap goes into `beside`; nothing is lost. */
export function unswapFragment({ live, beside, old }: SwapFiles): string {
  return `${putLibrary(live)}if [ -e ${quote(`${old}.raw`)} ]; then
  # What was damaged is live again, as it was.
  if [ -f ${quote(old)} ]; then
    if [ -f "$sw_live" ]; then
      sw_copy "$sw_live" ${quote(beside)} swap
      rm -f "$sw_live" "$sw_live-wal" "$sw_live-shm" "$sw_live-journal"
    fi
    sw_aside ${quote(old)} "$sw_live"
  elif [ -e ${quote(`${old}-wal`)} ] || [ -e ${quote(`${old}-journal`)} ]; then
    sw_aside ${quote(old)} "$sw_live"
  fi
  rm -f ${quote(`${old}.raw`)} ${quote(`${old}-shm`)}
  exit 0
fi
[ -f ${quote(old)} ] || exit 0
if [ ! -s ${quote(old)} ]; then
  if [ -f "$sw_live" ]; then
    sw_copy "$sw_live" ${quote(beside)} swap
    rm -f "$sw_live" "$sw_live-wal" "$sw_live-shm" "$sw_live-journal"
  fi
  rm -f ${quote(old)}
  exit 0
fi
if [ -f "$sw_live" ]; then
  if [ -f ${quote(beside)} ] && sw_same "$sw_live" ${quote(old)}; then
    rm -f ${quote(old)}
    exit 0
  fi
  sw_copy "$sw_live" ${quote(beside)} swap
fi
sw_put ${quote(old)} || sw_sqlite_fail swap "$?"
rm -f ${quote(old)}
`
}
