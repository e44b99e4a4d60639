// Hosts that a run went on without. To settle it there would call proven what was never seen there.
import { text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import type { EngineDeps } from './engine.ts'
import type { HostRun } from './host-run.ts'
import { kindOf } from './lane.ts'
import type { Plan } from './plan.ts'

/** Those that never came to the commit, by what their journals say. */
export function behindOf(plan: Plan, runs: readonly HostRun[], deps: EngineDeps): readonly HostRun[] {
  const commit = plan.phases.findIndex(phase => phase.id === plan.commit)
  // Elsewhere a step that failed holds nobody back.
  if (commit < 0 || plan.policy !== 'undo') return []
  const stepsOf = (run: HostRun, from: number, to?: number) =>
    plan.phases
      .slice(from, to)
      .flatMap(({ steps }) => steps)
      .filter(step => step.host === run.host && kindOf(deps, step).at === 'host')
  return runs.filter(
    run =>
      !stepsOf(run, commit).some(({ id }) => run.steps.has(id)) &&
      stepsOf(run, 0, commit).some(({ id }) => run.steps.get(id) !== 'done'),
  )
}

export function leftOutProblem({ environment, run }: Plan, host: string): Problem {
  const look = `stellwerk logs ${environment} --run ${run}`
  return {
    code: 'STW-E117',
    what: text(
      `${host} was left out: it stays as it was before`,
      `${host} wurde ausgelassen: dort bleibt es, wie es vorher war`,
    ),
    where: { host, run },
    next: [text(look, look), text(`stellwerk status ${environment}`, `stellwerk status ${environment}`)],
  }
}
