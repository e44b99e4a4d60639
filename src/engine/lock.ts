// Takes the leases of all hosts of a run, all or none. The first host in sorted order decides between two that start at
// once; the others follow in parallel, so thirty hosts cost two round trips, not thirty.
import { text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { EngineDeps } from './engine.ts'
import { parseFrame } from './frames.ts'
import { hostOf } from './group.ts'
import {
  acquireScript,
  type Holder,
  type LockAnswer,
  type Owner,
  parseLockAnswer,
  releaseScript,
} from './lease.ts'
import { inParallel } from './parallel.ts'
import type { PlanHost } from './plan.ts'
import { lockProblem, unreachableProblem } from './problems.ts'

export interface Lease {
  readonly token: number
  /** What the payload printed under the lock. */
  readonly output: string
}

export interface AcquireProps {
  readonly places: readonly PlanHost[]
  readonly environment: string
  readonly owner: Owner
  /** Read-only script that runs in the same round trip once the lock is ours. */
  readonly payload: (place: PlanHost) => string
  /** Milliseconds to wait for another run to end; 0: do not wait. */
  readonly wait: number
  /** Only `recover`: take over locks of a run that changed things. By host: the fencing token of the lock that was found
   *  dead, so that of two that recover at once only one gets it. */
  readonly recover?: ReadonlyMap<string, number | undefined>
  /** Takes over locks of a dead run even when it changed things, and works under a freeze: for a procedure whose left-overs
   *  the next run sweeps, such as a backup. A dead one must never keep the next ones from running. */
  readonly abandon?: boolean
  /** True when the owner ran on this machine and its process is gone. */
  readonly isDead: (owner: Partial<Holder>) => boolean
}

export async function acquireAll(
  props: AcquireProps,
  deps: EngineDeps,
): Promise<Result<ReadonlyMap<string, Lease>>> {
  // Thirty connections at once take as long as one, and the first host need not be waited for.
  void inParallel(props.places, deps.parallel, async place => hostOf(deps, place.name).connect?.())
  const end = deps.now().getTime() + props.wait
  let pause = 500
  let told = false
  for (;;) {
    const attempt = await tryAll(props, deps)
    if (attempt.ok || !attempt.error.busy || deps.now().getTime() >= end || deps.interrupt.aborted) {
      return attempt.ok ? attempt : err(attempt.error.problem)
    }
    const { problem } = attempt.error
    if (!told) deps.emit({ code: 'STW-E011', type: 'waiting', text: join(problem) })
    told = true
    await deps.sleep(Math.min(pause, Math.max(end - deps.now().getTime(), 1)), deps.interrupt)
    pause = Math.min(pause * 2, 5000)
  }
}

function join(problem: Problem) {
  return text(`${problem.what.en}: ${problem.why?.en ?? ''}`, `${problem.what.de}: ${problem.why?.de ?? ''}`)
}

interface Refusal {
  readonly problem: Problem
  /** Another live run holds it: waiting may help. */
  readonly busy: boolean
}

async function tryAll(
  props: AcquireProps,
  deps: EngineDeps,
): Promise<Result<ReadonlyMap<string, Lease>, Refusal>> {
  const [first, ...rest] = props.places
  const leases = new Map<string, Lease>()
  if (!first) return ok(leases)
  const head = await tryOne(first, props, deps)
  if (!head.ok) return head
  leases.set(first.name, head.value)
  const others = await inParallel(rest, deps.parallel, async place => ({
    place,
    result: await tryOne(place, props, deps),
  }))
  for (const { place, result } of others) if (result.ok) leases.set(place.name, result.value)
  const refused = others.flatMap(({ result }) => (result.ok ? [] : [result.error]))
  const worst = refused.find(refusal => !refusal.busy) ?? refused[0]
  if (!worst) return ok(leases)
  // A lock taken over from a dead run stays, in our name: what that run left is not mended yet.
  if (props.recover) return err(worst)
  await releaseAll(
    props.places.filter(place => leases.has(place.name)),
    props.owner,
    deps,
  )
  return err(worst)
}

async function tryOne(
  place: PlanHost,
  props: AcquireProps,
  deps: EngineDeps,
): Promise<Result<Lease, Refusal>> {
  const first = await ask(place, props, props.recover?.get(place.name), deps)
  if (!first.ok) return first
  const { answer, output } = first.value
  if (answer.kind === 'granted') return ok({ token: answer.token, output })
  if (
    answer.kind === 'held' &&
    !answer.expired &&
    answer.owner.run !== undefined &&
    props.isDead(answer.owner)
  ) {
    const second = await ask(place, props, answer.owner.token, deps)
    if (!second.ok) return second
    if (second.value.answer.kind === 'granted')
      return ok({ token: second.value.answer.token, output: second.value.output })
    return err(refusal(place, second.value.answer, props))
  }
  return err(refusal(place, answer, props))
}

function refusal(
  place: PlanHost,
  answer: Exclude<LockAnswer, { kind: 'granted' }>,
  props: AcquireProps,
): Refusal {
  return {
    problem: lockProblem(place.name, answer, props.environment),
    busy: answer.kind === 'held' && !answer.expired,
  }
}

async function ask(
  place: PlanHost,
  props: AcquireProps,
  dead: number | undefined,
  deps: EngineDeps,
): Promise<Result<{ answer: LockAnswer; output: string }, Refusal>> {
  const nonce = Buffer.from(deps.random(8)).toString('hex')
  const recovering = props.recover !== undefined
  const options = {
    nonce,
    recover: recovering || props.abandon === true,
    ignoreFreeze: recovering || props.abandon === true,
    ...(dead === undefined ? {} : { dead }),
  }
  const lock = acquireScript(place.root, props.owner, options)
  const script = `${lock}if [ "$sw_got" = 1 ]; then\n:\n${props.payload(place)}\nfi\nexit 0\n`
  const execution = await hostOf(deps, place.name).run(script, { timeout: 60_000, plain: true })
  const answers = new Map<string, string>()
  const output: string[] = []
  for (const line of execution.stdout.split('\n')) {
    const frame = parseFrame(line, nonce)
    if (frame?.type === 'answer') answers.set(frame.key, frame.value)
    else output.push(line)
  }
  const { ending } = execution
  const answer = parseLockAnswer(answers)
  if (ending.kind === 'exit' && ending.code === 0) return ok({ answer, output: output.join('\n') })
  // The lock may have been made although its answer was lost: give back what may be ours.
  if (ending.kind !== 'unreachable' && !props.recover) await releaseAll([place], props.owner, deps)
  return err({ problem: unreachableProblem(place, execution, props.environment), busy: false })
}

export async function releaseAll(places: readonly PlanHost[], owner: Owner, deps: EngineDeps): Promise<void> {
  await inParallel(places, deps.parallel, place =>
    hostOf(deps, place.name).run(releaseScript(place.root, owner), { timeout: 30_000, plain: true }),
  )
}
