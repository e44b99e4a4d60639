// What a check needs from outside, and what one attempt gives back.
import type { Clock } from '../core/clock.ts'
import type { JsonObject } from '../core/json.ts'
import type { Text } from '../core/lang.ts'
import type { Verdict } from '../core/verdict.ts'
import type { Host } from '../engine/host.ts'

export interface CheckContext {
  /** The host the check concerns; absent for a check that starts here. */
  readonly host?: Host
  /** This machine, for commands that run here. */
  readonly here?: Host
  /** Where the router or service listens, as seen from the host: the base of a path such as /api/health. */
  readonly address?: Address
  /** A header that passes the maintenance page; sent with paths only, so that it stays with this app. */
  readonly pass?: Pass
  /** Absolute directory of the app on the host: where a disk is looked at and a command runs (in `current`). */
  readonly root?: string
  /** Directory of stellwerk.yaml: where a command that runs here starts. */
  readonly directory?: string
  readonly signal: AbortSignal
  /** The value behind `${NAME}`; undefined: no such secret. */
  readonly secret: (name: string) => string | undefined
  /** Takes every declared secret out: what is asked may show one that the check itself does not name. */
  readonly redact: (input: string) => string
  readonly clock: Clock
}

export interface Pass {
  readonly name: string
  readonly secret: string
  /** The app has a page of its own: the pass goes with every request. Else only with one that met our page, because whoever
   *  answers when there is none would see it. */
  readonly always?: true
}

export interface Address {
  readonly host: string
  readonly port: number
}

/** `127.0.0.1:8080`, `[::1]:8080`: as it stands in a URL. */
export function authority({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

export interface Attempt {
  readonly verdict: Verdict
  readonly observed: Text
  readonly details: JsonObject
}

export function attempt(verdict: Verdict, observed: Text, details: JsonObject = {}): Attempt {
  return { verdict, observed, details }
}
