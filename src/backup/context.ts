// What backup steps reach beside their own host.
import type { Host } from '../engine/host.ts'
import type { Destination } from './destination.ts'

export interface BackupDeps {
  /** Connects once and keeps the connection for the session. Rejects with ProblemError. */
  readonly destination: (name: string) => Promise<Destination>
  readonly hostNamed: (name: string) => Host
  readonly now: () => Date
  /** Version of Stellwerk, for manifests. */
  readonly version: string
}
