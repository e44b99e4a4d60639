// Two questions of a check: how many of the allowed connections are in use, and whether the data is sound. Fragments as those of
// engine.ts; both only read.
import { quote } from '../core/shell.ts'
import type { Access } from './access.ts'
import { connect, mysqlAccess } from './mysql/connect.ts'
import { query } from './postgres/query.ts'
import { sqliteLookFragment } from './sqlite/look.ts'

// pg_stat_activity hides what other roles do; the sum over all databases is told to everybody.
const postgresPool = `SELECT (SELECT coalesce(sum(numbackends), 0) FROM pg_stat_database) || '/' || current_setting('max_connections')`

/** Prints `<used>/<allowed>`. Reports as a query does. */
export function poolFragment(access: Access): string {
  switch (access.kind) {
    case 'sqlite':
      return `sw_problem query 1 'SQLite has no connections to count'`
    case 'postgres':
      return query(access, access.database, postgresPool)
    case 'mysql':
      // SHOW, because the tables that hold it have other names in MariaDB.
      return `${connect(mysqlAccess(access), 'app')}my_run '' ${quote(`SHOW GLOBAL STATUS WHERE Variable_name = 'Threads_connected'; SHOW GLOBAL VARIABLES WHERE Variable_name = 'max_connections'`)} >"$sw_tmp/my.pool" || sw_problem connect "$(my_say)"
my_used=
my_most=
while IFS='	' read -r my_key my_value; do
  case $my_key in Threads_connected) my_used=$my_value ;; max_connections) my_most=$my_value ;; esac
done <"$sw_tmp/my.pool"
printf '%s/%s\\n' "$my_used" "$my_most"
`
  }
}

// Its result is empty, so that an error is the only thing it can say.
const everyTree = `SELECT count(bt_index_check(i.indexrelid)) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_am a ON a.oid = c.relam WHERE a.amname = 'btree' AND i.indisready AND i.indisvalid AND c.relpersistence <> 't'
AND c.relkind = 'i'`

/** Prints `ok`, `damaged` and what is, `none` when the engine has no way to tell here, or `unknown`. */
export function integrityFragment(access: Access): string {
  switch (access.kind) {
    case 'sqlite':
      return `(
${sqliteLookFragment(access, false)}) >"$sw_tmp/sound"
sed -n 's/^integrity //p; s/^said //p' "$sw_tmp/sound"`
    case 'postgres':
      return `has=$(
${query(access, access.database, "SELECT count(*) FROM pg_extension WHERE extname = 'amcheck'")}
)
if [ "$has" = 0 ]; then echo none; exit 0; fi
checked=$(
${query(access, access.database, everyTree)}
)
echo ok
`
    case 'mysql':
      return 'echo none'
  }
}
