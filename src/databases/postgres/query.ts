// Questions to a database that change nothing.
import { quote } from '../../core/shell.ts'
import type { Access } from '../access.ts'
import { literal, postgresAccess, signedIn } from './sign-in.ts'

export function identity(access: Access): string {
  return signedIn(
    postgresAccess(access),
    'user',
    `sw_psql -c ${quote(`SELECT system_identifier || '/' || current_database() FROM pg_control_system()`)} </dev/null || sw_pg_failed query $?`,
  )
}

export function present(access: Access): string {
  const to = postgresAccess(access)
  const sql = `SELECT CASE count(*) WHEN 0 THEN 'no' ELSE 'yes' END FROM pg_database WHERE datname = ${literal(to.database)}`
  return signedIn(to, 'admin', `sw_psql -c ${quote(sql)} </dev/null || sw_pg_failed query $?`)
}

// Rows and columns are kept apart by characters that no answer holds, so that a value with several lines is still one value.
export function query(access: Access, target: string, sql: string): string {
  return signedIn(
    { ...postgresAccess(access), database: target },
    'user',
    `printf '%s' ${quote(sql)} >pg.query
sw_psql -F "$(printf '\\037')" -R "$(printf '\\036')" -c 'SET default_transaction_read_only = on' -f pg.query </dev/null >pg.answer || sw_pg_failed query $?
[ -s pg.answer ] || sw_problem query 1 'no row'
[ "$(tr -dc '\\036\\037' <pg.answer | wc -c)" -eq 0 ] || sw_problem query 1 'more than one value'
cat pg.answer`,
  )
}
