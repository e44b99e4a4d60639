// Takes a run back: every step that began, in reverse order, phase by phase, so that hosts stay in step with each other.
import type { Problem } from '../core/problem.ts'
import type { Act } from './compose.ts'
import type { EngineDeps } from './engine.ts'
import { runGroup } from './group.ts'
import type { HostRun } from './host-run.ts'
import { kindOf } from './lane.ts'
import { inParallel } from './parallel.ts'
import type { Plan, PlanHost } from './plan.ts'
import { lostProblem } from './problems.ts'
import { settleHost } from './settle.ts'

/** Undoes on the given hosts and ends the run there. Returns the problems met; none means that everything is as before. */
export async function undoHosts(
  plan: Plan,
  runs: readonly HostRun[],
  status: string,
  deps: EngineDeps,
): Promise<readonly Problem[]> {
  const problems: Problem[] = []
  // Not all is undone there: its lock stays. Gone: it cannot even be asked any more.
  const open = new Set<string>()
  const gone = new Set<string>()
  for (const phase of plan.phases.toReversed()) {
    await inParallel(runs, deps.parallel, async run => {
      if (gone.has(run.host)) return
      const acts = undoable(phase.steps, run, deps)
      if (acts.length === 0) return
      const failed = await undoActs(plan, placeOf(plan, run.host), run, acts, deps)
      if (!failed) return
      problems.push(failed.problem)
      open.add(run.host)
      if (failed.gone) gone.add(run.host)
    })
  }
  await inParallel(runs, deps.parallel, async run => {
    if (open.has(run.host) || run.closed) return
    const problem = await closeHost(plan, run, status, deps)
    if (problem) problems.push(problem)
  })
  return problems
}

export function placeOf(plan: Plan, name: string): PlanHost {
  const place = plan.hosts.find(host => host.name === name)
  if (!place) throw new Error(`host ${name} is not in the plan`)
  return place
}

function undoable(steps: Plan['phases'][number]['steps'], run: HostRun, deps: EngineDeps): Act[] {
  const acts: Act[] = []
  for (const step of steps.toReversed()) {
    const state = run.steps.get(step.id)
    if (step.host !== run.host || state === undefined || state === 'undone' || step.undo.how === 'none')
      continue
    const kind = kindOf(deps, step)
    if (kind.at === 'host') acts.push({ step, kind })
  }
  return acts
}

async function undoActs(
  plan: Plan,
  place: PlanHost,
  run: HostRun,
  acts: readonly Act[],
  deps: EngineDeps,
): Promise<{ readonly problem: Problem; readonly gone: boolean } | undefined> {
  // An undo is safe to run twice, so a lost connection is answered by trying again once.
  for (const attempt of [1, 2]) {
    const left = acts.filter(act => run.steps.get(act.step.id) !== 'undone')
    const result = await runGroup(plan, place, run, left, { mode: 'undo', abortable: false }, deps)
    if (result.outcome === 'all') return undefined
    if (result.outcome !== 'unknown' && result.problem)
      return { problem: result.problem, gone: result.outcome === 'stopped' }
    const asked = await settleHost(plan, place, run, [], { hurry: false, limitSeconds: 60 }, deps)
    const open = left.find(act => run.steps.get(act.step.id) !== 'undone')
    if (asked && !open) return undefined
    if (!asked || attempt === 2)
      return { problem: lostProblem(place.name, result.ending, open?.step), gone: true }
  }
  return undefined
}

/** Writes the run's end into the host's journal and gives the lock back. */
export async function closeHost(
  plan: Plan,
  run: HostRun,
  status: string,
  deps: EngineDeps,
): Promise<Problem | undefined> {
  const place = placeOf(plan, run.host)
  for (const attempt of [1, 2]) {
    const result = await runGroup(
      plan,
      place,
      run,
      [],
      { mode: 'undo', abortable: false, close: status },
      deps,
    )
    if (run.closed) return undefined
    const asked = await settleHost(plan, place, run, [], { hurry: false, limitSeconds: 30 }, deps)
    if (run.closed) return undefined
    if (!asked || attempt === 2) return lostProblem(place.name, result.ending, undefined)
  }
  return undefined
}
