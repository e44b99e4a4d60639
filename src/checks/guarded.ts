// One check that breaks leaves the others standing: what it would have said is unknown, and the run goes on by its rules.
import { text } from '../core/lang.ts'
import { ProblemError } from '../core/problem.ts'
import { type Attempt, attempt, type CheckContext } from './context.ts'
import { stopped } from './http-failure.ts'

export async function guarded(
  { redact, signal }: CheckContext,
  look: () => Attempt | Promise<Attempt>,
): Promise<Attempt> {
  try {
    return await look()
  } catch (error) {
    if (signal.aborted) return stopped()
    if (ProblemError.is(error)) return attempt('unknown', error.problem.what)
    const why = redact(error instanceof Error ? error.message : String(error)).slice(0, 200)
    const trace = error instanceof Error ? redact(error.stack ?? '').slice(0, 600) : ''
    return attempt(
      'unknown',
      text(`the check itself broke: ${why}`, `die Prüfung selbst ist abgebrochen: ${why}`),
      { ...(trace === '' ? {} : { error: trace }) },
    )
  }
}
