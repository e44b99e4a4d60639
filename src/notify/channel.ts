// What a channel gets and how it answers.
import type { Clock } from '../core/clock.ts'
import type { Text } from '../core/lang.ts'

/** How a try ended: `again` when the next one may end otherwise. `why` never holds what was sent, or where to. */
export interface Failure {
  readonly again: boolean
  readonly why: Text
}

export interface Deps {
  readonly clock: Pick<Clock, 'sleep'>
  /** The value of a secret by its name in the config. */
  readonly secret: (name: string) => string | undefined
  /** A file beside stellwerk.yaml. */
  readonly readFile: (path: string) => Promise<string | undefined>
}

/** For one try. */
export const timeout = 10_000
