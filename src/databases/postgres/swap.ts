// Two databases change places. Both renames are one transaction, so there is no moment with half of it; before, nobody may sign in
// any more, and whoever is signed in is sent away.
import { quote } from '../../core/shell.ts'
import type { Access } from '../access.ts'
import { ident, literal, type PostgresAccess, postgresAccess, signedIn } from './sign-in.ts'
import { endConnectionsSql } from './tidy.ts'

export function swap(access: Access, beside: string, old: string): string {
  const to = postgresAccess(access)
  return exchange(to, beside, old, {
    // live, beside, old
    '1 1 0': rename(to.database, old, beside),
    '1 0 1': '',
  })
}

export function unswap(access: Access, beside: string, old: string): string {
  const to = postgresAccess(access)
  return exchange(to, beside, old, {
    '1 0 1': rename(to.database, beside, old),
    // Not swapped, or taken back already.
    '1 1 0': '',
    '1 0 0': '',
  })
}

/** The live one is called `away`, and `next` becomes the live one. */
function rename(live: string, away: string, next: string): string {
  return `ALTER DATABASE ${ident(live)} WITH ALLOW_CONNECTIONS false;
ALTER DATABASE ${ident(next)} WITH ALLOW_CONNECTIONS false;
${endConnectionsSql([live, next])}
BEGIN;
ALTER DATABASE ${ident(live)} RENAME TO ${ident(away)};
ALTER DATABASE ${ident(next)} RENAME TO ${ident(live)};
COMMIT;`
}

function exchange(
  access: PostgresAccess,
  beside: string,
  old: string,
  states: Readonly<Record<string, string>>,
): string {
  const names = [access.database, beside, old]
  const list = names.map(literal).join(', ')
  const state = `SELECT concat_ws(' ', ${names.map(name => `count(*) FILTER (WHERE datname = ${literal(name)})`).join(', ')}) FROM pg_database`
  return signedIn(
    access,
    'admin',
    `sw_pg_open() { # whatever happened: the live database lets people in
  sw_psql >/dev/null <<'SW_SQL'
SELECT format('ALTER DATABASE %I WITH ALLOW_CONNECTIONS true', datname)
  FROM pg_database WHERE datname IN (${list}) AND NOT datallowconn \\gexec
SW_SQL
}
sw_pg_state=$(sw_psql -c ${quote(state)} </dev/null) || sw_pg_failed swap $?
case $sw_pg_state in
${Object.entries(states)
  .map(
    ([key, sql]) => `'${key}')
${sql === '' ? ':' : act(sql)} ;;`,
  )
  .join('\n')}
*) sw_problem swap 1 ${quote(`there must be ${names[0]} and one of ${beside}, ${old}`)} ;;
esac
sw_pg_open || sw_pg_failed swap $?`,
  )
}

// A connection may need a moment to end, or may just have been on its way in.
const act = (sql: string): string => `  trap 'exit 143' HUP INT TERM
  trap 'sw_pg_open || :' EXIT
  sw_pg_rc=1
  for sw_pg_try in 1 2 3; do
    sw_pg_rc=0
    sw_psql >/dev/null <<'SW_SQL' || sw_pg_rc=$?
${sql}
SW_SQL
    case $sw_pg_rc in 0 | 2) break ;; esac
  done
  [ "$sw_pg_rc" = 0 ] || sw_pg_failed swap "$sw_pg_rc"
  trap - EXIT`
