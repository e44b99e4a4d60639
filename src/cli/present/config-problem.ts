// A problem or a warning of the config: the same excerpt for both, in the colours of the terminal.
import type { ConfigProblem } from '../../config/problems.ts'
import { type Paint, renderConfigProblem } from '../../config/report.ts'
import type { Lang } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'
import type { Palette } from './palette.ts'

// Problems of the config bring the line of the file that they are about.
export function isConfigProblem(problem: Problem): problem is ConfigProblem {
  return 'excerpt' in problem
}

export function renderConfig(
  problem: ConfigProblem,
  { lang, palette, warning }: { readonly lang: Lang; readonly palette: Palette; readonly warning: boolean },
): string {
  const colors: Record<Parameters<Paint>[0], (words: string) => string> = {
    place: palette.dim,
    problem: palette.bold,
    warning: palette.yellow,
    mark: warning ? palette.yellow : palette.red,
    hint: palette.cyan,
  }
  return `${renderConfigProblem(problem, { lang, warning, paint: (part, words) => colors[part](words) })}\n`
}
