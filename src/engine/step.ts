// A step is data; its kind is code. A new kind does not compile until it has run, undo, inspect and describe.
import type { Readable } from 'node:stream'
import type { Text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import type { Verdict } from '../core/verdict.ts'
import type { Emit } from './events.ts'
import type { Host } from './host.ts'

/** What every step has; each kind adds its own fields, all of them JSON. */
export interface Step {
  /** Unique in the plan and readable: `switch/web1/link`. */
  readonly id: string
  readonly kind: string
  /** Host it acts on; absent: it runs here and changes no host. */
  readonly host?: string
  readonly title: Text
  /** Milliseconds. */
  readonly timeout: number
  /** How it is undone, or why it is not. */
  readonly undo: { readonly how: 'auto'; readonly title: Text } | { readonly how: 'none'; readonly why: Text }
}

/** What a host-side fragment can rely on. Each fragment runs in a subshell with `set -eu`, in the directory `root`, with
 *  standard input from /dev/null (or the step's stream), and may call:
 *    sw_problem KEY [ARG...]   report a failure that `explain` turns into a Problem; then exit 1
 *    sw_data KEY VALUE         one line of knowledge for the controller (pid, port, bytes); kept in the journal
 *    sw_bounded SECONDS FILE [ARG...]   run the sh file FILE in a process group of its own; ended with TERM, then KILL,
 *                              after SECONDS; returns its exit code, or 124 after a time-out
 *    sw_write FILE             standard input to FILE: temporary name, fsync, rename(2)
 *    sw_wait SECONDS COMMAND...   poll COMMAND (a shell function or words) until it succeeds; 1 when time is up */
export interface ScriptContext {
  /** Absolute directory of the app on the host. */
  readonly root: string
  /** Id of the run. */
  readonly run: string
  /** `<root>/.stellwerk/runs/<run>`. */
  readonly runDirectory: string
}

/** A fragment's own words about its failure, from sw_problem. */
export interface Report {
  readonly key: string
  readonly args: readonly string[]
}

/** Where a person would stand who does a step by hand. */
export interface HandPlace {
  /** Absolute directory of the app on the host. */
  readonly root: string
  /** As ssh knows the host; absent: this machine. */
  readonly address?: string
}

/** Commands a person can paste to do the step without Stellwerk; secrets as $NAME. Empty: only Stellwerk does it. */
type ByHand<S extends Step> = (step: S, place: HandPlace) => readonly string[]

export interface HostKind<S extends Step> {
  readonly at: 'host'
  /** The sh fragment that acts. Every value in it went through `quote`. */
  run(step: S, context: ScriptContext): string
  /** The sh fragment that takes it back; must be safe to run twice and after half of `run`. Called only for undo.how auto. */
  undo(step: S, context: ScriptContext): string
  /** A read-only sh fragment that prints `done`, `undone` or `unknown`: what is true on the host now. */
  inspect(step: S, context: ScriptContext): string
  /** One line for a plan or a runbook: what it does, with names and numbers. */
  describe(step: S): Text
  /** Turns the fragment's report into a Problem; without it the output's last lines stand for the reason. */
  explain?(step: S, report: Report): Problem
  /** What the step's sw_data says, in one line for people; shown with the end of the step. */
  observe?(step: S, data: Readonly<Record<string, string>>): Text | undefined
  /** Data for the fragment's standard input. At most one step of a phase and host may have it. */
  stream?(step: S): Promise<Readable>
  /** Names of secrets exported into the fragment's environment; they never appear in the plan or in argv. */
  secrets?(step: S): readonly string[]
  readonly byHand?: ByHand<S>
}

export interface HereContext {
  readonly host: Host | undefined
  readonly signal: AbortSignal
  readonly emit: Emit
  readonly secret: (name: string) => string | undefined
  /** Takes every declared secret out of what is told. */
  readonly redact: (text: string) => string
}

export interface HereOutcome {
  readonly verdict: Verdict
  /** What was observed, one line, for people. */
  readonly observed: Text
  readonly problem?: Problem
  readonly data?: Readonly<Record<string, string>>
}

/** A step that only looks (a check, a wait) and therefore has nothing to undo and is simply run again on resume. */
export interface HereKind<S extends Step> {
  readonly at: 'here'
  run(step: S, context: HereContext): Promise<HereOutcome>
  describe(step: S): Text
  readonly byHand?: ByHand<S>
}

export type Kind<S extends Step> = HostKind<S> | HereKind<S>

/** Kinds by name, as the engine sees them. Domain folders export their kinds; procedures/kinds.ts joins them with
 *  `satisfies`, so that a step type without a kind does not compile. */
export type Kinds = Readonly<Record<string, Kind<never>>>
