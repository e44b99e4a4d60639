// A document that a command made: shown, or written where --out says, and never over something else.
import { type ExitCode, exitCode } from '../core/exit-code.ts'
import { type Context, switchFlag, textFlag } from './context.ts'
import { showProblems, showResult } from './outcome.ts'

export async function writeOrShow(
  context: Context,
  schema: string,
  document: Readonly<Record<string, unknown>>,
  content: string,
): Promise<ExitCode> {
  const out = textFlag(context, 'out')
  if (out === undefined) {
    showResult(context, schema, document, () => content)
    return exitCode.done
  }
  const path = out.startsWith('/') ? out : `${context.wiring.cwd}/${out}`
  const written = await context.wiring.writeFile(path, content, {
    overwrite: switchFlag(context, 'force'),
  })
  if (!written.ok) {
    showProblems(context, [written.error])
    return exitCode.failedAndUnchanged
  }
  showResult(context, schema, { ...document, file: out }, () => `✔ ${out}\n`)
  return exitCode.done
}
