// The database's own client, for a person: what signs it in lies in a private directory on the host, never in argv.
import { quote } from '../core/shell.ts'
import { shellValue } from '../core/shell-value.ts'
import type { Access } from './access.ts'
import { connect, mysqlAccess } from './mysql/connect.ts'

/** Programs, any of which will do. */
export function clientPrograms({ kind }: Access): readonly string[] {
  return kind === 'postgres' ? ['psql'] : kind === 'mysql' ? ['mariadb', 'mysql'] : ['sqlite3']
}

/** Makes the private directory and prints it: `run` starts the client there, `ask` answers the query with rows as lines and
 *  columns apart by tabs, in a session that begins as one that may only read: a guard against mistakes, not against intent, since
 *  a query may leave it. Ends with 3 when the client is missing. The script holds secrets'
 *  references: they must be in its environment. */
export function prepareClient(access: Access, query: string | undefined): string {
  const missing = clientPrograms(access)
    .map(program => `! command -v ${program} >/dev/null 2>&1`)
    .join(' && ')
  return `set -eu
umask 077
sw_problem() { printf '%s\\n' "$*" >&2; exit 1; }
if ${missing}; then exit 3; fi
# What a killed command left: it lies there for ten minutes, and nobody works in it.
for sw_old in "\${TMPDIR:-/tmp}"/stellwerk.db.*; do
  if [ ! -d "$sw_old" ] || [ -L "$sw_old" ] || [ ! -O "$sw_old" ]; then continue; fi
  sw_by=$(cat "$sw_old/pid" 2>/dev/null) || sw_by=
  if [ -n "$sw_by" ] && kill -0 "$sw_by" 2>/dev/null; then continue; fi
  if [ -n "$(find "$sw_old" -prune -mmin +10 2>/dev/null)" ]; then rm -rf "$sw_old"; fi
done
sw_tmp=$(mktemp -d "\${TMPDIR:-/tmp}/stellwerk.db.XXXXXX")
sw_done=no
trap '[ "$sw_done" = yes ] || rm -rf "$sw_tmp"' EXIT
trap 'exit 143' HUP INT TERM
${query === undefined ? '' : `printf '%s\\n' ${quote(query)} >"$sw_tmp/query"\n`}${filesFor(access)}
sw_done=yes
printf '%s\\n' "$sw_tmp"
`
}

function filesFor(access: Access): string {
  if (access.kind === 'sqlite') {
    const file = quote(access.file)
    return programs(
      `exec sqlite3 ${file}`,
      `exec sqlite3 -readonly -bail -header -separator "$(printf '\\t')" ${file} <"$1/query"`,
    )
  }
  if (access.kind === 'mysql') {
    const to = mysqlAccess(access)
    const client = `--defaults-file="$1/my.cnf"`
    const database = `--database=${quote(to.database)}`
    return `${connect(to, 'app')}
${programs(
  `exec "$(cat "$1/program")" ${client} ${database}`,
  `{ echo 'SET SESSION TRANSACTION READ ONLY;'; cat "$1/query"; } >"$1/all"
exec "$(cat "$1/program")" ${client} --batch ${database} <"$1/all"`,
)}
printf '%s\\n' "$my_sql" >"$sw_tmp/program"`
  }
  const variables = {
    PGHOST: access.socket ?? access.address.replace(/^\[(.*)\]$/, '$1'),
    PGPORT: String(access.port ?? 5432),
    PGDATABASE: access.database,
    ...(access.user === undefined ? {} : { PGUSER: access.user }),
    PGAPPNAME: 'stellwerk',
    PGCONNECT_TIMEOUT: '15',
  }
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${quote(value)}; export ${name}`)
  const signIn = `unset PGOPTIONS PGSERVICE PGHOSTADDR PGPASSWORD
${lines.join('\n')}
PGPASSFILE=$1/pgpass; export PGPASSFILE`
  // In a line of the file a colon and a backslash stand with a backslash.
  const password =
    access.password === undefined
      ? ''
      : `{ printf '*:*:*:*:'; printf '%s\\n' ${shellValue(access.password, access.known)} | sed 's/[\\\\:]/\\\\&/g'; } >"$sw_tmp/pgpass"
`
  return `${password}${programs(
    `${signIn}
exec psql -w`,
    `${signIn}
PGOPTIONS='-c default_transaction_read_only=on'; export PGOPTIONS
exec psql -X -q -A -w -P footer=off -F "$(printf '\\t')" -v ON_ERROR_STOP=1 -f "$1/query"`,
  )}`
}

function programs(run: string, ask: string): string {
  return `printf '%s\\n' ${quote(run)} >"$sw_tmp/run"
printf '%s\\n' ${quote(ask)} >"$sw_tmp/ask"`
}

/** Runs one of them, and removes the directory whatever happens. */
export function withClient(directory: string, which: 'run' | 'ask'): string {
  return `sw_dir=${quote(directory)}
trap 'rm -rf "$sw_dir"' EXIT
trap 'exit 143' HUP TERM
trap : INT
echo "$$" >"$sw_dir/pid" || exit 1
sw_code=0
sh "$sw_dir/${which}" "$sw_dir" || sw_code=$?
exit "$sw_code"
`
}
