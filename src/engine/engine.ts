// What the engine needs from outside, in one object.
import type { Emit } from './events.ts'
import type { Host } from './host.ts'
import type { Kinds } from './step.ts'

export interface EngineDeps {
  readonly hosts: ReadonlyMap<string, Host>
  readonly kinds: Kinds
  readonly emit: Emit
  readonly now: () => Date
  readonly random: (bytes: number) => Uint8Array
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>
  /** The value of a secret by its name in the config. */
  readonly secret: (name: string) => string | undefined
  readonly redact: (text: string) => string
  /** Hosts that are worked on at the same time. */
  readonly parallel: number
  /** Aborted by the first Ctrl-C, SIGTERM or SIGHUP: come to a clean state. */
  readonly interrupt: AbortSignal
}
