// What one check found: evidence for the journal, the report, the canary and the monitor alike.
import type { Waiver } from '../config/schema/waiver.ts'
import type { JsonObject } from '../core/json.ts'
import type { Text } from '../core/lang.ts'
import type { Verdict } from '../core/verdict.ts'

export interface CheckResult {
  /** Its name in the config; `identity` for the proof of the answering release. */
  readonly check: string
  /** Kind of the check, as in the config; `identity` for the proof of the answering release. */
  readonly kind: string
  readonly host?: string
  readonly verdict: Verdict
  readonly level: 'error' | 'warn'
  /** Whether a deploy may not go on: anything but pass, unless the level is warn or a waiver holds. */
  readonly blocks: boolean
  /** Set when a person overruled the verdict, which stays what it is. */
  readonly waiver?: Waiver
  /** One line for people, without secrets. */
  readonly observed: Text
  readonly attempts: number
  /** Milliseconds from the first attempt to the verdict, pauses included. */
  readonly ms: number
  /** ISO 8601, UTC: the moment of the verdict. */
  readonly at: string
  /** Of the last attempt: status, bytes, ms, first 300 characters of the answer; without secrets. */
  readonly details: JsonObject
}
