// How the programs of PostgreSQL sign in: variables and a password file, nothing in argv, never a question.
import { quote } from '../../core/shell.ts'
import { shellValue } from '../../core/shell-value.ts'
import type { Access, ServerAccess } from '../access.ts'

export type PostgresAccess = ServerAccess & { readonly known: readonly string[] }

export function postgresAccess(access: Access): PostgresAccess {
  if (access.kind !== 'postgres') throw new Error(`not an access to PostgreSQL: ${access.kind}`)
  return access
}

/** SQL: one identifier, one text. */
export const ident = (name: string): string => `"${name.replaceAll('"', '""')}"`
export const literal = (value: string): string => `'${value.replaceAll("'", "''")}'`

/** Where databases are made and renamed: not from inside the one that is renamed. */
const maintenance = ({ database }: PostgresAccess): string =>
  database === 'postgres' ? 'template1' : 'postgres'

/** Makes a fragment a subshell that is signed in and works in $sw_tmp, so that nothing of it leaks and no trap of others is lost.
 *    sw_psql [ARG...]   psql without settings of the host, stopping at the first error; rows as lines, columns apart by tabs
 *    sw_pg_failed KEY CODE   reports what a program said: as a connection that failed, or as KEY */
export function signedIn(access: PostgresAccess, as: 'user' | 'admin', body: string): string {
  const { address, port, socket, database, known, admin } = access
  const user = as === 'admin' ? (admin?.user ?? access.user) : access.user
  const password =
    as === 'user'
      ? access.password
      : admin?.user === undefined
        ? (admin?.password ?? access.password)
        : admin.password
  const variables = {
    PGHOST: socket ?? address.replace(/^\[(.*)\]$/, '$1'),
    PGPORT: String(port ?? 5432),
    PGDATABASE: as === 'admin' ? maintenance(access) : database,
    ...(user === undefined ? {} : { PGUSER: user }),
    PGAPPNAME: 'stellwerk',
    PGCONNECT_TIMEOUT: '15',
    PGCLIENTENCODING: 'UTF8',
  }
  return `(
set -eu
cd "$sw_tmp"
umask 077
unset PGOPTIONS PGSERVICE PGHOSTADDR PGTZ PGDATESTYLE
${Object.entries(variables)
  .map(([name, value]) => `${name}=${quote(value)}; export ${name}`)
  .join('\n')}
${password === undefined ? '' : passwordFile(shellValue(password, known))}for sw_tool in psql pg_dump pg_restore; do
  command -v "$sw_tool" >/dev/null 2>&1 || sw_problem tool "$sw_tool"
done
sw_tab=$(printf '\\t')
sw_psql() { psql -X -q -A -t -w -F "$sw_tab" -v ON_ERROR_STOP=1 "$@" 2>"$sw_tmp/pg.said"; }
sw_pg_failed() { # psql ends with 2 when there is no connection
  sw_pg_words=$(tail -c 600 "$sw_tmp/pg.said")
  [ "$2" != 2 ] || sw_problem connect "$sw_pg_words"
  sw_problem "$1" "$2" "$sw_pg_words"
}
${body}
)`
}

// In a line of the file a colon and a backslash stand with a backslash. printf is the shell's own: no process shows the value.
const passwordFile = (word: string): string => `unset PGPASSWORD
PGPASSFILE=$sw_tmp/pgpass; export PGPASSFILE
{ printf '*:*:*:*:'; printf '%s\\n' ${word} | sed 's/[\\\\:]/\\\\&/g'; } >"$PGPASSFILE"
`
