import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import { text } from '../../core/lang.ts'
import { commands } from '../commands.ts'
import { completionScript, isShell } from '../completion.ts'
import type { Context } from '../context.ts'
import { showProblems } from '../outcome.ts'

export async function run(context: Context): Promise<ExitCode> {
  const shell = context.args['shell'] ?? ''
  if (!isShell(shell)) {
    showProblems(context, [
      {
        code: 'STW-U001',
        what: text(`There is no completion for "${shell}"`, `Für „${shell}“ gibt es keine Vervollständigung`),
        why: text('known: bash, zsh, fish', 'bekannt: bash, zsh, fish'),
      },
    ])
    return exitCode.usage
  }
  context.io.out(completionScript(shell, commands, context.lang))
  return exitCode.done
}
