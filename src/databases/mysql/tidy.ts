// Removes databases that a restore or a swap left, and no others.
import { quote } from '../../core/shell.ts'
import type { Access } from '../access.ts'
import { connect, identifier, literal, mysqlAccess } from './connect.ts'

export function dropFragment(access: Access, target: string): string {
  if (!target.startsWith('stw_')) return `sw_problem refused ${quote(target)}\n`
  return `${connect(mysqlAccess(access), 'admin')}my_run '' ${quote(`DROP DATABASE IF EXISTS ${identifier(target)};`)} || sw_problem drop $? "$(my_say)"
`
}

/** A role without PROCESS sees its own connections only; a drill signs in with the same role. */
export function sweepFragment(access: Access, prefix: string): string {
  if (!prefix.startsWith('stw_drill_')) return `sw_problem refused ${quote(prefix)}\n`
  const unused = `SELECT CONCAT('DROP DATABASE IF EXISTS \`', REPLACE(schema_name, '\`', '\`\`'), '\`;') FROM information_schema.schemata
WHERE LEFT(schema_name, ${prefix.length}) = ${literal(prefix)}
  AND schema_name NOT IN (SELECT db FROM information_schema.processlist WHERE db IS NOT NULL);`
  return `${connect(mysqlAccess(access), 'admin')}my_run '' ${quote(unused)} --raw >"$sw_tmp/my.drop" || sw_problem connect "$(my_say)"
[ ! -s "$sw_tmp/my.drop" ] || my_run '' "$(cat "$sw_tmp/my.drop")" || sw_problem drop $? "$(my_say)"
`
}
