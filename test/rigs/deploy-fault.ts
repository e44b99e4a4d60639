// One broken deployment and what came of it. A fault is data: the incident, how it is made, where it must be stopped and what must be
// said. It is tried on a stage that has a good release answering, under a light probe that notes what users would have seen.
import type { Problem } from '../../src/core/problem.ts'
import type { Ended } from './command-line.ts'
import type { Seen } from './user-probe.ts'

/** Where a deploy was stopped: before there was a plan (read, build, bundle, look), or in a phase of it. */
export type FaultPhase =
  | 'read'
  | 'build'
  | 'bundle'
  | 'look'
  | 'gate'
  | 'publish'
  | 'backup'
  | 'backup-store'
  | 'migrate'
  | 'start'
  | 'switch'
  | 'verify'
  | 'maintenance-off'
  | 'never'

export interface Fault<Stage = unknown> {
  readonly id: string
  /** What went wrong once, in one line. */
  readonly incident: string
  /** How it is made here. */
  readonly made: string
  /** never: nothing stops it, and the table says so. */
  readonly phase: FaultPhase
  /** A later phase that stops it as well. */
  readonly orElse?: FaultPhase
  /** Of the problem. Where checks said no, `says` is about what the check saw. */
  readonly code?: string
  /** A distinctive part of what was said, or of the output that proves it, in English. */
  readonly says: RegExp
  /** Why nothing can stop it; for phase never. */
  readonly why?: string
  /** Why users get the bad release while it is proven, and what would spare them. Without it nobody may get anything but the old one. */
  readonly reaches?: string
  /** Needs root, to make files of another user. */
  readonly root?: boolean
  /** Breaks the world and says what to deploy into it; the returned function mends it again. */
  make(stage: Stage): Promise<Attempt> | Attempt
  /** Of what nothing stops: who notices it afterwards. Says what is missing; empty when all is as it should be. */
  later?(stage: Stage): Promise<string>
}

export interface Attempt {
  /** Words after `deploy <environment>`. */
  readonly words: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  mend?(): unknown
}

export interface Verdict {
  readonly phase: FaultPhase
  readonly code: string
  /** What happened and why: the first line of the problem. */
  readonly said: string
  /** The output that it shows as proof. */
  readonly evidence: string
  readonly seconds: number
  /** The old release answers at the public address, by its id, and is what `current` names. */
  readonly oldServes: boolean
  readonly seen: Seen
  /** Milliseconds from the beginning of the switch to the end of the run, as they were told. */
  readonly open: number
  /** What `later` misses. */
  readonly later: string
  readonly ended: Ended
}

export function phaseOf({ events, problems, code }: Ended): FaultPhase {
  if (code === 0) return 'never'
  const undo = events.findIndex(({ type }) => type === 'undo.begin')
  const before = undo === -1 ? events : events.slice(0, undo)
  const phases = before.flatMap(event => (event.type === 'phase.begin' ? [event.phase] : []))
  const last = phases.at(-1)
  if (last !== undefined) return last as FaultPhase
  const first = problems[0]?.code ?? ''
  if (first.startsWith('STW-C')) return 'read'
  if (first.startsWith('STW-R10')) return 'build'
  return /^STW-(R|D3)/.test(first) ? 'bundle' : 'look'
}

/** The problem that stopped it, and the results of the checks that did not pass. */
export function saidBy({ events, problems }: Ended): {
  readonly problem: Problem | undefined
  readonly said: string
  readonly evidence: string
} {
  const begun = events.find(event => event.type === 'undo.begin')?.why
  const end = events.find(event => event.type === 'run.end')?.problem
  const problem = begun ?? end ?? problems[0]
  const results = events.flatMap(event =>
    event.type === 'check.result' && event.result.verdict !== 'pass' ? [event.result.observed.en] : [],
  )
  const lines = [problem?.what.en, problem?.why?.en ?? results.at(-1)]
  return {
    problem,
    said: lines.filter(line => line !== undefined).join(': '),
    evidence: problem?.evidence ?? '',
  }
}
