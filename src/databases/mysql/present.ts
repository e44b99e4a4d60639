// Whether the live database exists on a server that answers.
import { quote } from '../../core/shell.ts'
import type { Access } from '../access.ts'
import { connect, literal, mysqlAccess } from './connect.ts'

/** As the role that makes databases: another may not be told of them. */
export function presentFragment(access: Access): string {
  const server = mysqlAccess(access)
  const sql = `SELECT IF(COUNT(*) = 0, 'no', 'yes') FROM information_schema.schemata WHERE schema_name = ${literal(server.database)};`
  return `${connect(server, 'admin')}my_run '' ${quote(sql)} || sw_problem connect "$(my_say)"
`
}
