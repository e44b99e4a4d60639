// Runs a plan: phase by phase, hosts in parallel, and on failure back to where it began. Never throws for what hosts do.
import type { Problem } from '../core/problem.ts'
import type { EngineDeps } from './engine.ts'
import type { RunStatus } from './events.ts'
import { hostOf } from './group.ts'
import { type HostRun, newHostRun } from './host-run.ts'
import { type Lane, type LaneResult, runLane } from './lane.ts'
import { abortScript, giveBackScript, heartbeatScript } from './lease.ts'
import { inParallel } from './parallel.ts'
import type { Plan } from './plan.ts'
import { interruptedNote, interruptedProblem } from './problems.ts'
import type { Step } from './step.ts'
import { inPhases, type Stretch, stretchesOf } from './stretch.ts'
import { closeHost, placeOf, undoHosts } from './undo.ts'

export interface RunResult {
  readonly status: RunStatus
  /** Why it is not `done`; of a run that waits: why not all hosts do. */
  readonly problem?: Problem
  /** What went wrong while undoing or settling. */
  readonly more: readonly Problem[]
  readonly hosts: readonly { readonly name: string; readonly state: 'new' | 'old' | 'unclear' }[]
  readonly ms: number
}

/** Runs a plan on hosts whose locks are held. `tokens`: fencing token by host. */
export async function runPlan(
  plan: Plan,
  tokens: ReadonlyMap<string, number>,
  leaseMs: number,
  deps: EngineDeps,
): Promise<RunResult> {
  const runs = plan.hosts.map(host => newHostRun(host.name, tokens.get(host.name) ?? 0))
  deps.emit({ code: 'STW-E001', type: 'run.begin', plan })
  return withHeartbeat(plan, runs, leaseMs, deps, () => carryOut(plan, runs, 0, deps))
}

/** Carries out the phases from `from` on; shared by a fresh run and by `recover`. Emits run.end. */
export async function carryOut(
  plan: Plan,
  runs: readonly HostRun[],
  from: number,
  deps: EngineDeps,
): Promise<RunResult> {
  const startedAt = deps.now().getTime()
  const commit = plan.phases.findIndex(phase => phase.id === plan.commit)
  const more: Problem[] = []
  let problem: Problem | undefined
  for (const { phases, last } of stretchesOf(plan, from, deps)) {
    const committed = commit >= 0 && last >= commit
    if (!committed && deps.interrupt.aborted) problem = interruptedProblem()
    else {
      // After the commit an interrupt no longer stops anything: a short settle is the clean state.
      const settled = committed ? { ...deps, interrupt: new AbortController().signal } : deps
      const failures = await runPhases(plan, phases, runs, last, !committed, settled)
      if (committed) more.push(...leftOpen(failures))
      else problem = await afterPhase(plan, failures, runs, more, deps)
    }
    if (problem) return finish(await takeBack(plan, runs, problem, more, deps))
    if (phases.some(({ id }) => id === plan.wait)) return finish(await stopToWait(plan, runs, more, deps))
  }
  for (const run of runs)
    if (!run.out && !run.closed) more.push(...orNone(await closeHost(plan, run, 'done', deps)))
  return finish(arrived(runs, more))

  function finish(result: Omit<RunResult, 'ms'>): RunResult {
    const ms = deps.now().getTime() - startedAt
    deps.emit({
      code: 'STW-E012',
      type: 'run.end',
      status: result.status,
      ms,
      ...(result.problem ? { problem: result.problem } : {}),
    })
    return { ...result, ms }
  }
}

// The journal stays open and stands before the commit: whoever settles the run later goes on from there. Nobody can agree to
// what is unclear, so that is for recover.
async function stopToWait(
  plan: Plan,
  runs: readonly HostRun[],
  more: readonly Problem[],
  deps: EngineDeps,
): Promise<Omit<RunResult, 'ms'>> {
  const staying = runs.filter(run => !run.out && !run.closed)
  await inParallel(staying, deps.parallel, run =>
    hostOf(deps, run.host).run(giveBackScript(placeOf(plan, run.host).root, plan.run, run.token), {
      timeout: 30_000,
    }),
  )
  const reached = arrived(runs, more)
  return reached.status === 'needs-a-look' ? reached : { ...reached, status: 'waiting' }
}

function orNone(problem: Problem | undefined): readonly Problem[] {
  return problem ? [problem] : []
}

// A host that broke off for good keeps its lock and its open journal, or recover would have nothing to finish.
function leftOpen(failures: readonly Failure[]): readonly Problem[] {
  for (const { run, result, problem } of failures)
    if (run && result.lost) run.out = { problem, state: 'unclear' }
  return failures.map(failure => failure.problem)
}

interface Failure {
  readonly run: HostRun | undefined
  readonly problem: Problem
  readonly result: LaneResult & { ok: false }
}

async function runPhases(
  plan: Plan,
  phases: Stretch['phases'],
  runs: readonly HostRun[],
  last: number,
  abortable: boolean,
  deps: EngineDeps,
): Promise<readonly Failure[]> {
  const steps = phases.flatMap(phase => phase.steps)
  const lanes = lanesOf(plan, steps, runs, last, abortable)
  // Whoever had a part in it was left out, or has done it before.
  if (lanes.length === 0) return []
  const run = async (shown: EngineDeps) => {
    const results = await inParallel(lanes, deps.parallel, lane => runLane(plan, lane, shown))
    return results.flatMap((result, position) =>
      result.ok ? [] : [{ run: lanes[position]?.run, problem: result.problem, result }],
    )
  }
  return inPhases(phases, deps, run, failures => failures.length === 0)
}

