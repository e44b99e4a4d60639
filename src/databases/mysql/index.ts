// MySQL and MariaDB, through whichever of their tools the host has.
import type { DatabaseEngine } from '../engine.ts'
import { connect, identity, mysqlAccess } from './connect.ts'
import { dumpFragment } from './dump.ts'
import { factsFragment } from './facts.ts'
import { presentFragment } from './present.ts'
import { queryFragment } from './query.ts'
import { readyFragment } from './ready.ts'
import { restoreFragment } from './restore.ts'
import { swapFragment, unswapFragment } from './swap.ts'
import { dropFragment, sweepFragment } from './tidy.ts'

export const mysqlEngine: DatabaseEngine = {
  kind: 'mysql',
  tools: [
    ['mariadb-dump', 'mysqldump'],
    ['mariadb', 'mysql'],
  ],
  ending: () => 'sql',
  dump: dumpFragment,
  facts: props => {
    const access = mysqlAccess(props.access)
    return factsFragment(connect(access, 'admin'), access, props)
  },
  identity: access => {
    const server = mysqlAccess(access)
    return `${connect(server, 'admin')}${identity(server)}my_identity\n`
  },
  ready: readyFragment,
  present: presentFragment,
  restore: restoreFragment,
  swap: swapFragment,
  unswap: unswapFragment,
  drop: dropFragment,
  sweep: sweepFragment,
  query: queryFragment,
}
