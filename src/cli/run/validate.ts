import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import { type Context, textFlag } from '../context.ts'
import { showProblems, showResult } from '../outcome.ts'
import { showWarnings } from '../present/warnings.ts'

export async function run(context: Context): Promise<ExitCode> {
  const found = await context.wiring.validate(textFlag(context, 'config'))
  if (!found.ok) {
    showProblems(context, [found.error])
    return exitCode.config
  }
  const { file, validation } = found.value
  const { environments, problems, warnings } = validation
  showProblems(context, problems)
  showWarnings(context, warnings)
  if (problems.length > 0) return exitCode.config
  showResult(context, 'stellwerk.validate/1', { file, environments, warnings }, () => {
    const names = environments.join(', ')
    return context.lang === 'de'
      ? `✔ ${file} ist in Ordnung (${names})\n→ stellwerk doctor\n`
      : `✔ ${file} is valid (${names})\n→ stellwerk doctor\n`
  })
  return exitCode.done
}
