// Whether a dump could be made right now, without making one.
import type { Access } from '../access.ts'
import { postgresAccess, signedIn } from './sign-in.ts'
import { toolVersion, versionGate } from './version.ts'

// pg_dump takes the lock of each table that a dump would read, which needs the right to read it. It waits for a migration as
// little as may be.
export function ready(access: Access): string {
  return signedIn(
    postgresAccess(access),
    'user',
    `${toolVersion('pg_dump')}
sw_psql -c "SELECT current_setting('server_version_num'), current_setting('server_version')" </dev/null >pg.server || sw_problem connect "$(tail -c 600 pg.said)"
IFS=$sw_tab read -r sw_pg_number sw_pg_server <pg.server
${versionGate('pg_dump')}
pg_dump -w --schema-only --lock-wait-timeout=5000 </dev/null >/dev/null 2>pg.said || sw_problem rights "$(tail -c 600 pg.said)"`,
  )
}
