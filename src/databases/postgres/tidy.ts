// Removes databases that Stellwerk made, and only those.
import { quote } from '../../core/shell.ts'
import type { Access } from '../access.ts'
import { ident, literal, postgresAccess, signedIn } from './sign-in.ts'

/** psql: nothing when it is gone already. Nobody gets in again between the end of the connections and the drop. */
export const dropSql = (
  target: string,
): string => `SELECT format('ALTER DATABASE %I WITH ALLOW_CONNECTIONS false', datname)
  FROM pg_database WHERE datname = ${literal(target)} \\gexec
${endConnectionsSql([target])}
DROP DATABASE IF EXISTS ${ident(target)};`

/** psql: ends the connections to these databases. Each gets 5 seconds by the server's own patience in DROP and RENAME. */
export const endConnectionsSql = (names: readonly string[]): string =>
  `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN (${names.map(literal).join(', ')}) \\g /dev/null`

export function drop(access: Access, target: string): string {
  if (!/^stw_[A-Za-z0-9_]{1,59}$/.test(target)) return `sw_problem refused ${quote(target)}`
  return signedIn(
    postgresAccess(access),
    'admin',
    `sw_psql >/dev/null <<'SW_SQL' || sw_pg_failed drop $?
${dropSql(target)}
SW_SQL`,
  )
}

export function sweep(access: Access, prefix: string): string {
  if (!/^stw_drill_[A-Za-z0-9_]*$/.test(prefix)) return `sw_problem refused ${quote(prefix)}`
  const idle = `FROM pg_database d WHERE starts_with(datname, ${literal(prefix)}) AND NOT EXISTS (
  SELECT FROM pg_stat_activity a WHERE a.datid = d.oid AND backend_type <> 'autovacuum worker')`
  // Somebody may connect in between: then the server refuses, and rightly so. What is idle and still there afterwards is a failure.
  return signedIn(
    postgresAccess(access),
    'admin',
    `sw_psql -v ON_ERROR_STOP=0 >/dev/null <<'SW_SQL' || sw_pg_failed drop $?
SELECT format('DROP DATABASE IF EXISTS %I', datname) ${idle} \\gexec
SW_SQL
mv pg.said pg.swept
sw_pg_left=$(sw_psql -c ${quote(`SELECT string_agg(datname, ' ') ${idle}`)} </dev/null) || sw_pg_failed drop $?
[ -z "$sw_pg_left" ] || sw_problem drop 1 "$sw_pg_left: $(tail -c 500 pg.swept)"`,
  )
}
