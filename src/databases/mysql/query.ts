// One value from one query, in a session that cannot write.
import { quote } from '../../core/shell.ts'
import type { Access } from '../access.ts'
import { connect, mysqlAccess } from './connect.ts'
import { statement } from './facts.ts'

/** The client writes a tab, a newline and a backslash inside of a value as `\t`, `\n` and `\\`: a literal one is a second column or
 *  row. */
export function queryFragment(access: Access, target: string, sql: string): string {
  const text = `SET SESSION TRANSACTION READ ONLY;\nSTART TRANSACTION READ ONLY;\n${statement(sql)}`
  return `${connect(mysqlAccess(access), 'admin')}my_rc=0
my_run ${quote(target)} ${quote(text)} >"$sw_tmp/my.value" || my_rc=$?
[ "$my_rc" = 0 ] || sw_problem query "$my_rc" "$(my_say)"
case $(wc -l <"$sw_tmp/my.value" | tr -d ' ') in
1) ;;
0) sw_problem query 1 'no row' ;;
*) sw_problem query 1 'more than one row' ;;
esac
IFS= read -r my_value <"$sw_tmp/my.value"
case $my_value in *'	'*) sw_problem query 1 'more than one column' ;; esac
printf '%b\\n' "$my_value"
`
}
