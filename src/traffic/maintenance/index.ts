// The public face of maintenance.
import type { Clock } from '../../core/clock.ts'
import { type MaintenanceOff, type MaintenanceOn, offKind, onKind } from './kinds.ts'
import { type MaintenanceProof, proveKind } from './prove.ts'

export { type MaintenanceFacts, maintenanceFactsScript, parseMaintenanceFacts } from './facts.ts'
export type { Located, MaintenanceOff, MaintenanceOn, Pending } from './kinds.ts'
export { stateScript, stateSecrets } from './kinds.ts'
export { routerTooOld } from './problems.ts'
export type { MaintenanceProof } from './prove.ts'
export type { Notice, Way } from './way.ts'

export type AnyMaintenanceStep = MaintenanceOn | MaintenanceOff | MaintenanceProof

export function makeMaintenanceKinds(deps: { readonly clock: Clock }) {
  return { 'maintenance.on': onKind, 'maintenance.off': offKind, 'maintenance.prove': proveKind(deps) }
}
