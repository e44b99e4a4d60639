// Two databases change places. Both renames are one transaction, so there is no moment with half of it; before, nobody may sign in
// any more, and whoever is signed in is sent away. Where no live one existed, a comment on the new one says so, in the transaction of
// its rename: it tells a second attempt that all is done, and the way back that nothing takes its place.
import { quote } from '../../core/shell.ts'
import type { Access } from '../access.ts'
import { ident, literal, type PostgresAccess, postgresAccess, signedIn } from './sign-in.ts'
import { endConnectionsSql } from './tidy.ts'

export function swap(access: Access, beside: string, old: string): string {
  const to = postgresAccess(access)
  return exchange(to, beside, old, {
    // live, beside, old, and whether the live one says that there was none
    '1 1 0 0': rename(to.database, old, beside),
    '1 0 1 0': '',
    '0 1 0 0': takeName(to.database, old, beside),
    '1 0 0 1': '',
  })
}

export function unswap(access: Access, beside: string, old: string): string {
  const to = postgresAccess(access)
  return exchange(to, beside, old, {
    '1 0 1 0': rename(to.database, beside, old),
    '1 0 0 1': giveName(to.database, beside),
    // Not swapped, or taken back already.
    '1 1 0 0': '',
    '1 0 0 0': '',
    '0 1 0 0': '',
    '0 0 0 0': '',
  })
}

const noneBefore = (old: string): string => `stellwerk: nothing was here before, there is no ${old}`

function takeName(live: string, old: string, next: string): string {
  return `${alone([next])}
BEGIN;
COMMENT ON DATABASE ${ident(next)} IS ${literal(noneBefore(old))};
ALTER DATABASE ${ident(next)} RENAME TO ${ident(live)};
COMMIT;`
}

function giveName(live: string, away: string): string {
  return `${alone([live])}
BEGIN;
COMMENT ON DATABASE ${ident(live)} IS NULL;
ALTER DATABASE ${ident(live)} RENAME TO ${ident(away)};
COMMIT;`
}

/** psql: nobody is signed in to them, and nobody gets in. */
function alone(names: readonly string[]): string {
  return `${names.map(name => `ALTER DATABASE ${ident(name)} WITH ALLOW_CONNECTIONS false;`).join('\n')}
${endConnectionsSql(names)}`
}

/** The live one is called `away`, and `next` becomes the live one. */
function rename(live: string, away: string, next: string): string {
  return `${alone([live, next])}
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
  const there = names.map(name => `datname = ${literal(name)}`)
  const marked = `${there[0]} AND shobj_description(oid, 'pg_database') = ${literal(noneBefore(old))}`
  const state = `SELECT concat_ws(' ', ${[...there, marked].map(test => `count(*) FILTER (WHERE ${test})`).join(', ')}) FROM pg_database`
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
*) sw_problem swap 1 ${quote(`there must be one of ${beside}, ${old}, not both`)} ;;
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
