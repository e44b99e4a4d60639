// What a domain adds to a procedure on one host, by the moment it happens. Undo runs in reverse order.
import type { Step } from '../engine/step.ts'

export interface Contribution {
  /** Before users notice anything: new slots start, files arrive. */
  readonly before: readonly Step[]
  /** Right before the link moves: what cannot overlap stops. Also steps that only matter for the undo, which runs after
   *  the link is back. */
  readonly leave: readonly Step[]
  /** Right after the link moved: what was stopped starts, routers switch, caches clear. */
  readonly arrive: readonly Step[]
  /** Once the release is proven: old slots stop. */
  readonly settle: readonly Step[]
}

export function join(...parts: readonly Contribution[]): Contribution {
  return {
    before: parts.flatMap(part => part.before),
    leave: parts.flatMap(part => part.leave),
    arrive: parts.flatMap(part => part.arrive),
    settle: parts.flatMap(part => part.settle),
  }
}
