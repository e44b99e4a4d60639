// Whether a dump could be made right now, without making one.
import { quote } from '../../core/shell.ts'
import type { FileAccess } from '../access.ts'
import { programLibrary } from './program.ts'

export function readyFragment(access: FileAccess): string {
  const file = quote(access.file)
  return `${programLibrary(access)}[ -f ${file} ] || sw_problem missing ${file}
[ -r ${file} ] || sw_problem rights "$(id -un) may not read it"
sw_sqlite ${file} 'SELECT count(*) FROM sqlite_master' >/dev/null || sw_problem connect "$(tail -c 600 "$sw_tmp/sqlite.said")"
`
}
