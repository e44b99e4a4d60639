// What a backup that died left on a host, ended and removed by the next one: it holds the lock that the dead one held.
import { quote } from '../../core/shell.ts'
import { spoolOf } from '../spool.ts'

/** In a spool: made under the lock of backups, so the next one that has this lock may remove it. Those of deploys belong to them. */
export const ofBackups = 'of-backups'

/** Seconds for a script to end once it was asked to: its programs get TERM, and KILL three seconds later. */
const grace = 10

/** A fragment for the first step of a run that has the lock of backups. */
export function endStrays(directory: string, set: string): string {
  return `sw_over() { # PID START: the script has ended; nobody may have reaped it yet, and its number may be another's by now
  kill -0 "$1" 2>/dev/null || return 0
  set -- "$2" $(cut -d' ' -f3,22 "/proc/$1/stat" 2>/dev/null)
  case "\${2-}" in Z | X) return 0 ;; esac
  [ -n "$1" ] && [ "$1" != "\${3-}" ]
}
for sw_file in "$sw_state"/runs/*/script.pid; do
  sw_old=\${sw_file%/script.pid}
  if [ "$sw_old" = "$sw_rundir" ] || ! read -r sw_stray sw_start 2>/dev/null <"$sw_file"; then continue; fi
  : >"$sw_old/abort"
  sw_wait ${grace} sw_over "$sw_stray" "\${sw_start-}" || kill -KILL "$sw_stray" 2>/dev/null || :
  rm -f "$sw_old/abort" "$sw_file"
  rm -rf "\${TMPDIR:-/tmp}/stellwerk.\${sw_old##*/}".*
done
for sw_mark in ${quote(`${directory}/spool`)}/*/${ofBackups}; do
  [ ! -e "$sw_mark" ] || [ "\${sw_mark%/*}" = ${quote(spoolOf(directory, set))} ] || rm -rf "\${sw_mark%/*}"
done`
}
