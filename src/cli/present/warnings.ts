// Warnings of the config stop nothing and are shown all the same, once, before anything else.
import type { Problem } from '../../core/problem.ts'
import { type Context, switchFlag } from '../context.ts'
import { isConfigProblem, renderConfig } from './config-problem.ts'
import { paletteFor } from './palette.ts'

export function showWarnings(context: Context, warnings: readonly Problem[]): void {
  if (switchFlag(context, 'json') || switchFlag(context, 'quiet')) return
  const palette = paletteFor(context.io.color.err)
  for (const warning of warnings) {
    context.io.err(
      isConfigProblem(warning)
        ? renderConfig(warning, { lang: context.lang, palette, warning: true })
        : `${palette.yellow('!')} ${warning.what[context.lang]}\n`,
    )
  }
}
