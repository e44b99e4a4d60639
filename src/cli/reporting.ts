// A run that did not end well leaves on its hosts what only its command saw: which checks said no, and what the failure was.
import type { HostConfig } from '../config/config.ts'
import { redactJson } from '../core/redact.ts'
import type { CheckResult } from '../engine/check-result.ts'
import type { EngineDeps } from '../engine/engine.ts'
import { inParallel } from '../engine/parallel.ts'
import type { Plan } from '../engine/plan.ts'
import type { RunResult } from '../engine/run.ts'
import { type RunReport, reportScript } from '../runbook/run-evidence.ts'
import { connectionTo } from './ask.ts'
import type { Context } from './context.ts'
import type { Session } from './session.ts'

/** Room for a few long answers; a script of more would be a burden to the host. */
const most = 48_000

export interface Reporter {
  /** The same dependencies, with the results of checks kept. */
  readonly deps: EngineDeps
  /** Writes it down on every host that answers. One that does not is no reason to wait or to fail. */
  keep(plan: Plan, result: RunResult): Promise<void>
}

export function reporterFor(context: Context, session: Session, deps: EngineDeps): Reporter {
  const checks: CheckResult[] = []
  const { self, clock } = context.wiring
  return {
    deps: {
      ...deps,
      emit: event => {
        if (event.type === 'check.result') checks.push(event.result)
        deps.emit(event)
      },
    },
    keep: async (plan, result) => {
      if (result.status === 'done' || (result.status === 'waiting' && !result.problem)) return
      const problems = [...new Set([...(result.problem ? [result.problem] : []), ...result.more])]
      const entry: RunReport = {
        v: 1,
        at: clock.now().toISOString(),
        by: self.by,
        status: result.status,
        problems: problems.map(({ code, what, why, where, evidence }) => ({
          ...{ code, what },
          ...(why ? { why } : {}),
          ...(where
            ? { where: { ...(where.host && { host: where.host }), ...(where.step && { step: where.step }) } }
            : {}),
          ...(evidence ? { evidence: evidence.slice(-4000) } : {}),
        })),
        checks: checks.map(({ check, host, verdict, observed, at }) => ({
          ...{ check, verdict, observed, at },
          ...(host === undefined ? {} : { host }),
        })),
      }
      const clean = cleaned(entry, deps.redact)
      await inParallel(hostsOf(session, plan), deps.parallel, host =>
        connectionTo(session, host).run(reportScript(host.root, plan.run, clean), { timeout: 10_000 }),
      )
    },
  }
}

function cleaned(entry: RunReport, redact: (text: string) => string): RunReport {
  const whole = redactJson(entry, redact)
  return JSON.stringify(whole).length <= most
    ? whole
    : redactJson(
        {
          ...entry,
          problems: entry.problems.slice(0, 5).map(({ evidence: _, ...rest }) => rest),
          checks: entry.checks.slice(-20),
        },
        redact,
      )
}

function hostsOf({ config }: Session, plan: Plan): readonly HostConfig[] {
  return config.hosts.filter(host => plan.hosts.some(place => place.name === host.name))
}
