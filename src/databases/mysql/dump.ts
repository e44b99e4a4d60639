// A dump and the facts of the same snapshot. The server gives no snapshot to a second session, so both begin theirs while a
// session of ours holds all writes back for a moment.
import { quote } from '../../core/shell.ts'
import type { DumpProps } from '../engine.ts'
import { connect, mysqlAccess } from './connect.ts'
import { factsLibrary } from './facts.ts'
import { sessionStatements } from './facts-sql.ts'

/** The lock is ours for two seconds at most, whatever becomes of this shell, its host and the network between: the server itself
 *  ends a session that says nothing for so long. Nor does it wait longer for the lock, because others would wait behind it. */
const lockStatements = `${sessionStatements}
SET SESSION lock_wait_timeout = 2, wait_timeout = 2;
FLUSH TABLES WITH READ LOCK;
SET @sw_from = SYSDATE(6);`

const unlockStatements = `UNLOCK TABLES;
SET SESSION wait_timeout = 2000000;
SELECT TIMESTAMPDIFF(MICROSECOND, @sw_from, SYSDATE(6)) DIV 1000;`

/** Defines my_dump FILE-OF-ERRORS OPTION...: the dump tool with the options that it knows. */
export const dumpTool = `my_program mariadb-dump mysqldump
my_tool=$("$my_found" --version) || sw_problem tool "$my_found"
"$my_found" --help >"$sw_tmp/my.help" 2>/dev/null || :
my_known=$(cat "$sw_tmp/my.help")
my_flags=
case $my_known in *--set-gtid-purged*) my_flags="$my_flags --set-gtid-purged=OFF" ;; esac
case $my_known in *--no-tablespaces*) my_flags="$my_flags --no-tablespaces" ;; esac
case $my_known in *--column-statistics*) my_flags="$my_flags --column-statistics=0" ;; esac
my_dumper=$my_found
my_dump() {
  my_errors=$1
  shift
  # Without quotes: these are words of our own.
  "$my_dumper" --defaults-file="$sw_tmp/my.cnf" --single-transaction --quick --hex-blob --max-allowed-packet=1G $my_flags "$@" 2>"$my_errors"
}
`

/** The tool writes 4 KiB at a time and its heading is shorter: once they are there, or it has ended, its transaction has begun and
 *  it reads. A name of a table in them proves it. */
const stream = (database: string) => `my_stream() {
  mkfifo "$sw_tmp/my.plain" "$sw_tmp/my.copy" "$sw_tmp/my.news"
  my_exact=no
  if [ "$my_outside" = 0 ]; then
    my_open ${database}
    if my_ask ${quote(lockStatements)} && my_begin; then my_exact=yes; else my_close; fi
  fi
  [ "$my_exact" = yes ] || my_start
  my_dump "$sw_tmp/my.dump.err" --routines --events --triggers ${database} >"$sw_tmp/my.plain" 8>&- 9<&- &
  my_one=$!
  {
    dd bs=1 count=4096 2>/dev/null >"$sw_tmp/my.first"
    echo >"$sw_tmp/my.news"
    tail -c 300 >"$sw_tmp/my.last"
  } <"$sw_tmp/my.copy" 8>&- 9<&- &
  my_two=$!
  # The name is not part of a dump of one database, so its character set would be lost.
  printf 'ALTER DATABASE CHARACTER SET %s COLLATE %s;\\n' "$my_charset" "$my_collation"
  tee "$sw_tmp/my.copy" <"$sw_tmp/my.plain" 8>&- 9<&- &
  my_three=$!
  read -r my_line <"$sw_tmp/my.news" || :
  if [ "$my_exact" = yes ]; then
    case $(cat "$sw_tmp/my.first") in
    *' structure for '* | *'-- Dumping '*) ;;
    *) my_exact=no ;;
    esac
    if my_ask ${quote(unlockStatements)}; then
      sw_data lock-ms "$(cat "$sw_tmp/my.answer")"
    else
      my_exact=no
      my_close
      my_start
    fi
  fi
  my_send_facts
  my_rc=0
  wait "$my_one" || my_rc=$?
  my_copied=0
  wait "$my_three" || my_copied=$?
  wait "$my_two" || :
  [ "$my_rc" = 0 ] || sw_problem dump "$my_rc" "$(tail -c 600 "$sw_tmp/my.dump.err")"
  [ "$my_copied" = 0 ] || sw_problem dump "$my_copied" 'the stream of the dump broke off'
  # A dump that is cut between two statements loads without an error: only its last line tells.
  case $(cat "$sw_tmp/my.first" "$sw_tmp/my.last" | tail -n 1) in
  '-- Dump completed'*) ;;
  *) sw_problem incomplete "the last line is not '-- Dump completed'" ;;
  esac
  my_facts "$my_exact"
}
`

export function dumpFragment(props: DumpProps): string {
  const access = mysqlAccess(props.access)
  return `${connect(access, 'app')}${dumpTool}${factsLibrary(access, props)}${stream(quote(access.database))}my_prepare
sw_pack "$my_out" my_stream
my_keep
`
}
