// Loads a dump into a database of its own, beside everything that is there.
import { quote } from '../../core/shell.ts'
import type { RestoreProps } from '../engine.ts'
import { skipRows, trailer } from './dump.ts'
import { ident, literal, type PostgresAccess, postgresAccess, signedIn } from './sign-in.ts'
import { dropSql } from './tidy.ts'

export function restore(props: RestoreProps): string {
  const { target, from, format, owners } = props
  const access = postgresAccess(props.access)
  return signedIn(
    access,
    'admin',
    `sw_pg_from=${quote(from)}
[ -f "$sw_pg_from" ] || sw_problem missing "$sw_pg_from"
sw_pg_there=$(sw_psql -c ${quote(`SELECT 1 FROM pg_database WHERE datname = ${literal(target)}`)} </dev/null) || sw_pg_failed load $?
[ -z "$sw_pg_there" ] || sw_problem exists ${quote(target)}
sw_psql <<'SW_SQL' || sw_pg_failed load $?
${createSql(access, target, owners)}
SW_SQL
# From here on it is ours, and goes again unless everything is in it.
sw_pg_end() {
  sw_pg_code=$?
  trap - EXIT
  [ "$sw_pg_code" = 0 ] || sw_psql >/dev/null <<'SW_SQL' || :
${dropSql(target)}
SW_SQL
  exit "$sw_pg_code"
}
trap sw_pg_end EXIT
trap 'exit 143' HUP INT TERM
${format === 'plain' ? loadPlain(props) : loadCustom(props)}
sw_pg_rc=0
sw_unpack "$sw_pg_from" sw_pg_load || sw_pg_rc=$?
[ "$sw_pg_rc" = 0 ] || sw_problem load "$sw_pg_rc" "$(tail -c 600 pg.said)"
${format === 'plain' ? "[ -s pg.seen ] || sw_problem incomplete 'its last line is missing'" : ''}
${
  owners
    ? `sw_psql >/dev/null <<'SW_SQL' || sw_pg_failed load $?
${likeLiveSql(access, target)}
\\c ${ident(target)}
ANALYZE;
SW_SQL`
    : ''
}`,
  )
}

const loadCustom = ({ target, timeout, owners }: RestoreProps): string => `sw_pg_load() {
  timeout ${Math.max(1, Math.ceil(timeout))} pg_restore -w --exit-on-error ${owners ? '' : '--no-owner --no-acl '}-d ${quote(target)} >/dev/null 2>pg.said
}`

// psql ends well at the end of a dump that is cut, even in the middle of a table: only the last line tells. What a drill leaves out
// are whole statements on lines of their own.
const loadPlain = ({ target, timeout, owners }: RestoreProps): string => `sw_pg_load() {
  rm -f pg.sql pg.seen
  mkfifo pg.sql
  # A background command gets no standard input but the one it is given.
  exec 7<&0
  ${owners ? `sed ${skipRows} -e '/${trailer}/w pg.seen'` : withoutOwners} <&7 >pg.sql 2>pg.sed.said &
  sw_pg_sed=$!
  exec 7<&-
  sw_pg_loaded=0
  PGDATABASE=${quote(target)} timeout ${Math.max(1, Math.ceil(timeout))} psql -X -q -w -v ON_ERROR_STOP=1 -1 -f pg.sql >/dev/null 2>pg.said || sw_pg_loaded=$?
  sw_pg_filtered=0
  wait "$sw_pg_sed" || sw_pg_filtered=$?
  [ "$sw_pg_loaded" != 0 ] || sw_pg_loaded=$sw_pg_filtered
  return "$sw_pg_loaded"
}`

// Statements are only known outside of rows and of quotes: a body in dollars or the text of a comment may hold lines that read like
// them. A quote may be one of three kinds, and a name in it may look like the begin of another.
const withoutOwners = `awk ${quote(`
function scan(rest,  at) {
  for (;;) {
    if (inside == "") {
      if (!match(rest, /['"]|--|[$][$]|[$][A-Za-z_][A-Za-z0-9_]*[$]/)) return
      inside = substr(rest, RSTART, RLENGTH)
      if (inside == "--") { inside = ""; return }
      rest = substr(rest, RSTART + RLENGTH)
    } else {
      at = index(rest, inside)
      if (!at) return
      rest = substr(rest, at + length(inside))
      inside = ""
    }
  }
}
rows { print; if ($0 == "\\\\.") rows = 0; next }
{ before = inside; scan($0) }
before == "" && inside == "" {
  if ($0 ~ /^COPY .* FROM stdin;$/) rows = 1
  if ($0 ~ /${trailer}/) print >"pg.seen"
  if ($0 ~ /^(GRANT|REVOKE|ALTER DEFAULT PRIVILEGES) .*;$/ || $0 ~ /^ALTER [^;]* OWNER TO [^;]*;$/) next
}
{ print }
`)}`

// Encoding, locale and owner of the live database, where it is on this server; else any content fits into UTF-8, and the role of the
// app owns it. The columns for the provider of the locale came and were renamed with versions 15 and 17.
function createSql({ database, user }: PostgresAccess, target: string, owners: boolean): string {
  const like = `SELECT format('CREATE DATABASE %I TEMPLATE template0 ENCODING %L LC_COLLATE %L LC_CTYPE %L', ${literal(target)},
    pg_encoding_to_char(encoding), datcollate, datctype)
  || CASE j ->> 'datlocprovider' WHEN 'c' THEN ' LOCALE_PROVIDER libc'
    WHEN 'i' THEN format(' LOCALE_PROVIDER icu ICU_LOCALE %L', coalesce(j ->> 'datlocale', j ->> 'daticulocale'))
    WHEN 'b' THEN format(' LOCALE_PROVIDER builtin BUILTIN_LOCALE %L', j ->> 'datlocale') ELSE '' END
  ${owners ? `|| format(' OWNER %I', pg_get_userbyid(datdba))` : ''}
  FROM (SELECT d.*, to_jsonb(d) AS j FROM pg_database d WHERE datname = ${literal(database)}) AS live`
  const owned =
    owners && user !== undefined
      ? ` || coalesce((SELECT format(' OWNER %I', rolname) FROM pg_roles WHERE rolname = ${literal(user)}), '')`
      : ''
  return `SELECT coalesce((${like}), format('CREATE DATABASE %I TEMPLATE template0 ENCODING ''UTF8''', ${literal(target)})${owned}) \\gexec`
}

// Settings and grants of a database are not part of its dump, and a swap would lose them. Values of these settings are lists of
// quoted names already.
const likeLiveSql = (
  { database }: PostgresAccess,
  target: string,
): string => `SELECT format('ALTER %sDATABASE %I SET %I TO %s',
    CASE WHEN setrole <> 0 THEN format('ROLE %I IN ', pg_get_userbyid(setrole)) ELSE '' END, ${literal(target)}, name,
    CASE WHEN name IN ('search_path', 'temp_tablespaces', 'local_preload_libraries', 'session_preload_libraries')
      AND value <> '' THEN value ELSE quote_literal(value) END)
  FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase, unnest(setconfig) AS entry,
    split_part(entry, '=', 1) AS name, substr(entry, length(split_part(entry, '=', 1)) + 2) AS value
  WHERE datname = ${literal(database)} \\gexec
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', ${literal(target)})
  FROM pg_database WHERE datname = ${literal(database)} AND datacl IS NOT NULL \\gexec
SELECT format('GRANT %s ON DATABASE %I TO %s%s', privilege_type, ${literal(target)},
    CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
    CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
  FROM pg_database, aclexplode(datacl) WHERE datname = ${literal(database)} \\gexec`
