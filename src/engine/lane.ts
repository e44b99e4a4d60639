// The steps of one phase on one host, in order: host-side steps in groups of one script each, others here in between.
import type { Problem } from '../core/problem.ts'
import { redactJson } from '../core/redact.ts'
import { type Act, composeGroup } from './compose.ts'
import type { EngineDeps } from './engine.ts'
import { hostOf, runGroup } from './group.ts'
import type { HostRun } from './host-run.ts'
import type { Plan, PlanHost } from './plan.ts'
import { checkProblem, interruptedProblem, lostProblem, unclearProblem } from './problems.ts'
import { settleHost } from './settle.ts'
import type { HereKind, HostKind, Step } from './step.ts'

/** How a lane ended. `lost`: the host cannot be asked any more, so nothing can be undone there now. */
export type LaneResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly problem: Problem; readonly lost?: true; readonly fenced?: true }

export interface Lane {
  readonly place: PlanHost | undefined
  readonly run: HostRun | undefined
  readonly steps: readonly Step[]
  /** An interrupt stops it before its next step; false after the commit. */
  readonly abortable: boolean
  /** Given with the last lane of a host: ends the run there in the same script. */
  readonly close?: string
}

export async function runLane(plan: Plan, lane: Lane, deps: EngineDeps): Promise<LaneResult> {
  const pieces = split(plan, lane, deps)
  for (const [index, piece] of pieces.entries()) {
    if (lane.abortable && deps.interrupt.aborted) return { ok: false, problem: interruptedProblem() }
    const close = index === pieces.length - 1 ? lane.close : undefined
    const result =
      piece.at === 'here'
        ? await runHere(piece.step, piece.kind, lane, deps)
        : await runActs(plan, lane, piece.acts, close, deps)
    if (!result.ok) return result
  }
  return { ok: true }
}

type Piece =
  | { readonly at: 'here'; readonly step: Step; readonly kind: HereKind<Step> }
  | { readonly at: 'host'; readonly acts: readonly Act[] }

/** Bytes of a script that may travel as one argument (see ScriptOptions.stdin). */
const argumentLimit = 100_000

function split(plan: Plan, lane: Lane, deps: EngineDeps): Piece[] {
  const pieces: Piece[] = []
  let acts: Act[] = []
  const flush = () => {
    if (acts.length > 0) pieces.push(...byCarrier(plan, lane, acts))
    acts = []
  }
  for (const step of lane.steps) {
    const kind = kindOf(deps, step)
    if (kind.at === 'host') acts.push({ step, kind })
    else {
      flush()
      pieces.push({ at: 'here', step, kind })
    }
  }
  flush()
  return pieces
}

// A stream takes standard input, so its script travels as an argument: it may hold no secret and has a size limit.
function byCarrier(plan: Plan, lane: Lane, acts: readonly Act[]): Piece[] {
  const streaming = acts.findIndex(act => act.kind.stream !== undefined)
  const secret = acts.some(act => (act.kind.secrets?.(act.step) ?? []).length > 0)
  if (streaming < 0 || (!secret && sizeOf(plan, lane, acts) < argumentLimit)) return [{ at: 'host', acts }]
  const parts = [acts.slice(0, streaming), acts.slice(streaming, streaming + 1), acts.slice(streaming + 1)]
  return parts.filter(part => part.length > 0).map(part => ({ at: 'host', acts: part }))
}

function sizeOf(plan: Plan, lane: Lane, acts: readonly Act[]): number {
  const root = lane.place?.root ?? '/'
  return Buffer.byteLength(
    composeGroup({
      plan,
      root,
      token: 0,
      nonce: '',
      mode: 'run',
      acts,
      secrets: {},
      begin: true,
      abortable: true,
    }),
  )
}

export function kindOf(deps: EngineDeps, step: Step): HostKind<Step> | HereKind<Step> {
  const kind = deps.kinds[step.kind]
  if (!kind) throw new Error(`no kind for step ${step.id} (${step.kind})`)
  // The registry is keyed by kind, so the step's own fields fit: the one place where this is taken on trust.
  return kind as unknown as HostKind<Step> | HereKind<Step>
}

async function runHere(step: Step, kind: HereKind<Step>, lane: Lane, deps: EngineDeps): Promise<LaneResult> {
  const host = lane.place ? { host: lane.place.name } : {}
  const startedAt = deps.now().getTime()
  deps.emit({ code: 'STW-E004', type: 'step.begin', step: step.id, ...host, title: step.title })
  const told = await kind.run(step, {
    host: lane.place ? hostOf(deps, lane.place.name) : undefined,
    signal: AbortSignal.any([deps.interrupt, AbortSignal.timeout(step.timeout)]),
    emit: deps.emit,
    secret: deps.secret,
    redact: deps.redact,
  })
  const outcome = redactJson(told, deps.redact)
  deps.emit({
    code: 'STW-E005',
    type: 'step.end',
    step: step.id,
    ...host,
    ms: deps.now().getTime() - startedAt,
    verdict: outcome.verdict,
    observed: outcome.observed,
    ...(outcome.data ? { data: outcome.data } : {}),
  })
  if (outcome.verdict === 'pass') return { ok: true }
  if (deps.interrupt.aborted) return { ok: false, problem: interruptedProblem() }
  return { ok: false, problem: outcome.problem ?? checkProblem(step, outcome.observed) }
}

async function runActs(
  plan: Plan,
  lane: Lane,
  acts: readonly Act[],
  close: string | undefined,
  deps: EngineDeps,
  attempt = 1,
): Promise<LaneResult> {
  const { place, run } = lane
  if (!place || !run) throw new Error('a host-side step without a host')
  const result = await runGroup(
    plan,
    place,
    run,
    acts,
    { mode: 'run', abortable: lane.abortable, ...(close === undefined ? {} : { close }) },
    deps,
  )
  if (result.outcome === 'all') return { ok: true }
  if (result.outcome === 'failed' && result.problem) {
    // What an interrupt ended did not fail by itself.
    const interrupted = lane.abortable && deps.interrupt.aborted
    return { ok: false, problem: interrupted ? interruptedProblem(result.problem.where) : result.problem }
  }
  if (result.outcome === 'stopped') {
    return {
      ok: false,
      problem: result.problem ?? interruptedProblem(),
      ...(result.stop === 'fenced' ? { fenced: true } : {}),
    }
  }
  const patience = Math.max(...acts.map(act => act.step.timeout)) / 1000
  const asked = await settleHost(
    plan,
    place,
    run,
    acts,
    { hurry: deps.interrupt.aborted, limitSeconds: patience },
    deps,
  )
  const left = acts.filter(act => run.steps.get(act.step.id) !== 'done')
  const [open] = left
  if (!asked) return { ok: false, problem: lostProblem(place.name, result.ending, open?.step), lost: true }
  // Everything happened although the answer was lost: that is success, and the next phase may begin.
  if (!open && (close === undefined || run.closed)) return { ok: true }
  // There is no way back after the commit, only on: what the connection broke off is done again, as recover would.
  if (!lane.abortable && attempt === 1) return runActs(plan, lane, left, close, deps, 2)
  return {
    ok: false,
    problem: open
      ? unclearProblem(place.name, open.step, result.ending)
      : lostProblem(place.name, result.ending, undefined),
    ...(lane.abortable ? {} : { lost: true }),
  }
}
