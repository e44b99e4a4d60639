// A sequence of requests: what one step saves the next ones use, cookies are kept, and the first bad step ends it.
import type { FlowCheck } from '../config/schema/check.ts'
import type { FlowStep } from '../config/schema/checks/flow.ts'
import { formatDuration } from '../core/duration.ts'
import { type Text, text } from '../core/lang.ts'
import { flowByHand } from './by-hand-http.ts'
import { type Attempt, attempt, authority, type CheckContext } from './context.ts'
import { CookieJar } from './cookie-jar.ts'
import { Saved } from './flow-save.ts'
import { questionOf } from './http.ts'
import type { Answer } from './http-exchange.ts'
import { ask } from './http-question.ts'
import { facts, judgeAnswer } from './http-verdict.ts'
import type { Probe } from './probe.ts'
import { References } from './references.ts'

export const flowProbe: Probe<FlowCheck> = {
  place: () => 'program',
  ofHost: ({ from }) => from === 'host',
  byHand: flowByHand,
  describe: ({ steps }) => {
    const names = steps.map(({ name }) => name).join(', ')
    return text(`flow ${names}`, `Ablauf ${names}`)
  },
  attempt: tryFlow,
}

interface Flow {
  readonly check: FlowCheck
  readonly context: CheckContext
  readonly references: References
  readonly saved: Saved
  readonly jar: CookieJar
  /** On the clock of `elapsed`. */
  readonly end: number
  /** No attempt follows this one; see `ask`. */
  readonly last: boolean
}

async function tryFlow(check: FlowCheck, context: CheckContext, last: boolean): Promise<Attempt> {
  const saved = new Saved()
  const references = new References(context, saved.texts)
  const end = context.clock.elapsed() + check.timeout
  const flow: Flow = { check, context, references, saved, jar: new CookieJar(), end, last }
  const lines: Text[] = []
  for (const [index, step] of check.steps.entries()) {
    const result = await takeStep(flow, step)
    const { en, de } = result.observed
    if (result.verdict !== 'pass') {
      const place = index + 1
      const observed = text(`step ${place} ${step.name}: ${en}`, `Schritt ${place} ${step.name}: ${de}`)
      const details = { ...result.details, step: step.name, stepNumber: place }
      return references.cleaned({ verdict: result.verdict, observed, details })
    }
    lines.push(text(`${step.name} ${en}`, `${step.name} ${de}`))
  }
  const count = lines.length
  const steps = lines.map(({ en }) => en).join('; ')
  const observed = text(
    `${count} ${count === 1 ? 'step' : 'steps'}: ${steps}`,
    `${count} ${count === 1 ? 'Schritt' : 'Schritte'}: ${lines.map(({ de }) => de).join('; ')}`,
  )
  return references.cleaned(attempt('pass', observed, { steps }))
}

/** One step, as often as `until` allows. A try that would not end within the flow's time is not begun. */
async function takeStep(flow: Flow, step: FlowStep): Promise<Attempt> {
  const { clock, signal } = flow.context
  const tries = step.until?.tries ?? 1
  const every = step.until?.every ?? 0
  for (let number = 1; ; number += 1) {
    const left = flow.end - clock.elapsed()
    if (left <= 0) return usedUp(flow.check)
    const final = number === tries || left <= every
    const result = await tryStep(flow, step, Math.min(step.timeout, left), flow.last && final)
    const counted = step.until ? { ...result, details: { ...result.details, tries: number } } : result
    if (result.verdict === 'pass' || final || signal.aborted) return counted
    if (flow.end - clock.elapsed() <= every) return counted
    await clock.sleep(every, signal)
    if (signal.aborted) return counted
  }
}

async function tryStep(flow: Flow, step: FlowStep, timeout: number, last: boolean): Promise<Attempt> {
  const { context, references, saved, jar } = flow
  const url = addressOf(flow, step)
  if (typeof url !== 'string') return url
  const expect = saved.fill(step.expect, references)
  const request = { ...step, url, from: flow.check.from, expect, timeout }
  const question = await questionOf(request, context, references)
  if ('verdict' in question) return question
  const asked = await ask({ ...question, jar }, context, references, last)
  if (asked.kind === 'none') return asked.attempt
  const { answer, ms } = asked
  const unsaved = saved.take(step, answer, references)
  const judged = judgeAnswer(expect, answer, ms, references.redact)
  if (judged.verdict !== 'pass' || unsaved.length === 0) return judged
  return { ...judged, verdict: 'fail', observed: withFacts(unsaved, answer, ms) }
}

/** A step may go where the app sent it, such as `{{location}}`: to a path, or to an address of the app itself. What the user
 *  sends along was not meant for anybody else. */
function addressOf({ check, context, saved }: Flow, { url }: FlowStep): string | Attempt {
  const name = /^\{\{\s*([\w-]+)\s*\}\}$/.exec(url)?.[1]
  if (name === undefined) return url
  const written = saved.texts.get(name) ?? ''
  const own = [
    ...(context.address ? [`http://${authority(context.address)}`] : []),
    ...check.steps.flatMap(step => (URL.canParse(step.url) ? [new URL(step.url).origin] : [])),
  ]
  const [base] = own
  const target = base !== undefined && URL.canParse(written, base) ? new URL(written, base) : undefined
  if (target === undefined || !own.some(origin => new URL(origin).origin === target.origin)) {
    return attempt(
      'fail',
      text(`{{${name}}} is no address of this app`, `{{${name}}} ist keine Adresse dieser App`),
    )
  }
  // Nothing in it may pass for a reference.
  return target.href.replaceAll('${', '%24%7B').replaceAll('{{', '%7B%7B')
}

function withFacts(reasons: readonly Text[], answer: Answer, ms: number): Text {
  const { en, de } = facts(answer, ms, true)
  return text(
    `${reasons.map(reason => reason.en).join('; ')} (${en})`,
    `${reasons.map(reason => reason.de).join('; ')} (${de})`,
  )
}

function usedUp({ timeout }: FlowCheck): Attempt {
  const time = formatDuration(timeout)
  return attempt(
    'unknown',
    text(
      `the time of the whole flow (${time}) was used up before it`,
      `die Zeit des ganzen Ablaufs (${time}) war vorher aufgebraucht`,
    ),
  )
}
