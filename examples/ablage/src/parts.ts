// What the routes of the backend share.
import type { Database } from './database.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import type { Migration } from './migrations.ts'
import type { Redis } from './redis.ts'
import type { Settings } from './settings.ts'

export interface Parts {
  readonly database: Database
  readonly redis: Redis
  readonly migrations: readonly Migration[]
  readonly settings: Settings
  readonly metrics: Metrics
  readonly log: Log
  /** True while the process ends: clients are told to open their next connection elsewhere. */
  readonly ending: () => boolean
}
