// Whether a dump could be made right now, without making one.
import { quote } from '../../core/shell.ts'
import type { Access } from '../access.ts'
import { connect, mysqlAccess } from './connect.ts'
import { dumpTool } from './dump.ts'

/** The definitions of all there is: reading them takes the rights that a dump takes. Of a table that the role may not see, no tool
 *  would say a word; that is what databases.<name>.expect is for. */
export function readyFragment(access: Access): string {
  const server = mysqlAccess(access)
  const database = quote(server.database)
  return `${connect(server, 'app')}${dumpTool}my_run ${database} 'SELECT 1;' >/dev/null || sw_problem connect "$(my_say)"
my_dump "$sw_tmp/my.err" --no-data --routines --events --triggers ${database} >/dev/null || sw_problem rights "$(my_say)"
`
}
