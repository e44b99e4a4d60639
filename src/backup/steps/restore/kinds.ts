// All step kinds of a restore.
import type { Kind } from '../../../engine/step.ts'
import type { BackupDeps } from '../../context.ts'
import { type BesideStep, besideKind } from './beside.ts'
import { type CompareStep, compareKind } from './compare.ts'
import { type DropStep, dropKind } from './drop.ts'
import { type PutStep, putKind, type UnpackStep, unpackKind } from './files.ts'
import { type ClearStep, clearKind, type PlaceStep, placeKind } from './place.ts'
import { type RebuildStep, rebuildKind } from './rebuild.ts'
import { type SwapStep, swapKind } from './swap.ts'

export type RestoreStep =
  | PlaceStep
  | BesideStep
  | CompareStep
  | SwapStep
  | RebuildStep
  | UnpackStep
  | PutStep
  | ClearStep
  | DropStep

export type RestoreRegistry = {
  readonly [K in RestoreStep['kind']]: Kind<Extract<RestoreStep, { readonly kind: K }>>
}

export function restoreKinds(deps: BackupDeps): RestoreRegistry {
  return {
    'restore.place': placeKind,
    'restore.beside': besideKind,
    'restore.compare': compareKind(deps),
    'restore.swap': swapKind,
    'restore.rebuild': rebuildKind,
    'restore.unpack': unpackKind,
    'restore.put': putKind,
    'restore.clear': clearKind,
    'restore.drop': dropKind,
  }
}
