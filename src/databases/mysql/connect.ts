// How the client and the dump tool sign in: an options file of mode 0600, and nothing of the user's own options, which could
// lead to another server. Also runs single statements.
import { quote } from '../../core/shell.ts'
import { shellValue } from '../../core/shell-value.ts'
import type { Access, ServerAccess } from '../access.ts'

export type MysqlAccess = ServerAccess & { readonly known: readonly string[] }

export function mysqlAccess(access: Access): MysqlAccess {
  if (access.kind !== 'mysql') throw new Error(`access of kind ${access.kind}, not mysql`)
  return access
}

/** The role whose word counts. `admin` is who makes and renames databases; where it is absent, the app's role does all. */
export type Role = 'app' | 'admin'

/** `name` as an identifier of SQL. */
export function identifier(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}

/** `value` as a string of SQL. */
export function literal(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}

const library = `my_say() { # what the client said, without the statement that it repeats: that can hold rows
  case $(cat "$sw_tmp/my.err" 2>/dev/null) in
  *ERROR\\ [0-9]*) sed -n -e '/^ERROR [0-9]/p' "$sw_tmp/my.err" | tail -c 600 ;;
  *) tail -c 600 "$sw_tmp/my.err" 2>/dev/null || : ;;
  esac
}
my_option() { # NAME VALUE: inside of double quotes an options file knows escapes, and neither # nor a space is special
  printf '%s="' "$1"
  printf '%s' "$2" | sed -e 's/[\\\\"]/\\\\&/g'
  printf '"\\n'
}
my_program() { # NAME...: the first that exists, as $my_found
  for my_found in "$@"; do
    if command -v "$my_found" >/dev/null 2>&1; then return 0; fi
  done
  sw_problem tool "$1"
}
my_client() { # DATABASE OPTION...
  my_db=$1
  shift
  "$my_sql" --defaults-file="$sw_tmp/my.cnf" --batch --skip-column-names "$@" --database="$my_db"
}
my_run() { # DATABASE STATEMENTS [OPTION...]: answers on standard output, errors in my.err
  printf '%s\\n' "$2" >"$sw_tmp/my.in"
  my_d=$1
  shift 2
  my_client "$my_d" "$@" <"$sw_tmp/my.in" 2>"$sw_tmp/my.err"
}
`

/** Defines my_client, my_run, and writes "$sw_tmp/my.cnf" for the role. */
export function connect(access: MysqlAccess, role: Role): string {
  const admin = role === 'admin' ? access.admin : undefined
  const user = admin?.user ?? access.user
  const password = admin?.user === undefined ? (admin?.password ?? access.password) : admin.password
  const where =
    access.socket === undefined
      ? [
          ['protocol', 'tcp'],
          ['host', access.address.replace(/^\[(.*)\]$/, '$1')],
          ['port', String(access.port ?? 3306)],
        ]
      : [
          ['protocol', 'socket'],
          ['socket', access.socket],
        ]
  const options = [
    ...where.map(([name, value]) => `my_option ${name} ${quote(value ?? '')}`),
    ...(user === undefined ? [] : [`my_option user ${quote(user)}`]),
    ...(password === undefined ? [] : [`my_option password ${shellValue(password, access.known)}`]),
    'my_option default-character-set utf8mb4',
    // For the client alone: the dump tool does not know the first.
    `printf '[mysql]\\nconnect_timeout=20\\nmax_allowed_packet=1G\\n'`,
  ]
  return `${library}my_program mariadb mysql
my_sql=$my_found
(
  umask 077
  {
    echo '[client]'
    ${options.join('\n    ')}
  } >"$sw_tmp/my.cnf"
)
`
}

/** SHOW, because the names of these variables differ between servers and an unknown one is no error here. */
const identityStatement = `SHOW GLOBAL VARIABLES WHERE Variable_name IN ('server_uuid', 'server_uid', 'hostname', 'datadir', 'port')`

/** Defines my_identity: `<server>/<database>`. MySQL has an identity of its own, which stays with its data. MariaDB's server_uid
 *  is made of the network card's address and the port, so containers on two hosts can share it: hostname and place of the
 *  data join it, and where it does not exist they stand for it. */
export function identity(access: MysqlAccess): string {
  return `my_identity() {
  my_run '' ${quote(identityStatement)} >"$sw_tmp/my.identity" || sw_problem connect "$(my_say)"
  my_server=
  while IFS='	' read -r my_key my_value; do
    if [ "$my_key" = server_uuid ] && [ -n "$my_value" ]; then my_server=$my_value; fi
  done <"$sw_tmp/my.identity"
  if [ -z "$my_server" ]; then
    [ -s "$sw_tmp/my.identity" ] || sw_problem connect 'the server does not say who it is'
    LC_ALL=C sort "$sw_tmp/my.identity" >"$sw_tmp/my.sorted"
    my_server=$(sha256sum <"$sw_tmp/my.sorted") || sw_problem connect 'no sha256sum'
    my_server=$(printf '%.32s' "$my_server")
  fi
  printf '%s/%s\\n' "$my_server" ${quote(access.database)}
}
`
}
