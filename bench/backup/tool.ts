// One way to make a backup, as the bench drives it: shell text, so that a reader sees what is compared.
import type { Nas } from '../../test/rigs/nas.ts'
import type { Postgres } from '../../test/rigs/postgres.ts'

export interface Site {
  /** Empty, the tool's own. */
  readonly directory: string
  readonly files: string
  readonly server: Postgres
  readonly nas: Nas
}

export interface Ready {
  /** Brings database and files to the destination. */
  readonly backup: string
  readonly env?: Readonly<Record<string, string>>
  /** Where on this machine's disk it stores. */
  readonly stored: string
}

export interface Tool {
  readonly name: string
  /** What is proven at the destination when it ends. */
  readonly verified: string
  /** Its own process, whose memory is shown; else the largest of all. */
  readonly process?: string
  /** Rejects when it cannot run here; the message becomes its row. */
  version(): Promise<string>
  prepare(site: Site): Promise<Ready>
}
