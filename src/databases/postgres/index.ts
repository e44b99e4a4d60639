// PostgreSQL by its own programs: psql, pg_dump, pg_restore.
import type { DatabaseEngine } from '../engine.ts'
import { dump, facts } from './dump.ts'
import { identity, present, query } from './query.ts'
import { ready } from './ready.ts'
import { restore } from './restore.ts'
import { swap, unswap } from './swap.ts'
import { drop, sweep } from './tidy.ts'

export const postgresEngine: DatabaseEngine = {
  kind: 'postgres',
  tools: [['psql'], ['pg_dump'], ['pg_restore']],
  ending: format => (format === 'plain' ? 'sql' : 'dump'),
  dump,
  facts,
  identity,
  ready,
  present,
  restore,
  swap,
  unswap,
  drop,
  sweep,
  query,
}
