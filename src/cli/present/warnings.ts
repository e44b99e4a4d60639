// Warnings of the config stop nothing and are shown all the same: whole where somebody looks at the config, in one line before the work of a day.
import { counted } from '../../core/count.ts'
import { text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'
import { type Context, switchFlag, textFlag } from '../context.ts'
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

/** How many there are, and the command that shows them. */
export function mentionWarnings(context: Context, warnings: readonly Problem[]): void {
  if (warnings.length === 0 || switchFlag(context, 'json') || switchFlag(context, 'quiet')) return
  const palette = paletteFor(context.io.color.err)
  const many = text('warnings', 'Warnungen')
  const count = counted(warnings.length, text('warning', 'Warnung'), many)
  const file = textFlag(context, 'config')
  const command = `stellwerk validate${file === undefined ? '' : ` --config ${file}`}`
  context.io.err(`${palette.yellow('!')} ${count[context.lang]}: ${command}\n`)
}
