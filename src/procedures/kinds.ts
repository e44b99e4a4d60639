// All step kinds in one registry. A step type without a kind, or a kind under a wrong name, does not compile.
import type { Readable } from 'node:stream'
import type { BackupDeps } from '../backup/context.ts'
import { type CompleteStep, completeKind } from '../backup/steps/complete.ts'
import { type DatabaseStep, databaseKind } from '../backup/steps/database.ts'
import { type FetchStep, fetchKind } from '../backup/steps/fetch.ts'
import { type FilesStep, filesKind } from '../backup/steps/files.ts'
import { type OpenStep, openKind } from '../backup/steps/open.ts'
import { type PruneStep as BackupPruneStep, pruneKind as backupPruneKind } from '../backup/steps/prune.ts'
import { type RestoreStep, restoreKinds } from '../backup/steps/restore/kinds.ts'
import { type KeepStep, keepKind, type ReturnStep, returnKind } from '../backup/steps/return.ts'
import { type SettleStep, settleKind } from '../backup/steps/settle.ts'
import { type ShadowStep, shadowKind } from '../backup/steps/shadow.ts'
import { type StoreStep, storeKind } from '../backup/steps/store.ts'
import { type CheckKindDeps, type CheckStep, type IdentityStep, makeCheckKinds } from '../checks/index.ts'
import type { Kind, Kinds, Step } from '../engine/step.ts'
import { type CommandStep, commandKind } from '../release/steps/command.ts'
import { type PreviewStep, previewKind } from '../release/steps/preview.ts'
import { type PruneStep, pruneKind } from '../release/steps/prune.ts'
import { type LinkStep, linkKind, type ProbeStep, probeKind } from '../release/steps/shared.ts'
import { type StageStep, stageKind } from '../release/steps/stage.ts'
import { type StateStep, stateKind } from '../release/steps/state.ts'
import { type SwitchStep, switchKind } from '../release/steps/switch.ts'
import { type VerifyStep, verifyKind } from '../release/steps/verify.ts'
import { type BeginCareStep, beginCareKind } from '../runbook/steps/begin-care.ts'
import { type CloseStep, closeKind } from '../runbook/steps/close.ts'
import { type WaitStep, waitKind } from '../runbook/steps/wait.ts'
import { type ServiceStep, serviceKinds } from '../services/index.ts'
import { makeRouterKinds, type RouterStep } from '../traffic/index.ts'
import { type AnyMaintenanceStep, makeMaintenanceKinds } from '../traffic/maintenance/index.ts'
import { type DrainWait, drainWaitKind } from './drain-wait.ts'

type ReleaseStep =
  | StageStep
  | LinkStep
  | ProbeStep
  | CommandStep
  | PreviewStep
  | SwitchStep
  | StateStep
  | VerifyStep
  | PruneStep
export type AnyStep =
  | PeopleStep
  | ReleaseStep
  | BackupStep
  | CheckStep
  | IdentityStep
  | ServiceStep
  | RouterStep
  | AnyMaintenanceStep
  | DrainWait

type PeopleStep = WaitStep | CloseStep | BeginCareStep

type BackupStep =
  | OpenStep
  | DatabaseStep
  | FilesStep
  | ShadowStep
  | StoreStep
  | CompleteStep
  | SettleStep
  | BackupPruneStep
  | ReturnStep
  | KeepStep
  | FetchStep
  | RestoreStep

type Registry = { readonly [K in AnyStep['kind']]: Kind<Extract<AnyStep, { readonly kind: K }>> }

export interface KindDeps extends CheckKindDeps, BackupDeps {
  /** The upload of a stage step. */
  readonly openUpload: (step: StageStep) => Promise<Readable>
  /** The file of the embedded router. */
  readonly openRouterFile: () => Promise<Readable>
}

export function makeKinds(deps: KindDeps): Kinds {
  const checks = makeCheckKinds(deps)
  const registry: Registry = {
    'release.stage': stageKind(deps.openUpload),
    'release.link': linkKind,
    'release.probe': probeKind,
    'release.command': commandKind,
    'release.preview': previewKind,
    'release.switch': switchKind,
    'release.state': stateKind,
    'release.verify': verifyKind,
    'release.prune': pruneKind,
    'sign-off.wait': waitKind,
    'sign-off.close': closeKind,
    'aftercare.begin': beginCareKind,
    'backup.open': openKind,
    'backup.database': databaseKind,
    'backup.files': filesKind,
    'backup.shadow': shadowKind,
    'backup.store': storeKind(deps),
    'backup.complete': completeKind,
    'backup.settle': settleKind,
    'backup.prune': backupPruneKind(deps),
    'backup.return': returnKind,
    'backup.keep': keepKind,
    'backup.fetch': fetchKind(deps),
    ...restoreKinds(deps),
    ...checks,
    'drain.wait': drainWaitKind(checks.check, deps.clock),
    ...serviceKinds,
    ...makeRouterKinds(deps),
    ...makeMaintenanceKinds(deps),
  }
  return registry as Readonly<Record<string, Kind<never>>>
}

/** One line for what a step does, in plans and runbooks. */
export function describeStep(kinds: Kinds, step: Step) {
  const kind = kinds[step.kind] as Kind<Step> | undefined
  return kind ? kind.describe(step) : step.title
}
