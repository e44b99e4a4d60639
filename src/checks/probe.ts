// What a kind of check is: who answers it, and how an answer becomes a verdict. One kind, one file, one line in probes.ts.
import type { Check } from '../config/schema/check.ts'
import type { Text } from '../core/lang.ts'
import type { Attempt, CheckContext } from './context.ts'
import type { Said } from './host-script.ts'
import type { References } from './references.ts'

/** host, here: a script on that machine, in one session with all others. program: Stellwerk itself. */
export type Place = 'host' | 'here' | 'program'

/** Where a check looks, when a person asks instead. */
export interface CheckHand {
  /** `http://127.0.0.1:8000`: where a path is asked. */
  readonly base?: string
  /** Directory of the app on the host. */
  readonly root?: string
  /** The maintenance page stands before the app: the header that lets a request through, and the secret in it. */
  readonly pass?: { readonly name: string; readonly secret: string }
}

export interface Probe<C = Check> {
  place(check: C): Place
  /** Whether the answer speaks for the host, whose name the result then carries. */
  ofHost(check: C): boolean
  /** What it looks at, in a few words, for plans and runbooks. */
  describe(check: C): Text
  /** The same question as commands that a person can paste; secrets as $NAME. */
  byHand?(check: C, place: CheckHand): readonly string[]
  /** For the places host and here. */
  readonly script?: ScriptProbe<C>
  /** For the place program: one attempt. `last`: none follows, whatever it says. */
  attempt?(check: C, context: CheckContext, last: boolean): Promise<Attempt>
}

export interface ScriptProbe<C> {
  /** One question in sh; see composeScript. Every value in it went through `quote`. */
  fragment(check: C, context: CheckContext, references: References): string
  /** `ms`: how long the piece took. */
  judge(check: C, said: Said, ms: number, context: CheckContext, references: References): Attempt
}
