// Phases that one script may carry out together. A barrier between phases is for the other hosts: where there is only one,
// the next phase follows in the same round trip. Whoever watches sees one phase after the other all the same.
import type { EngineDeps } from './engine.ts'
import { kindOf } from './lane.ts'
import type { Phase, Plan } from './plan.ts'

export interface Stretch {
  readonly phases: readonly [Phase, ...Phase[]]
  /** Place of the last one in the plan. */
  readonly last: number
}

/** The plan's phases from `from` on. None goes over the commit, and none where a failure lets the next phase run. */
export function stretchesOf(plan: Plan, from: number, deps: EngineDeps): readonly Stretch[] {
  const stretches: Stretch[] = []
  for (const [index, phase] of plan.phases.entries()) {
    if (index < from) continue
    const before = stretches.at(-1)
    const together =
      before &&
      plan.hosts.length === 1 &&
      plan.policy === 'undo' &&
      phase.id !== plan.commit &&
      [...before.phases, phase].every(({ steps }) => steps.every(step => kindOf(deps, step).at === 'host')) &&
      streams([...before.phases, phase], deps) <= 1
    if (together) stretches.splice(-1, 1, { phases: [...before.phases, phase], last: index })
    else stretches.push({ phases: [phase], last: index })
  }
  return stretches
}

// A script has one standard input: a second upload needs a script of its own.
function streams(phases: readonly Phase[], deps: EngineDeps): number {
  return phases
    .flatMap(({ steps }) => steps)
    .filter(step => {
      const kind = kindOf(deps, step)
      return kind.at === 'host' && kind.stream !== undefined
    }).length
}

/** Runs `action` and emits begin and end of each phase as its first step begins. `action` says whether all went well. */
export async function inPhases<T>(
  phases: Stretch['phases'],
  deps: EngineDeps,
  action: (deps: EngineDeps) => Promise<T>,
  wentWell: (result: T) => boolean,
): Promise<T> {
  let [current] = phases
  let startedAt = 0
  const begin = (phase: Phase) => {
    current = phase
    startedAt = deps.now().getTime()
    deps.emit({ code: 'STW-E002', type: 'phase.begin', phase: phase.id, title: phase.title })
  }
  const end = (ok: boolean) => {
    const ms = deps.now().getTime() - startedAt
    deps.emit({ code: 'STW-E003', type: 'phase.end', phase: current.id, ms, ok })
  }
  const advance = (until: (phase: Phase) => boolean) => {
    for (const phase of phases.slice(phases.indexOf(current) + 1)) {
      if (until(current)) return
      end(true)
      begin(phase)
    }
  }
  begin(current)
  const result = await action({
    ...deps,
    emit: event => {
      if (
        event.type === 'step.begin' &&
        phases.some(({ steps }) => steps.some(({ id }) => id === event.step))
      )
        advance(({ steps }) => steps.some(({ id }) => id === event.step))
      deps.emit(event)
    },
  })
  if (wentWell(result)) advance(() => false)
  end(wentWell(result))
  return result
}
