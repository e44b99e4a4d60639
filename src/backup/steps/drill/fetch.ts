// Brings one part of the set to the drill's host. The first byte that is asked for starts the clock of the restore.
import type { HostKind } from '../../../engine/step.ts'
import type { BackupDeps } from '../../context.ts'
import type { DrillRecord } from '../../drill-record.ts'
import { type Fetched, fetchKind } from '../fetch.ts'

export interface DrillFetchStep extends Fetched {
  readonly kind: 'drill.fetch'
}

export function drillFetchKind(
  deps: BackupDeps & { readonly record: DrillRecord },
): HostKind<DrillFetchStep> {
  return fetchKind(deps, () => deps.record.fetching(deps.now()))
}
