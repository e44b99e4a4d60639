// What one run knows about one host. Mutable, owned by the run that made it.
import type { Problem } from '../core/problem.ts'
import type { StepState } from './journal.ts'

export interface HostRun {
  readonly host: string
  /** Fencing token of our lease there. */
  token: number
  /** The run's directory with its plan exists on the host. */
  begun: boolean
  /** The run has ended there and its lock is free. */
  closed: boolean
  readonly steps: Map<string, StepState>
  /** Why the host no longer takes part: failed and undone alone, lost, or taken over by another run. */
  out?: { readonly problem: Problem; readonly state: 'undone' | 'unclear' }
}

export function newHostRun(host: string, token: number): HostRun {
  return { host, token, begun: false, closed: false, steps: new Map() }
}
