// The port to one machine. Adapters live in src/hosts; the engine and every domain folder see only this.
import type { Readable, Writable } from 'node:stream'
import type { Problem } from '../core/problem.ts'

/** How a script ended. Only `exit` is knowledge; `signal`, `lost` and `timeout` leave the outcome unknown, and the
 *  caller inspects the host instead of assuming. `unreachable` means that nothing was started. */
export type Ending =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: string }
  | { readonly kind: 'lost'; readonly why: string }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'aborted' }
  | { readonly kind: 'unreachable'; readonly why: string; readonly problem?: Problem }

export interface Execution {
  readonly ending: Ending
  /** The last 1 MiB at most of each stream; `onLine` sees every line. */
  readonly stdout: string
  readonly stderr: string
}

export interface ScriptOptions {
  /** Milliseconds for the whole script; then the remote process group is ended and the ending is `timeout`. */
  readonly timeout: number
  readonly signal?: AbortSignal
  /** The script holds no secret, so that it may travel as an argument, where the host's process list shows it: that saves
   *  the round trip which standard input waits for. */
  readonly plain?: boolean
  /** Data for the script's standard input; without it the script's commands read /dev/null. When the data breaks off, the
   *  script's process group is ended and the ending is `lost`; it never takes half the data for all of it. When the
   *  connection is cut, it may: check sums in the script. */
  readonly stdin?: Readable
  /** Takes the bytes of the script's standard output as they are, with back pressure, instead of `stdout` and `onLine`. It is
   *  not ended here: whoever gave it ends it once the ending is known to be good, or destroys it. */
  readonly sink?: Writable
  /** Each complete line as it arrives, without its newline. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void
}

export interface Host {
  readonly name: string
  /** Sessions opened so far: what a round trip costs is measured with this. */
  readonly sessions: number
  /** Connects unless connected, so that the first script need not wait for it; absent where there is nothing to connect.
   *  Never rejects: whoever runs a script learns what is wrong. */
  connect?(): Promise<void>
  /** Runs a POSIX sh script. Starts exactly one remote session. Never rejects for what happens on the host. */
  run(script: string, options: ScriptOptions): Promise<Execution>
  /** An address on this machine that reaches `address:port` as seen from the host. Reused when asked again.
   *  Rejects with ProblemError when the tunnel cannot be made. */
  tunnel(address: string, port: number): Promise<{ readonly host: string; readonly port: number }>
  /** Gives the terminal of this process to an sh script on the host. It travels as an argument: no secret in it. Absent
   *  where there is no such thing, as in tests. Never rejects. */
  terminal?(script: string): Promise<Ending>
  /** Ends the connection and every tunnel. Safe to call twice. */
  close(): Promise<void>
}
