// Compares what the restored databases answered with what was expected.
import { text } from '../../../core/lang.ts'
import { type Problem, ProblemError } from '../../../core/problem.ts'
import { quote } from '../../../core/shell.ts'
import type { HereContext, HereKind, HereOutcome, Step } from '../../../engine/step.ts'
import type { BackupDeps } from '../../context.ts'
import type { DrillRecord } from '../../drill-record.ts'
import { readAll } from '../../spooled.ts'
import { fits, parseExpectation } from './expectation.ts'

export interface DrillAnswersStep extends Step {
  readonly kind: 'drill.answers'
  readonly host: string
  readonly questions: readonly {
    /** Id of the check. */
    readonly id: string
    readonly store: string
    readonly sql: string
    readonly expect: string
    /** File with the answer, on the host. */
    readonly file: string
  }[]
}

export function drillAnswersKind(
  deps: BackupDeps & { readonly record: DrillRecord },
): HereKind<DrillAnswersStep> {
  return {
    at: 'here',
    run: async (step, context) => {
      try {
        return await judge(step, context, deps)
      } catch (error) {
        if (!ProblemError.is(error)) throw error
        return { verdict: 'unknown', observed: error.problem.what, problem: error.problem }
      }
    },
    describe: ({ questions }) =>
      text(`Compare ${questions.length} answers`, `${questions.length} Antworten vergleichen`),
  }
}

async function judge(
  step: DrillAnswersStep,
  context: HereContext,
  deps: BackupDeps & { readonly record: DrillRecord },
): Promise<HereOutcome> {
  const wrong: Problem[] = []
  for (const { id, store, sql, expect, file } of step.questions) {
    const content = await readAll(deps.hostNamed(step.host), `cat ${quote(file)}`, context.signal)
    const answer = content.replace(/\n$/, '')
    const expectation = parseExpectation(expect)
    const good = expectation !== undefined && fits(expectation, answer)
    const problem = good ? undefined : misfit(step, store, sql, expect, answer)
    if (problem) wrong.push(problem)
    deps.record.note({
      kind: 'query',
      id,
      store,
      sql,
      expect,
      answer,
      verdict: good ? 'pass' : 'fail',
      differences: problem?.why ? [problem.why] : [],
    })
  }
  const [first] = wrong
  if (first) return { verdict: 'fail', observed: first.what, problem: first }
  const count = step.questions.length
  return {
    verdict: 'pass',
    observed: text(`${count} answers as expected`, `${count} Antworten wie erwartet`),
  }
}

function misfit(step: DrillAnswersStep, store: string, sql: string, expect: string, answer: string): Problem {
  return {
    code: 'STW-B435',
    what: text(
      `The restored ${store} answers otherwise: ${sql}`,
      `Die wiederhergestellte Datenbank ${store} antwortet anders: ${sql}`,
    ),
    where: { host: step.host, step: step.id },
    why:
      answer === ''
        ? text(`no value, expected ${expect}`, `kein Wert, erwartet ${expect}`)
        : text(`"${answer}", expected ${expect}`, `„${answer}“, erwartet ${expect}`),
  }
}
