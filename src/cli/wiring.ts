// The outside as the commands see it; wire.ts builds the real one, tests another. Everything heavy is loaded on use.
import type { Readable } from 'node:stream'
import type { Destination } from '../backup/destination.ts'
import type { Config } from '../config/config.ts'
import type { Validation } from '../config/load.ts'
import type { Clock } from '../core/clock.ts'
import type { Problem } from '../core/problem.ts'
import type { Result } from '../core/result.ts'
import type { Emit } from '../engine/events.ts'
import type { Host } from '../engine/host.ts'
import type { Owner } from '../engine/lease.ts'
import type { Bundle } from '../release/bundle/bundle.ts'
import type { Manifest } from '../release/bundle/manifest.ts'
import type { RouterFile } from '../traffic/index.ts'

export interface LoadedConfig {
  readonly config: Config
  readonly warnings: readonly Problem[]
  /** Secrets without a value, when they are only told. */
  readonly unresolved?: readonly Problem[]
  /** Text of the file, for excerpts. */
  readonly source: string
  readonly file: string
}

export interface Fleet {
  readonly hosts: ReadonlyMap<string, Host>
  close(): Promise<void>
}

export interface BuildOptions {
  readonly ref?: string
  readonly dirty: boolean
  readonly emit: Emit
  readonly signal: AbortSignal
}

export interface Wiring {
  readonly version: string
  readonly clock: Clock
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Who and where this command is, for locks and records. */
  readonly self: {
    readonly by: string
    readonly machine: string
    readonly pid: number
    readonly boot?: string
  }
  random(bytes: number): Uint8Array
  /** True when the process of that `boot` mark ran in this very place and is gone; false when nobody here can tell. */
  isGone(pid: number, boot: string): boolean
  readFile(path: string): Promise<string | undefined>
  /** Refuses to overwrite unless told. */
  writeFile(
    path: string,
    content: string,
    options: { readonly overwrite: boolean; readonly mode?: number },
  ): Promise<Result<void>>
  /** Below .stellwerk in this directory, hidden from git. Returns where it lies. */
  keepBeside(directory: string, path: string, content: string): Promise<Result<string>>
  /** What this machine remembers under a name such as `schedule/shop.json`; undefined when there is none. */
  recall(name: string): Promise<string | undefined>
  /** Replaces it at once; a crash leaves the old or the new. */
  remember(name: string, content: string): Promise<Result<void>>
  /** The words that start this program again, absolute: the interpreter and the program. */
  readonly program: readonly string[]
  listFiles(directory: string): Promise<readonly string[]>
  /** The whole file as all its environments see it. */
  validate(
    file: string | undefined,
  ): Promise<Result<{ readonly file: string; readonly validation: Validation }>>
  /** The config of any environment, for what none of them changes: building. No secret is read. */
  loadAny(file: string | undefined): Promise<Result<LoadedConfig, readonly Problem[]>>
  load(options: {
    readonly file: string | undefined
    readonly environment: string | undefined
    /** names: no value is read, no command is asked. told: one without a value stops nothing and stands among `unresolved`. */
    readonly secrets?: 'names' | 'told'
  }): Promise<Result<LoadedConfig, readonly Problem[]>>
  connect(config: Config): Promise<Fleet>
  /** A destination of `backup.destinations`. Rejects with ProblemError. */
  openDestination(config: Config, name: string, fleet: Fleet): Promise<Destination>
  buildBundle(config: Config, options: BuildOptions): Promise<Result<Bundle>>
  openBundle(path: string, trust: readonly string[]): Promise<Result<Bundle>>
  /** Manifest of a bundle that this machine has deployed before, by digest; saves asking the host for it. */
  knownManifest(digest: string): Promise<Manifest | undefined>
  rememberManifest(digest: string, content: string): Promise<void>
  /** The embedded router that travels to hosts. */
  routerFile(): Promise<OpenRouterFile>
  /** Where uploads that feed several hosts are packed once. */
  readonly spoolDirectory: string
  /** This machine as a host, for commands that run here. */
  readonly here: Host
}

export interface OpenRouterFile extends RouterFile {
  open(): Readable
}

/** True when the owner of a lock ran on this very machine and its process is gone. */
export function ranHereAndIsGone(wiring: Wiring, owner: Partial<Owner>): boolean {
  const { machine, pid, boot } = owner
  return (
    machine === wiring.self.machine && pid !== undefined && boot !== undefined && wiring.isGone(pid, boot)
  )
}