function lanesOf(
  plan: Plan,
  steps: readonly Step[],
  runs: readonly HostRun[],
  index: number,
  abortable: boolean,
): readonly Lane[] {
  const here = steps.filter(step => step.host === undefined)
  const lanes: Lane[] = here.length > 0 ? [{ place: undefined, run: undefined, steps: here, abortable }] : []
  for (const run of runs) {
    // On resume, steps that are known to be done are not done again; checks are, since looking twice is harmless.
    const own = steps.filter(step => step.host === run.host && run.steps.get(step.id) !== 'done')
    if (run.out || own.length === 0) continue
    // Only after the commit: until then this host may have to go back because another one fails.
    const last =
      !abortable &&
      !plan.phases.slice(index + 1).some(later => later.steps.some(step => step.host === run.host))
    lanes.push({
      place: placeOf(plan, run.host),
      run,
      steps: own,
      abortable,
      ...(last ? { close: 'done' } : {}),
    })
  }
  return lanes
}

// Before the commit: either the fleet goes back, or the failing hosts leave alone and the rest goes on.
async function afterPhase(
  plan: Plan,
  failures: readonly Failure[],
  runs: readonly HostRun[],
  more: Problem[],
  deps: EngineDeps,
): Promise<Problem | undefined> {
  const first = failures[0]
  if (!first) return undefined
  if (plan.policy === 'continue' && !deps.interrupt.aborted) {
    more.push(...failures.map(failure => failure.problem))
    return undefined
  }
  for (const { run, result, problem } of failures) {
    if (run && (result.lost || result.fenced)) run.out = { problem, state: 'unclear' }
  }
  const leaveOut =
    plan.onHostFailure === 'leave-out' && !deps.interrupt.aborted && failures.every(failure => failure.run)
  const staying = runs.filter(run => !run.out && !failures.some(failure => failure.run === run))
  if (!leaveOut || staying.length === 0) return first.problem
  for (const { run, problem } of failures) {
    if (!run || run.out) continue
    const problems = await undoHosts(plan, [run], 'undone', withoutInterrupt(deps))
    more.push(...problems)
    run.out = { problem, state: problems.length === 0 ? 'undone' : 'unclear' }
  }
  return undefined
}

async function takeBack(
  plan: Plan,
  runs: readonly HostRun[],
  problem: Problem,
  more: Problem[],
  deps: EngineDeps,
): Promise<Omit<RunResult, 'ms'>> {
  const reachable = runs.filter(run => !run.out)
  const changed = runs.some(run => run.steps.size > 0)
  if (plan.policy === 'stop') {
    return { status: changed ? 'needs-a-look' : 'unchanged', problem, more, hosts: states(runs, 'unclear') }
  }
  deps.emit({ code: 'STW-E008', type: 'undo.begin', why: problem })
  more.push(...(await undoHosts(plan, reachable, 'undone', withoutInterrupt(deps))))
  const clean = more.length === 0 && runs.every(run => run.out?.state !== 'unclear')
  const status = clean ? (changed ? 'undone' : 'unchanged') : 'needs-a-look'
  const open = new Set(more.map(each => each.where?.host))
  const hosts = states(runs, 'old').map(host =>
    open.has(host.name) ? { ...host, state: 'unclear' as const } : host,
  )
  return { status, problem, more, hosts }
}

function arrived(runs: readonly HostRun[], more: readonly Problem[]): Omit<RunResult, 'ms'> {
  const left = runs.filter(run => run.out)
  const first = left[0]?.out?.problem ?? more[0]
  const unclear = more.length > 0 || left.some(run => run.out?.state === 'unclear')
  const status: RunStatus = unclear ? 'needs-a-look' : left.length > 0 ? 'left-out' : 'done'
  return { status, more, hosts: states(runs, 'new'), ...(first ? { problem: first } : {}) }
}

function states(runs: readonly HostRun[], rest: 'new' | 'old' | 'unclear'): RunResult['hosts'] {
  return runs.map(run => ({
    name: run.host,
    state: run.out ? (run.out.state === 'undone' ? 'old' : 'unclear') : rest,
  }))
}

// Going back must not be cut short by the interrupt that asked for it.
function withoutInterrupt(deps: EngineDeps): EngineDeps {
  return { ...deps, interrupt: new AbortController().signal }
}

/** Keeps the leases alive while `action` runs, and passes an interrupt on to scripts that are under way. */
export async function withHeartbeat<T>(
  plan: Plan,
  runs: readonly HostRun[],
  leaseMs: number,
  deps: EngineDeps,
  action: () => Promise<T>,
): Promise<T> {
  const over = new AbortController()
  const onHosts = async (script: (root: string, token: number) => string) => {
    const open = runs.filter(run => !run.out && !run.closed)
    await inParallel(open, deps.parallel, run =>
      hostOf(deps, run.host).run(script(placeOf(plan, run.host).root, run.token), {
        timeout: 10_000,
        signal: over.signal,
      }),
    )
  }
  const interrupted = () => {
    deps.emit({ code: 'STW-E009', type: 'note', text: interruptedNote() })
    void onHosts(root => abortScript(root, plan.run))
  }
  deps.interrupt.addEventListener('abort', interrupted, { once: true })
  const beating = (async () => {
    while (!over.signal.aborted) {
      await deps.sleep(leaseMs / 3, over.signal)
      if (!over.signal.aborted) await onHosts((root, token) => heartbeatScript(root, plan.run, token))
    }
  })()
  try {
    return await action()
  } finally {
    over.abort()
    deps.interrupt.removeEventListener('abort', interrupted)
    await beating
  }
}
