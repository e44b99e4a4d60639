// A result that a person overruled: it keeps its verdict, and stops nothing while the waiver holds.
import type { Waiver } from '../config/schema/waiver.ts'
import { holds } from '../config/waivers.ts'
import type { CheckResult } from '../engine/check-result.ts'

export type Waivers = Readonly<Record<string, Waiver>>

export function waive(result: CheckResult, waivers: Waivers, now: Date): CheckResult {
  const waiver = Object.hasOwn(waivers, result.check) ? waivers[result.check] : undefined
  if (result.verdict === 'pass' || waiver === undefined || !holds(waiver, now)) return result
  const { by, reason, until } = waiver
  return { ...result, blocks: false, waiver: { by, reason, until } }
}
