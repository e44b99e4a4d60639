// Puts another database in the place of the live one. MySQL renames tables, not databases: all tables of both change places in one
// statement. What cannot be renamed goes as text (see code.ts), which waits in the table `stw_swap`. That table lies in the coming
// database and moves with the others in that very statement, so its place tells after a crash what is done. Where no live database
// exists, an empty one is made whose only table, `stw_nothing`, says so; it moves like any other.
import { quote } from '../../core/shell.ts'
import type { Access } from '../access.ts'
import { asleep, awake, ownName } from './code.ts'
import { connect, mysqlAccess } from './connect.ts'
import { dumpTool } from './dump.ts'

/** Names come as shell variables; they are quoted for SQL by my_id and my_text. */
const library = `my_fails() { sw_problem swap "\${2:-1}" "\${1:-$(my_say)}"; }
my_id() { printf '\`%s\`' "$(printf '%s' "$1" | sed 's/\`/\`\`/g')"; }
my_text() { printf "'%s'" "$(printf '%s' "$1" | sed -e "s/'/''/g" -e 's/\\\\/\\\\\\\\/g')"; }
my_do() { my_run "$@" || my_fails; }
my_one() { # STATEMENT: its single value
  my_run '' "$1" --raw >"$sw_tmp/my.one" || my_fails
  cat "$sw_tmp/my.one"
}
my_there() { # DATABASE
  my_n=$(my_one "SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = $(my_text "$1");") || exit 1
  [ "$my_n" = 1 ]
}
my_tables() { # DATABASE: everything that RENAME TABLE moves
  printf '%s' "FROM information_schema.tables WHERE table_schema = $(my_text "$1") AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED', 'SEQUENCE')"
}
my_code() { # DATABASE FILE: its triggers, routines, events and views, and its character set
  my_one "SELECT CONCAT('ALTER DATABASE CHARACTER SET ', default_character_set_name, ' COLLATE ', default_collation_name, ';') FROM information_schema.schemata WHERE schema_name = $(my_text "$1");" >"$2"
  my_dump "$sw_tmp/my.err" --no-data --no-create-info --routines --events --triggers --add-drop-trigger "$1" >>"$2" || my_fails
  my_one "SELECT table_name FROM information_schema.views WHERE table_schema = $(my_text "$1");" >"$sw_tmp/my.views"
  my_from=$1
  my_to=$2
  set --
  while IFS= read -r my_line; do set -- "$@" "$my_line"; done <"$sw_tmp/my.views"
  if [ $# -gt 0 ]; then my_dump "$sw_tmp/my.err" --no-data --skip-triggers "$my_from" "$@" >>"$my_to" || my_fails; fi
}
my_put() { # SIDE DATABASE WHOSE-MARKER EDIT: loads the code of a side into a database
  my_one "SELECT code FROM $(my_id "$3").stw_swap WHERE side = '$1';" >"$sw_tmp/my.code"
  LC_ALL=C sed -e ${quote(ownName)} -e "$4" "$sw_tmp/my.code" >"$sw_tmp/my.coded"
  my_client "$2" --binary-mode <"$sw_tmp/my.coded" >/dev/null 2>"$sw_tmp/my.err" || my_fails
}
my_drop_code() { # DATABASE triggers|code: what is put again later
  my_d=$(my_text "$1")
  my_q=$(my_text "$(my_id "$1")")
  my_name() { printf "CONCAT('DROP %s ', %s, '.\\\`', REPLACE(%s, '\\\`', '\\\`\\\`'), '\\\`;')" "$1" "$my_q" "$2"; }
  case $2 in
  triggers) my_list="SELECT $(my_name 'TRIGGER IF EXISTS' trigger_name) FROM information_schema.triggers WHERE trigger_schema = $my_d
    UNION ALL SELECT $(my_name 'VIEW IF EXISTS' table_name) FROM information_schema.views WHERE table_schema = $my_d;" ;;
  code) my_list="SELECT REPLACE($(my_name 'KIND IF EXISTS' routine_name), 'DROP KIND', CONCAT('DROP ', routine_type)) FROM information_schema.routines WHERE routine_schema = $my_d
    UNION ALL SELECT $(my_name 'EVENT IF EXISTS' event_name) FROM information_schema.events WHERE event_schema = $my_d
    UNION ALL SELECT $(my_name 'VIEW IF EXISTS' table_name) FROM information_schema.views WHERE table_schema = $my_d;" ;;
  esac
  my_run '' "$my_list" --raw >"$sw_tmp/my.drops" || my_fails
  my_do '' "$(cat "$sw_tmp/my.drops")"
}
my_hex() { od -An -v -tx1 "$1" >"$sw_tmp/my.od" && tr -d ' \\n' <"$sw_tmp/my.od"; }
my_begin_swap() { # COMING LEAVING: both codes are kept before anything is dropped
  my_code "$my_live" "$sw_tmp/my.old"
  my_code "$1" "$sw_tmp/my.new"
  {
    echo 'CREATE TABLE stw_swap_new (side varchar(8) PRIMARY KEY, code longblob NOT NULL) ENGINE=InnoDB;'
    printf "INSERT INTO stw_swap_new VALUES ('old', x'%s'), ('new', x'%s'), ('from', %s);\\n" "$(my_hex "$sw_tmp/my.old")" "$(my_hex "$sw_tmp/my.new")" "$(my_text "$1")"
    echo 'RENAME TABLE stw_swap_new TO stw_swap;'
  } >"$sw_tmp/my.mark"
  my_client "$1" <"$sw_tmp/my.mark" 2>"$sw_tmp/my.err" || my_fails
}
my_rename() { # COMING LEAVING
  my_do '' "CREATE DATABASE IF NOT EXISTS $(my_id "$2");"
  # An open transaction would hold the rename up; a connection that is not ours to end may do so until the time is up.
  my_run '' "SELECT CONCAT('KILL ', id, ';') FROM information_schema.processlist WHERE db IN ($(my_text "$my_live"), $(my_text "$1")) AND id <> CONNECTION_ID();" >"$sw_tmp/my.kill" || my_fails
  my_run '' "$(cat "$sw_tmp/my.kill")" --force >/dev/null || :
  my_drop_code "$my_live" triggers
  my_drop_code "$1" triggers
  my_names="'\\\`', REPLACE(table_name, '\\\`', '\\\`\\\`'), '\\\`'"
  my_one "SET SESSION group_concat_max_len = 4294967295;
SELECT CONCAT('RENAME TABLE ', GROUP_CONCAT(pair ORDER BY turn SEPARATOR ', '), ';') FROM (
  SELECT 1 AS turn, CONCAT($(my_text "$(my_id "$my_live")."), $my_names, ' TO ', $(my_text "$(my_id "$2")."), $my_names) AS pair $(my_tables "$my_live")
  UNION ALL
  SELECT 2, CONCAT($(my_text "$(my_id "$1")."), $my_names, ' TO ', IF(table_name = 'stw_swap', $(my_text "$(my_id "$2")."), $(my_text "$(my_id "$my_live").")), $my_names) $(my_tables "$1")
) AS pairs;" >"$sw_tmp/my.rename"
  my_do '' "SET SESSION lock_wait_timeout = 30; $(cat "$sw_tmp/my.rename")"
}
my_finish() { # COMING LEAVING: the tables have changed places
  my_drop_code "$my_live" code
  my_put new "$my_live" "$2" ${quote(awake)}
  my_put old "$2" "$2" ${quote(asleep)}
  if my_there "$1"; then
    my_n=$(my_one "SELECT COUNT(*) $(my_tables "$1");") || exit 1
    [ "$my_n" = 0 ] || my_fails "$1 still has tables"
    my_do '' "DROP DATABASE $(my_id "$1");"
  fi
  my_do '' "DROP TABLE $(my_id "$2").stw_swap;"
}
my_cancel() { # COMING LEAVING: the tables have not changed places
  my_put old "$my_live" "$1" ''
  my_put new "$1" "$1" ''
  if my_there "$2"; then
    my_n=$(my_one "SELECT COUNT(*) $(my_tables "$2");") || exit 1
    [ "$my_n" = 0 ] || my_fails "$2 has tables"
    my_do '' "DROP DATABASE $(my_id "$2");"
  fi
  my_do '' "DROP TABLE $(my_id "$1").stw_swap;"
}
my_unmarked() { # DATABASE: what an earlier run left that did not get as far as its mark
  if my_there "$1"; then my_do '' "DROP TABLE IF EXISTS $(my_id "$1").stw_swap_new;"; fi
}
my_bring() { # COMING LEAVING: goes on where an earlier run ended, in either direction
  my_unmarked "$1"
  my_unmarked "$2"
  my_mark=$(my_one "SELECT table_schema FROM information_schema.tables WHERE table_name = 'stw_swap' AND table_schema IN ($(my_text "$1"), $(my_text "$2"));") || exit 1
  if [ -n "$my_mark" ]; then
    my_source=$(my_one "SELECT code FROM $(my_id "$my_mark").stw_swap WHERE side = 'from';") || exit 1
    case "$my_source $my_mark" in
    "$1 $1") my_rename "$1" "$2"; my_finish "$1" "$2"; return ;;
    "$1 $2") my_finish "$1" "$2"; return ;;
    "$2 $2") my_cancel "$2" "$1"; return ;;
    "$2 $1") my_finish "$2" "$1" ;;
    *) my_fails "stw_swap in $my_mark belongs to another swap" ;;
    esac
  fi
  my_there "$1" || return 0
  my_there "$my_live" || my_fails "there is no database $my_live"
  if my_there "$2"; then my_fails "$2 exists already"; fi
  my_begin_swap "$1" "$2"
  my_rename "$1" "$2"
  my_finish "$1" "$2"
}
my_nothing() { # DATABASE: whether it says that there was none
  my_n=$(my_one "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = $(my_text "$1") AND table_name = 'stw_nothing';") || exit 1
  [ "$my_n" = 1 ]
}
my_place() { # BESIDE OLD: an empty live database where there is none; the table waits in BESIDE until it is made
  my_there "$1" || return 0
  if ! my_nothing "$1"; then
    if my_there "$my_live" || my_there "$2"; then return 0; fi
    my_do '' "CREATE TABLE $(my_id "$1").stw_nothing (id int);"
  fi
  my_do '' "CREATE DATABASE IF NOT EXISTS $(my_id "$my_live");"
  my_do '' "RENAME TABLE $(my_id "$1").stw_nothing TO $(my_id "$my_live").stw_nothing;"
}
my_void() { # COUNT: drops a live database that has so many tables
  my_there "$my_live" || return 0
  my_n=$(my_one "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = $(my_text "$my_live");") || exit 1
  [ "$my_n" != "$1" ] || my_do '' "DROP DATABASE $(my_id "$my_live");"
}
my_unplace() { # BESIDE: nothing is live again, unless somebody made something there
  if my_nothing "$my_live"; then
    my_void 1
    if my_there "$my_live"; then my_do '' "DROP TABLE $(my_id "$my_live").stw_nothing;"; fi
  fi
  if my_nothing "$1"; then
    my_void 0
    my_do '' "DROP TABLE $(my_id "$1").stw_nothing;"
  fi
}
`

function begin(access: Access): string {
  const server = mysqlAccess(access)
  return `${connect(server, 'admin')}${dumpTool}${library}my_live=${quote(server.database)}
`
}

export function swapFragment(access: Access, beside: string, old: string): string {
  return `${begin(access)}if ! my_there ${quote(beside)} && ! my_there ${quote(old)}; then my_fails ${quote(`there is no database ${beside}`)}; fi
my_place ${quote(beside)} ${quote(old)}
my_bring ${quote(beside)} ${quote(old)}
`
}

/** Without a swap before there is no `old`, and nothing to bring. */
export function unswapFragment(access: Access, beside: string, old: string): string {
  return `${begin(access)}my_bring ${quote(old)} ${quote(beside)}
my_unplace ${quote(beside)}
`
}
