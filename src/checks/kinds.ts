// Checks as steps of a plan. They only look, so they are run again on resume and have nothing to undo.
import type { IdentityProbe } from '../config/schema/identity.ts'
import type { Clock } from '../core/clock.ts'
import { type Text, text } from '../core/lang.ts'
import { worst } from '../core/verdict.ts'
import type { CheckResult } from '../engine/check-result.ts'
import type { Host } from '../engine/host.ts'
import type { HereContext, HereKind, HereOutcome, Step } from '../engine/step.ts'
import type { Address, CheckContext, Pass } from './context.ts'
import { runIdentity } from './identity.ts'
import { probeOf } from './probes.ts'
import { checksProblem, identityProblem } from './problems.ts'
import { type NamedCheck, runChecks } from './run.ts'
import { type Waivers, waive } from './waive.ts'

interface Located {
  /** Where the router or service listens, as seen from the host; without it a check of a path stays unknown. */
  readonly address?: Address
  /** Absolute directory of the app on the host. */
  readonly root?: string
  /** Passes the maintenance page. */
  readonly pass?: Pass
}

export interface CheckStep extends Step, Located {
  readonly kind: 'check'
  readonly checks: readonly NamedCheck[]
  readonly purpose: 'gate' | 'health' | 'smoke'
  /** By the name of the check; one that has ended meanwhile has no effect. */
  readonly waivers?: Waivers
}

export interface IdentityStep extends Step, Located {
  readonly kind: 'identity'
  readonly identity: IdentityProbe
  /** The release that must answer. */
  readonly release: string
  /** Command on the host that makes a server take up new code; tried once when an old release keeps answering. */
  readonly reload?: string
}

export interface CheckKindDeps {
  readonly clock: Clock
  /** This machine, for commands that run here. */
  readonly here: Host
  /** Directory of stellwerk.yaml. */
  readonly directory: string
}

export interface CheckKinds {
  readonly check: HereKind<CheckStep>
  readonly identity: HereKind<IdentityStep>
}

export function makeCheckKinds(deps: CheckKindDeps): CheckKinds {
  return {
    check: {
      at: 'here',
      describe: describeChecks,
      run: async (step, context) => {
        const results = await runInOrder(step, bind(deps, step, context))
        return outcomeOf(step, results, context)
      },
    },
    identity: {
      at: 'here',
      describe: describeIdentity,
      run: async (step, context) => {
        const bound = bind(deps, step, context)
        const first = await runIdentity(step.identity, step.release, bound)
        const result = (await reloaded(step, first, context))
          ? await runIdentity(step.identity, step.release, bound)
          : first
        tell(step, result, context)
        const { verdict, observed } = result
        const data = { release: String(result.details['release'] ?? '') }
        return verdict === 'pass'
          ? { verdict, observed, data }
          : { verdict, observed, data, problem: identityProblem(step, result) }
      },
    },
  }
}

// An opcode cache or a worker that missed its signal serves old code: one more reload is cheaper than a rollback. It
// changes nothing that would have to be undone.
async function reloaded(
  step: IdentityStep,
  first: CheckResult,
  { host, signal }: HereContext,
): Promise<boolean> {
  if (first.verdict !== 'fail' || step.reload === undefined || !host || signal.aborted) return false
  const answer = await host.run(`${step.reload}\n`, { timeout: 60_000, signal })
  return answer.ending.kind === 'exit' && answer.ending.code === 0
}

// A smoke test is a story: what is uploaded first is downloaded later. It ends with the first check that holds the release
// back, because users have that release meanwhile. Gates and health checks do not build on each other.
async function runInOrder(step: CheckStep, context: CheckContext): Promise<readonly CheckResult[]> {
  const run = async (checks: CheckStep['checks']) => {
    const results = await runChecks(checks, context)
    const now = context.clock.now()
    return results.map(result => waive(result, step.waivers ?? {}, now))
  }
  if (step.purpose !== 'smoke') return run(step.checks)
  const results: CheckResult[] = []
  for (const check of step.checks) {
    results.push(...(await run([check])))
    if (results.some(({ blocks }) => blocks)) break
  }
  return results
}

function bind(
  deps: CheckKindDeps,
  { address, root, pass }: Located,
  { host, signal, secret, redact }: HereContext,
): CheckContext {
  return {
    ...deps,
    signal,
    secret,
    redact,
    ...(host && { host }),
    ...(address && { address }),
    ...(pass && { pass }),
    ...(root !== undefined && { root }),
  }
}

function outcomeOf(step: CheckStep, results: readonly CheckResult[], context: HereContext): HereOutcome {
  for (const result of results) tell(step, result, context)
  const blocking = results.filter(result => result.blocks)
  // A step without a check has seen nothing: unknown. Warnings alone are a pass that says so.
  const verdict =
    results.length > 0 && blocking.length === 0 ? 'pass' : worst(blocking.map(result => result.verdict))
  const data = Object.fromEntries(
    results.map(({ check, verdict: one, observed }) => [check, `${one}: ${observed.en}`]),
  )
  const observed = observedOf(results)
  return verdict === 'pass'
    ? { verdict, observed, data }
    : { verdict, observed, data, problem: checksProblem(step, blocking) }
}

function tell(step: Step, result: CheckResult, { emit }: HereContext): void {
  emit({ code: 'STW-E013', type: 'check.result', step: step.id, result })
}

function observedOf(results: readonly CheckResult[]): Text {
  const bad = results.filter(result => result.verdict !== 'pass')
  if (results.length === 0) return text('no check', 'keine Prüfung')
  if (bad.length === 0) {
    const [only] = results
    if (only && results.length === 1) return named(only)
    const names = results.map(result => result.check).join(', ')
    return text(
      `${results.length} checks passed: ${names}`,
      `${results.length} Prüfungen bestanden: ${names}`,
    )
  }
  const parts = bad.map(named)
  return text(parts.map(part => part.en).join('; '), parts.map(part => part.de).join('; '))
}

function named({ check, observed, waiver }: CheckResult): Text {
  const { en, de } = waiver ? overruled(waiver) : text('', '')
  return text(`${check}: ${observed.en}${en}`, `${check}: ${observed.de}${de}`)
}

function overruled({ by, until, reason }: NonNullable<CheckResult['waiver']>): Text {
  return text(
    ` (waived by ${by} until ${until}: ${reason})`,
    ` (übergangen von ${by} bis ${until}: ${reason})`,
  )
}

const purposes: Readonly<Record<CheckStep['purpose'], Text>> = {
  gate: text('Gate checks', 'Vorprüfungen'),
  health: text('Health checks', 'Gesundheitsprüfungen'),
  smoke: text('Smoke checks', 'Rauchtests'),
}

function describeChecks({ checks, purpose, host }: CheckStep): Text {
  const { en, de } = purposes[purpose]
  const lines = checks.map(describeCheck)
  return text(
    `${en}${host ? ` on ${host}` : ''}: ${lines.map(line => line.en).join('; ')}`,
    `${de}${host ? ` auf ${host}` : ''}: ${lines.map(line => line.de).join('; ')}`,
  )
}

function describeCheck({ name, check }: NamedCheck): Text {
  const { en, de } = probeOf(check).describe(check)
  return text(`${name} (${en})`, `${name} (${de})`)
}

function describeIdentity({ identity, release, host }: IdentityStep): Text {
  const source = identity.header ?? identity.json ?? identity.url
  return text(
    `${identity.url} must answer release ${release}${host ? ` on ${host}` : ''} (read from ${source})`,
    `${identity.url} muss${host ? ` auf ${host}` : ''} mit Release ${release} antworten (gelesen aus ${source})`,
  )
}
