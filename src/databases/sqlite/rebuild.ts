// A damaged SQLite file by way of SQL: whatever the sqlite3 program can still read of it goes into a new file.
import { quote } from '../../core/shell.ts'
import type { FileAccess } from '../access.ts'
import { copyLibrary } from './copy.ts'
import { factsLibrary } from './facts.ts'
import { programLibrary } from './program.ts'
import { rawLibrary } from './raw.ts'

/** Only sqlite3 reads a table from its other end as well; Node cannot stand in. */
const needsProgram = '[ "$sw_with" = sqlite3 ] || sw_problem tool sqlite3\n'

/** Reports `tool sqlite3`, or prints nothing. */
export function canRebuildFragment(access: FileAccess): string {
  return programLibrary(access) + needsProgram
}

interface RebuildFiles {
  /** The new file; must not be in use. */
  readonly target: string
  /** Takes the SQL. */
  readonly sql: string
}

/** Tells for each table `rows<n> ROWS NAME`, what is in the old schema and not in the new as `lost NAMES`, and how many statements
 *  did not run, beside rows that were read twice, as `refused COUNT`. Reports `rows none`, `load`, `incomplete` and what the libraries do. */
export function sqliteRebuildFragment(access: FileAccess, { target, sql }: RebuildFiles): string {
  const file = quote(access.file)
  const [made, script] = [quote(`${target}.tmp`), quote(sql)]
  return `${programLibrary(access)}${factsLibrary('rows')}${copyLibrary}${rawLibrary}${needsProgram}
[ -f ${file} ] || sw_problem missing ${file}
sw_may_read ${file} || sw_problem connect "only its owner or root may read it: it is in WAL mode and not open"
rm -f ${made} ${made}-journal ${made}-wal ${made}-shm
# With rowids, a row that was read twice cannot be written twice where a table has no key.
sw_rc=0
sqlite3 -init /dev/null -batch -readonly -cmd '.timeout 30000' ${file} '.dump --preserve-rowids' </dev/null >${script} 2>"$sw_tmp/sqlite.said" || sw_rc=$?
[ "$sw_rc" -le 1 ] || sw_sqlite_fail dump "$sw_rc"
case $(tail -n 1 ${script}) in
COMMIT\\;) ;;
'ROLLBACK; -- due to errors') sed -i '$s/.*/COMMIT;/' ${script} || sw_problem dump 1 "cannot write "${script} ;;
*) sw_sqlite_fail dump "$sw_rc" ;;
esac
# Without -bail: a row that is there already is refused by its key, and the next one is read. The schema of a damaged file is not to be trusted.
(umask 077; sqlite3 -init /dev/null -batch -safe -cmd '.dbconfig defensive off' ${made} <${script} >/dev/null 2>"$sw_tmp/sqlite.said") || sw_rc=$?
[ "$sw_rc" -le 1 ] && [ -f ${made} ] || sw_sqlite_fail load "$sw_rc"
# A full disk ends the transaction, and what comes after it would be written row by row.
if grep -q -i -e 'cannot commit' -e 'is full' -e 'I/O error' -e 'out of memory' "$sw_tmp/sqlite.said"; then sw_sqlite_fail load 1; fi
sw_refused=$(grep -i 'near line' "$sw_tmp/sqlite.said" | grep -v -c 'UNIQUE constraint failed' || :)
# A schema that names pages behind the end of the file is only read while it is writable, as .dump does.
for sw_pragma in user_version application_id; do
  sw_number=$(sw_sqlite ${file} "PRAGMA writable_schema=ON; PRAGMA $sw_pragma") || sw_number=
  case $sw_number in
  '' | 0 | *[!0-9-]*) ;;
  *) sqlite3 -init /dev/null -batch -bail ${made} "PRAGMA $sw_pragma=$sw_number" </dev/null 2>"$sw_tmp/sqlite.said" || sw_sqlite_fail load "$?" ;;
  esac
done
sw_sound ${made}
sw_names() { sw_sqlite "$1" "PRAGMA writable_schema=ON; SELECT type || ' ' || name FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1" >"$2"; }
sw_names ${made} "$sw_tmp/names" || sw_sqlite_fail load "$?"
sw_names ${file} "$sw_tmp/names.was" || sw_data lost unknown
sw_lost=$(grep -v -x -F -f "$sw_tmp/names" "$sw_tmp/names.was" | head -n 10 | tr '\\n' ',' || :)
sw_content ${made} >"$sw_tmp/content"
sw_all=0
sw_count=0
while IFS='	' read -r sw_key sw_table sw_rows; do
  [ "$sw_key" = table ] || continue
  sw_count=$((sw_count + 1))
  sw_all=$((sw_all + sw_rows))
  sw_data "rows$sw_count" "$sw_rows $sw_table"
done <"$sw_tmp/content"
[ "$sw_all" -gt 0 ] || sw_problem rows none
[ -z "$sw_lost" ] || sw_data lost "\${sw_lost%,}"
[ "$sw_refused" = 0 ] || sw_data refused "$sw_refused"
sw_own ${made}
sw_fsync ${made}
mv -f ${made} ${quote(target)}
`
}
