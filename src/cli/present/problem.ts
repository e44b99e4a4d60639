// A problem as a person reads it: what, where, why, evidence, what to do next.
import type { Lang } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'
import type { Palette } from './palette.ts'
import { printable } from './printable.ts'

export function renderProblem(problem: Problem, lang: Lang, palette: Palette): string {
  const lines = [`${palette.red('✖')} ${palette.bold(problem.what[lang])}  ${palette.dim(problem.code)}`]
  const where = whereText(problem)
  if (where !== '') lines.push(`  ${palette.dim(lang === 'de' ? 'wo:  ' : 'where:')} ${where}`)
  if (problem.why) lines.push(`  ${palette.dim(lang === 'de' ? 'weil:' : 'why:  ')} ${problem.why[lang]}`)
  if (problem.evidence !== undefined) {
    for (const line of problem.evidence.trimEnd().split('\n'))
      lines.push(`    ${palette.dim(`│ ${printable(line)}`)}`)
  }
  for (const next of problem.next ?? []) lines.push(`  ${palette.cyan('→')} ${next[lang]}`)
  return `${lines.join('\n')}\n`
}

function whereText(problem: Problem): string {
  const { file, line, column, host, step, run } = problem.where ?? {}
  const position =
    file === undefined ? [] : [[file, line, column].filter(part => part !== undefined).join(':')]
  return [...position, ...[host, step, run].filter(part => part !== undefined)].join('  ')
}
