// All step kinds of a drill.
import type { Kind } from '../../../engine/step.ts'
import type { BackupDeps } from '../../context.ts'
import type { DrillRecord } from '../../drill-record.ts'
import { type DrillAnswersStep, drillAnswersKind } from './answers.ts'
import { type DrillAppStep, drillAppKind } from './app.ts'
import { type DrillCloseStep, drillCloseKind } from './close.ts'
import { type DrillCompareStep, drillCompareKind } from './compare.ts'
import { type DrillFetchStep, drillFetchKind } from './fetch.ts'
import { type DrillGuardStep, drillGuardKind } from './guard.ts'
import { type DrillOpenStep, drillOpenKind } from './open.ts'
import { type DrillQueryStep, drillQueryKind } from './query.ts'
import { type DrillRecordStep, drillRecordKind } from './record.ts'
import { type DrillRestoreStep, drillRestoreKind } from './restore.ts'
import { type DrillUnpackStep, drillUnpackKind } from './unpack.ts'

export type DrillStep =
  | DrillGuardStep
  | DrillOpenStep
  | DrillFetchStep
  | DrillRestoreStep
  | DrillUnpackStep
  | DrillCompareStep
  | DrillQueryStep
  | DrillAnswersStep
  | DrillAppStep
  | DrillRecordStep
  | DrillCloseStep

export type DrillRegistry = {
  readonly [K in DrillStep['kind']]: Kind<Extract<DrillStep, { readonly kind: K }>>
}

/** `record` belongs to one drill: its kinds are made for each. */
export function drillKinds(deps: BackupDeps & { readonly record: DrillRecord }): DrillRegistry {
  return {
    'drill.guard': drillGuardKind,
    'drill.open': drillOpenKind,
    'drill.fetch': drillFetchKind(deps),
    'drill.restore': drillRestoreKind,
    'drill.unpack': drillUnpackKind,
    'drill.compare': drillCompareKind(deps),
    'drill.query': drillQueryKind,
    'drill.answers': drillAnswersKind(deps),
    'drill.app': drillAppKind,
    'drill.record': drillRecordKind(deps),
    'drill.close': drillCloseKind,
  }
}
