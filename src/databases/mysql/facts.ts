// The facts of one snapshot, as the file of lines that databases/facts.ts reads.
import { quote } from '../../core/shell.ts'
import type { DumpProps } from '../engine.ts'
import { identity, type MysqlAccess } from './connect.ts'
import { aboutStatement, schemaStatements, sessionStatements, tablesStatement } from './facts-sql.ts'
import { session } from './session.ts'

type FactsProps = Omit<DumpProps, 'format'>

/** A query as one statement, whether or not it was written with its end. */
export function statement(sql: string): string {
  return `${sql.replace(/[;\s]+$/, '')}\n;`
}

/** Defines
 *    my_prepare       connects and reads what the snapshot needs: version, statements for the tables, schema
 *    my_begin         begins the snapshot in the session; its time is $my_at
 *    my_start         a session with a snapshot and no lock
 *    my_send_facts    asks the session for all tables
 *    my_facts EXACT   waits for them, ends the session and writes the facts to "$sw_tmp/my.kept"
 *    my_keep          puts them to their place */
export function factsLibrary(access: MysqlAccess, props: FactsProps): string {
  const database = quote(access.database)
  return `${session}${identity(access)}my_out=${quote(props.out)}
my_schema() { # prints the hash of the schema
  my_run ${database} "$my_listing" >"$sw_tmp/my.schema" || return 1
  LC_ALL=C sort "$sw_tmp/my.schema" >"$sw_tmp/my.sorted" || return 1
  my_hash=$(sha256sum <"$sw_tmp/my.sorted") || return 1
  printf '%.64s' "$my_hash"
}
my_prepare() {
  my_run ${database} ${quote(aboutStatement)} >"$sw_tmp/my.about" || sw_problem connect "$(my_say)"
  IFS='	' read -r my_version my_outside my_charset my_collation my_checks <"$sw_tmp/my.about" || sw_problem connect ${quote(`nothing is known of ${access.database}`)}
  case $my_checks in
  0) my_listing=${quote(schemaStatements(false))} ;;
  *) my_listing=${quote(schemaStatements(true))} ;;
  esac
  my_run ${database} ${quote(tablesStatement(props.fingerprint))} --raw >"$sw_tmp/my.tables" || sw_problem dump 1 "$(my_say)"
  my_before=$(my_schema) || sw_problem dump 1 "$(my_say)"
  my_who=$(my_identity)
}
my_begin() {
  my_ask "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY; SELECT DATE_FORMAT(UTC_TIMESTAMP(), '%Y-%m-%dT%TZ');" || return 1
  IFS= read -r my_at <"$sw_tmp/my.answer"
}
my_start() {
  my_open ${database}
  { my_ask ${quote(`${sessionStatements} SET SESSION wait_timeout = 2000000;`)} && my_begin; } || my_broken
}
my_broken() {
  my_close
  sw_problem dump 1 "$(my_say)"
}
my_send_facts() {
  printf '%s\\n' "SELECT 'sw-version';" ${quote(props.schemaVersion === undefined ? '' : statement(props.schemaVersion))} "SELECT 'sw-tables';" >"$sw_tmp/my.facts"
  cat "$sw_tmp/my.tables" >>"$sw_tmp/my.facts"
  my_send_file "$sw_tmp/my.facts"
}
my_facts() {
  my_exact=$1
  my_hear || my_broken
  my_close
  # Another schema than before: a table may have come or gone without the facts.
  my_after=$(my_schema) || sw_problem dump 1 "$(my_say)"
  [ "$my_after" = "$my_before" ] || my_exact=no
  my_tool=$(printf '%s\\n' "$my_tool" | sed -e 's/.* Distrib \\([^, ]*\\).*/\\1/' -e 's/.* from \\([^, ]*\\).*/\\1/' -e 's/.* Ver \\([^, ]*\\).*/\\1/')
  {
    printf '%s\\t%s\\n' server "$my_version" tool "$my_tool" identity "$my_who" snapshot "$my_at" exact "$my_exact" schema "$my_before"
    my_part=
    my_versions=0
    while IFS= read -r my_line; do
      case $my_line in
      sw-*) my_part=$my_line ;;
      *)
        if [ "$my_part" = sw-version ]; then
          my_versions=$((my_versions + 1))
          printf 'version\\t%s\\n' "$my_line"
        else printf '%s\\n' "$my_line"; fi
        ;;
      esac
    done <"$sw_tmp/my.answer"
    echo end
  } >"$sw_tmp/my.kept"
  [ "$my_versions" = ${props.schemaVersion === undefined ? 0 : 1} ] || sw_problem query 1 "the query for the version gave $my_versions rows"
}
my_keep() { (umask 077; sw_write "$my_out.facts" <"$sw_tmp/my.kept") || { rm -f "$(sw_packed "$my_out")"; sw_problem dump 1 'the facts cannot be written'; }; }
`
}

/** Facts of a live database, in a snapshot of their own. */
export function factsFragment(connection: string, access: MysqlAccess, props: FactsProps): string {
  return `${connection}${factsLibrary(access, props)}my_program mariadb-dump mysqldump
my_tool=$("$my_found" --version)
my_prepare
my_start
my_send_facts
my_exact=no
[ "$my_outside" != 0 ] || my_exact=yes
my_facts "$my_exact"
my_keep
`
}
