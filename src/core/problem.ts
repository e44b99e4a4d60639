// An expected failure: what happened, where, why, and what to do next. Never thrown across a module boundary, except as
// ProblemError inside an adapter or a compile function that is unwrapped by its caller.
import type { Text } from './lang.ts'

/** Where a problem was met. All fields optional: a config problem has a file, a deploy problem a host and a step. */
export interface Where {
  readonly file?: string
  /** 1-based. */
  readonly line?: number
  /** 1-based. */
  readonly column?: number
  readonly host?: string
  readonly step?: string
  readonly run?: string
}

export interface Problem {
  /** Stable code `STW-<area letter><3 digits>`; letters: C config, E engine, H hosts, D deploy, R release, S service,
   *  T traffic, K checks, B backup, N notify, M maintenance,
   *  O sign-offs, G guides and proxy. Codes are never used again for something else. */
  readonly code: string
  readonly what: Text
  readonly where?: Where
  readonly why?: Text
  /** What to do next, most useful first: commands to paste, or one sentence. */
  readonly next?: readonly Text[]
  /** Output or excerpt that proves the claim; already redacted. */
  readonly evidence?: string
}

const marker = Symbol.for('stellwerk.problem')

/** Carries a Problem through code that cannot return a Result. Recognised by symbol, so it survives bundling. */
export class ProblemError extends Error {
  readonly [marker] = true
  readonly problem: Problem

  constructor(problem: Problem) {
    super(`${problem.code} ${problem.what.en}`)
    this.name = 'ProblemError'
    this.problem = problem
  }

  static is(value: unknown): value is ProblemError {
    return typeof value === 'object' && value !== null && marker in value
  }
}
