// Loads a dump into a database that it makes.
import { quote } from '../../core/shell.ts'
import type { RestoreProps } from '../engine.ts'
import { asleep, ownName } from './code.ts'
import { connect, identifier, mysqlAccess } from './connect.ts'

const account = '`[^`]*\\(``[^`]*\\)*`\\(@`[^`]*`\\)\\{0,1\\}'

/** Views, triggers, routines and events belong to roles that a drill's server does not have and its role may not name. */
const withoutOwners = [
  `s/^CREATE DEFINER=${account} /CREATE /`,
  `s/^\\(\\/\\*![0-9]* CREATE\\*\\/ \\)\\/\\*![0-9]* DEFINER=${account}\\*\\/ /\\1/`,
  `s/^\\(\\/\\*![0-9]* \\)DEFINER=${account} SQL SECURITY /\\1SQL SECURITY /`,
]

/** The client of the server's own kind stops at this line when it is older; --binary-mode refuses its commands anyway. */
const withoutSandbox = '/^\\/\\*M\\{0,1\\}!999999\\\\- /d'

export function restoreFragment({ access: given, target, from, owners, timeout }: RestoreProps): string {
  const access = mysqlAccess(given)
  const edits = [
    // Rows are by far the most lines, and the longest.
    '/^INSERT /b',
    withoutSandbox,
    ownName,
    asleep,
    ...(owners ? [] : withoutOwners),
  ]
  const filter = edits.map(edit => `-e ${quote(edit)}`).join(' ')
  return `${connect(access, 'admin')}my_create=0
my_run '' ${quote(`CREATE DATABASE ${identifier(target)};`)} || my_create=$?
if [ "$my_create" != 0 ]; then
  case $(my_say) in
  'ERROR 1007 '*) sw_problem exists ${quote(target)} ;;
  *'ERROR 2'*) sw_problem connect "$(my_say)" ;;
  *) sw_problem load "$my_create" "$(my_say)" ;;
  esac
fi
my_load() {
  mkfifo "$sw_tmp/my.load"
  timeout -k 5 ${Math.trunc(timeout)} "$my_sql" --defaults-file="$sw_tmp/my.cnf" --batch --binary-mode --database=${quote(target)} <"$sw_tmp/my.load" >/dev/null 2>"$sw_tmp/my.err" &
  my_loader=$!
  my_filtered=0
  LC_ALL=C sed ${filter} -e "\\$w $sw_tmp/my.last" >"$sw_tmp/my.load" || my_filtered=$?
  my_rc=0
  wait "$my_loader" || my_rc=$?
  [ "$my_rc" = 0 ] || return "$my_rc"
  return "$my_filtered"
}
my_loaded() ( # in a subshell: whatever ends it, what was made is removed
  my_rc=0
  sw_unpack ${quote(from)} my_load || my_rc=$?
  [ "$my_rc" = 0 ] || sw_problem load "$my_rc" "$(my_say)"
  case $(cat "$sw_tmp/my.last") in
  '-- Dump completed'*) ;;
  *) sw_problem incomplete "the last line is not '-- Dump completed'" ;;
  esac
)
if ! my_loaded; then
  my_run '' ${quote(`DROP DATABASE IF EXISTS ${identifier(target)};`)} || sw_data left ${quote(target)}
  exit 1
fi
`
}
