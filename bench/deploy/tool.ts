// One deployment tool, as the bench drives it.
import type { Fleet } from './fleet.ts'
import type { Version, Workload } from './workload.ts'

export interface Command {
  readonly file: string
  readonly words: readonly string[]
  readonly directory: string
  readonly env?: Readonly<Record<string, string>>
}

/** A tool that is set up for one fleet. */
export interface Ready {
  deploy(version: Version): Command
  rollback(): Command
}

export interface Tool {
  readonly name: string
  /** Rejects when it cannot run here; the message becomes its row. */
  version(): Promise<string>
  /** `directory` is empty and the tool's own; `root` is its place on every host. */
  prepare(props: {
    readonly directory: string
    readonly root: string
    readonly fleet: Fleet
    readonly workload: Workload
  }): Promise<Ready>
}
