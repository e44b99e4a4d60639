// The public face of the checks.
export type { CheckContext, Pass } from './context.ts'
export { runIdentity } from './identity.ts'
export { type CheckKindDeps, type CheckStep, type IdentityStep, makeCheckKinds } from './kinds.ts'
export { longestRun, type NamedCheck, runCheck, runChecks, runHostChecks } from './run.ts'
export { waive } from './waive.ts'
