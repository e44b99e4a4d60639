// Runs checks with their retries and turns attempts into results. Whatever was not seen stays unknown, however often it
// was tried.
import type { Check } from '../config/schema/check.ts'
import { text } from '../core/lang.ts'
import { redactJson } from '../core/redact.ts'
import type { CheckResult } from '../engine/check-result.ts'
import type { Host } from '../engine/host.ts'
import { type Attempt, attempt, type CheckContext } from './context.ts'
import { guarded } from './guarded.ts'
import { askHost, longestSession } from './host-batch.ts'
import type { Place } from './probe.ts'
import { probeOf } from './probes.ts'

export interface NamedCheck {
  readonly name: string
  readonly check: Check
}

export async function runCheck(name: string, check: Check, context: CheckContext): Promise<CheckResult> {
  const [result] = await runChecks([{ name, check }], context)
  if (!result) throw new Error(`check ${name} gave no result`)
  return result
}

/** Results in the order of the checks. All that scripts answer share one session per round; the rest runs beside. */
export async function runChecks(
  checks: readonly NamedCheck[],
  context: CheckContext,
): Promise<readonly CheckResult[]> {
  const scripted = (host: Host | undefined, on: 'here' | 'host') =>
    runScripts(
      host,
      checks.filter(named => placeOf(named.check) === on),
      context,
    )
  const [onHost, here, rest] = await Promise.all([
    scripted(context.host, 'host'),
    scripted(context.here, 'here'),
    Promise.all(
      checks.filter(({ check }) => placeOf(check) === 'program').map(named => runAlone(named, context)),
    ),
  ])
  const byName = new Map([...onHost, ...here, ...rest].map(result => [result.check, result]))
  return checks.flatMap(({ name }) => byName.get(name) ?? [])
}

/** Command, disk and TCP checks of one host, each round in one session. */
export function runHostChecks(
  host: Host,
  checks: readonly NamedCheck[],
  context: CheckContext,
): Promise<readonly CheckResult[]> {
  return runChecks(checks, { ...context, host })
}

/** Milliseconds the checks of one step may take at most, retries and pauses included: for the timeout of the step. */
export function longestRun(checks: readonly Check[]): number {
  const scripts = checks.filter(check => placeOf(check) !== 'program')
  const rounds = Math.max(0, ...scripts.map(({ retries }) => retries + 1))
  const pause = Math.max(0, ...scripts.map(({ every }) => every))
  const network = checks.filter(check => placeOf(check) === 'program').map(longestSeries)
  return Math.max(0, rounds * (longestSession(scripts) + pause), ...network)
}

/** The same for what is asked over the network alone, such as an identity. */
export function longestSeries(series: {
  readonly timeout: number
  readonly retries: number
  readonly every: number
}): number {
  const { timeout, retries, every } = series
  // After the last attempt a lost connection is told from a refusal by one short session.
  return (retries + 1) * timeout + retries * every + 6000
}

function placeOf(check: Check): Place {
  return probeOf(check).place(check)
}

async function runAlone({ name, check }: NamedCheck, context: CheckContext): Promise<CheckResult> {
  const probe = probeOf(check)
  const series = await repeat(check, context, last =>
    guarded(context, () => {
      if (!probe.attempt) throw new Error(`a ${check.kind} check is answered by a script`)
      return probe.attempt(check, context, last)
    }),
  )
  return toResult(name, check, series, context, probe.ofHost(check) ? context.host : undefined)
}

/** What a series of attempts came to. */
export interface Series {
  readonly last: Attempt
  readonly attempts: number
  /** Milliseconds, pauses included. */
  readonly ms: number
}

/** Tries until it passes, the retries are used up, or the signal ends it. `tryOnce` hears whether no attempt follows. */
export async function repeat(
  { retries, every }: { readonly retries: number; readonly every: number },
  { clock, signal }: CheckContext,
  tryOnce: (last: boolean) => Promise<Attempt>,
): Promise<Series> {
  const startedAt = clock.elapsed()
  let last = await tryOnce(retries === 0)
  let attempts = 1
  while (last.verdict !== 'pass' && attempts <= retries && !signal.aborted) {
    await clock.sleep(every, signal)
    if (signal.aborted) break
    const next = await tryOnce(attempts === retries)
    // What an interrupted attempt says hides what the one before it saw.
    if (signal.aborted && next.verdict !== 'pass') break
    last = next
    attempts += 1
  }
  return { last, attempts, ms: clock.elapsed() - startedAt }
}

interface Pending {
  readonly name: string
  readonly check: Check
  series: Series
}

async function runScripts(
  host: Host | undefined,
  checks: readonly NamedCheck[],
  context: CheckContext,
): Promise<readonly CheckResult[]> {
  const nothing = attempt(
    'unknown',
    text('there is no machine to run it on', 'es gibt keine Maschine, auf der es laufen kann'),
  )
  const all = checks.map(
    ({ name, check }): Pending => ({ name, check, series: { last: nothing, attempts: 0, ms: 0 } }),
  )
  if (host && all.length > 0) await runRounds(host, all, context)
  return all.map(({ name, check, series }) =>
    toResult(name, check, series, context, probeOf(check).ofHost(check) ? host : undefined),
  )
}

async function runRounds(host: Host, all: readonly Pending[], context: CheckContext): Promise<void> {
  const { clock, signal } = context
  const startedAt = clock.elapsed()
  let open = all
  for (;;) {
    const attempts = await askHost(
      host,
      open.map(({ check }) => check),
      context,
    )
    open.forEach((pending, index) => {
      const next = attempts[index]
      if (!next || (signal.aborted && next.verdict !== 'pass' && pending.series.attempts > 0)) return
      pending.series = { last: next, attempts: pending.series.attempts + 1, ms: clock.elapsed() - startedAt }
    })
    open = open.filter(
      ({ check, series }) => series.last.verdict !== 'pass' && series.attempts <= check.retries,
    )
    if (open.length === 0 || signal.aborted) return
    // The longest pause of those that wait: asking one of them too early would use up its attempts.
    await clock.sleep(Math.max(...open.map(({ check }) => check.every)), signal)
    if (signal.aborted) return
  }
}

export function toResult(
  name: string,
  { kind, level }: { readonly kind: CheckResult['kind']; readonly level: CheckResult['level'] },
  { last, attempts, ms }: Series,
  { clock, redact }: CheckContext,
  host: Host | undefined,
): CheckResult {
  return {
    check: name,
    kind,
    ...(host === undefined ? {} : { host: host.name }),
    verdict: last.verdict,
    level,
    blocks: last.verdict !== 'pass' && level === 'error',
    observed: redactJson(last.observed, redact),
    attempts,
    ms: Math.round(ms),
    at: clock.now().toISOString(),
    details: redactJson(last.details, redact),
  }
}
