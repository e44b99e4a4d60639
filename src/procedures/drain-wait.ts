// Waits until a check becomes true, before a service is stopped. It only looks; where the policy is to put unfinished work
// back, it leaves a mark on the host that the next step reads.
import type { CheckStep } from '../checks/index.ts'
import type { Drain } from '../config/schema/service.ts'
import type { Clock } from '../core/clock.ts'
import { formatDuration } from '../core/duration.ts'
import { type Text, text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { quote } from '../core/shell.ts'
import type { Event } from '../engine/events.ts'
import type { HereContext, HereKind, HereOutcome, Step } from '../engine/step.ts'

export interface DrainWait extends Step {
  readonly kind: 'drain.wait'
  readonly service: string
  /** Milliseconds. */
  readonly limit: number
  readonly every: number
  readonly otherwise: Drain['otherwise']
  /** One look at the check. */
  readonly look: CheckStep
  /** File on the host that says: it did not come to rest. */
  readonly mark: string
}

export function drainWaitKind(check: HereKind<CheckStep>, clock: Clock): HereKind<DrainWait> {
  return {
    at: 'here',
    describe: ({ service, limit, otherwise, look }) => {
      const name = look.checks[0]?.name ?? ''
      const time = formatDuration(limit)
      const policy = policies[otherwise]
      return text(
        `wait at most ${time} until ${name} is true for ${service}; else ${policy.en}`,
        `höchstens ${time} warten, bis ${name} für ${service} wahr ist; sonst ${policy.de}`,
      )
    },
    run: async (step, context) => {
      let outcome = await poll(step, context, check, clock)
      if (outcome.verdict !== 'pass' && step.otherwise === 'wait' && !context.signal.aborted) {
        context.emit({ code: 'STW-E011', type: 'waiting', text: waitingText(step, outcome) })
        outcome = await poll(step, context, check, clock)
      }
      if (step.otherwise === 'requeue' && !context.signal.aborted) return await marked(step, context, outcome)
      return outcome.verdict === 'pass' ? outcome : { ...outcome, problem: drainProblem(step, outcome) }
    },
  }
}

const policies: Readonly<Record<Drain['otherwise'], Text>> = {
  abort: text('the deploy is taken back', 'wird der Deploy zurückgenommen'),
  wait: text('wait as long once more', 'noch einmal so lange warten'),
  requeue: text('its work is put back', 'wird seine Arbeit zurückgelegt'),
}

// Only the last look is told: a hundred looks at a queue that empties are no news.
async function poll(
  step: DrainWait,
  context: HereContext,
  check: HereKind<CheckStep>,
  clock: Clock,
): Promise<HereOutcome> {
  const end = clock.elapsed() + step.limit
  for (;;) {
    const events: Event[] = []
    const look = { ...step.look, id: step.id }
    const outcome = await check.run(look, { ...context, emit: event => void events.push(event) })
    const over = outcome.verdict === 'pass' || context.signal.aborted || clock.elapsed() >= end
    if (over) {
      for (const event of events) context.emit(event)
      return outcome
    }
    await clock.sleep(Math.max(0, Math.min(step.every, end - clock.elapsed())), context.signal)
  }
}

// A mark of an earlier run must not speak for this one, so the answer is written in both cases.
async function marked(step: DrainWait, context: HereContext, outcome: HereOutcome): Promise<HereOutcome> {
  const file = quote(step.mark)
  const script =
    outcome.verdict === 'pass' ? `rm -f ${file}\n` : `mkdir -p "$(dirname ${file})" && : >${file}\n`
  const answer = await context.host?.run(script, { timeout: 30_000, signal: context.signal })
  if (answer?.ending.kind === 'exit' && answer.ending.code === 0) {
    if (outcome.verdict === 'pass') return outcome
    const { en, de } = outcome.observed
    return {
      verdict: 'pass',
      observed: text(
        `not at rest (${en}): its work is put back`,
        `nicht zur Ruhe gekommen (${de}): seine Arbeit wird zurückgelegt`,
      ),
    }
  }
  return { ...outcome, verdict: 'unknown', problem: drainProblem(step, outcome) }
}

function waitingText({ service, limit }: DrainWait, { observed }: HereOutcome): Text {
  const time = formatDuration(limit)
  return text(
    `${service} is not at rest after ${time} (${observed.en}): waiting as long once more`,
    `${service} ist nach ${time} nicht zur Ruhe gekommen (${observed.de}): noch einmal so langes Warten`,
  )
}

function drainProblem(step: DrainWait, { verdict, observed, problem }: HereOutcome): Problem {
  const { service, host } = step
  const time = formatDuration(step.otherwise === 'wait' ? 2 * step.limit : step.limit)
  return {
    code: 'STW-S120',
    what:
      verdict === 'unknown'
        ? text(
            `Nobody can tell whether ${service} has come to rest`,
            `Niemand kann sagen, ob ${service} zur Ruhe gekommen ist`,
          )
        : text(
            `${service} did not come to rest within ${time}`,
            `${service} kam nicht innerhalb von ${time} zur Ruhe`,
          ),
    ...(host === undefined ? {} : { where: { host } }),
    why: observed,
    ...(problem?.evidence === undefined ? {} : { evidence: problem.evidence }),
    next: [
      text(`stellwerk explain services.${service}.drain`, `stellwerk explain services.${service}.drain`),
    ],
  }
}
