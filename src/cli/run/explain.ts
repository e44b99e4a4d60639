import { explain, renderExplanation } from '../../config/explain.ts'
import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import type { Context } from '../context.ts'
import { showProblems, showResult } from '../outcome.ts'

export async function run(context: Context): Promise<ExitCode> {
  const found = explain(context.args['path'] ?? '')
  if (!found.ok) {
    showProblems(context, [found.error])
    return exitCode.usage
  }
  showResult(
    context,
    'stellwerk.explain/1',
    { ...found.value },
    () => `${renderExplanation(found.value, context.lang)}\n`,
  )
  return exitCode.done
}
