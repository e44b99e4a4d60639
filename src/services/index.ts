// The public face of services.

export { parseServiceFacts, type ServiceFacts, serviceFactsScript } from './facts.ts'
export { type ServiceStep, serviceKinds } from './kinds.ts'
export { logsScript } from './logs.ts'
export {
  type PlanOptions,
  planRestart,
  planServices,
  type ServiceContext,
  type ServicePlan,
  type SlotTarget,
  serviceBlockers,
} from './plan-services.ts'
export type { Slot } from './process/spec.ts'
export { shellScript } from './shell.ts'
export { type StatusRow, statusRows } from './status.ts'
