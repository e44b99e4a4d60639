// A plan is frozen data: what `plan` prints, `--plan` applies, the runbook renders and tests compare.
import type { Text } from '../core/lang.ts'
import type { Step } from './step.ts'

export interface PlanHost {
  readonly name: string
  readonly address: string
  readonly roles: readonly string[]
  readonly root: string
}

/** A barrier: its steps run in order on each host, hosts in parallel; the next phase starts when all have ended. */
export interface Phase {
  readonly id: string
  readonly title: Text
  readonly steps: readonly Step[]
}

export interface Plan {
  readonly schema: 'stellwerk.plan/1'
  readonly procedure: string
  readonly run: string
  readonly app: string
  readonly environment: string
  /** ISO 8601, UTC. */
  readonly createdAt: string
  /** Sorted by name. */
  readonly hosts: readonly PlanHost[]
  /** SHA-256 over the facts the plan was made from; applied later only if they still hold. */
  readonly factsDigest: string
  /** After a failure before the commit. undo: everything goes back. stop: it stays as it is, for a look. continue: the
   *  rest is done all the same, and the failures are reported. */
  readonly policy: 'undo' | 'stop' | 'continue'
  /** leave-out: a host that fails before the commit is undone alone and named; the rest goes on. */
  readonly onHostFailure: 'undo' | 'leave-out'
  readonly phases: readonly Phase[]
  /** Id of the first phase after which users stay on the new state: from there a failure never undoes. */
  readonly commit: string
  /** Id of the phase after which people are asked: the run stops there as `waiting`, with an open journal and free locks,
   *  until `recoverRun` settles it. Absent: it goes straight through. */
  readonly wait?: string
  /** What a person wants to know before saying yes; rendered by presenters, opaque to the engine. */
  readonly summary: Readonly<Record<string, unknown>>
}

/** Deep-freezes plain data. */
export function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const part of Object.values(value)) freeze(part)
  }
  return value
}
