// Shows config problems as a person wants to read them: place, what, the line itself with a mark, why, what next.
import type { Lang } from '../core/lang.ts'
import type { ConfigProblem } from './problems.ts'

/** Adds colour to a part; the caller knows whether the terminal wants it. */
export type Paint = (part: 'place' | 'problem' | 'warning' | 'mark' | 'hint', words: string) => string

export interface ReportOptions {
  readonly lang: Lang
  readonly paint?: Paint
  /** Called a warning instead of a problem. */
  readonly warning?: boolean
}

const labels = {
  en: { warning: 'warning' },
  de: { warning: 'Warnung' },
} as const

/** One problem, without a newline at its end. */
export function renderConfigProblem(problem: ConfigProblem, options: ReportOptions): string {
  const { lang, paint = (_, words) => words, warning = false } = options
  const { file, line, column } = problem.where
  const { before, mark, after } = excerpt(problem)
  const number = String(line)
  const gutter = ' '.repeat(number.length)
  const kind = warning ? `${labels[lang].warning}: ` : ''
  const place = paint('place', `${file}:${line}:${column}`)
  const what = paint(warning ? 'warning' : 'problem', `${kind}${problem.what[lang]}`)
  const waves = paint('mark', '~'.repeat(Math.max(1, columns(mark))))
  const lines = [
    `${place}  ${what}  ${paint('hint', problem.code)}`,
    `  ${number} | ${before}${mark}${after}`,
    `  ${gutter} | ${' '.repeat(columns(before))}${waves}`,
  ]
  if (problem.why) lines.push(`  ${gutter}   ${problem.why[lang]}`)
  for (const next of problem.next ?? []) lines.push(`  ${gutter}   ${paint('hint', `-> ${next[lang]}`)}`)
  return lines.join('\n')
}

/** All problems and how many they are. */
export function renderConfigReport(problems: readonly ConfigProblem[], options: ReportOptions): string {
  const parts = problems.map(problem => renderConfigProblem(problem, options))
  return [...parts, summary(problems.length, options)].join('\n\n')
}

function summary(count: number, { lang, warning }: ReportOptions): string {
  if (lang === 'de')
    return warning
      ? `${count} ${count === 1 ? 'Warnung' : 'Warnungen'}`
      : `${count} ${count === 1 ? 'Fehler' : 'Fehler'}`
  const word = warning ? 'warning' : 'problem'
  return `${count} ${word}${count === 1 ? '' : 's'}`
}

const widest = 110

/** The line in three parts, cut around the mark when it is too long for a terminal. */
function excerpt({ where, excerpt }: ConfigProblem): { before: string; mark: string; after: string } {
  const start = where.column - 1
  const end = start + excerpt.width
  // More than the widest is cut below in any case; a line may hold the whole file.
  const before = visible(excerpt.text.slice(Math.max(0, start - widest), start))
  const mark = visible(excerpt.text.slice(start, Math.min(end, start + widest)))
  const after = visible(excerpt.text.slice(end, end + 2 * widest))
  if (before.length + mark.length + after.length <= widest) return { before, mark, after }
  const shortBefore = before.length > 50 ? `...${before.slice(-47)}` : before
  const shortMark = mark.length > 50 ? mark.slice(0, 50) : mark
  const room = widest - shortBefore.length - shortMark.length - 3
  const rest = shortMark === mark ? after : mark.slice(50) + after
  return {
    before: shortBefore,
    mark: shortMark,
    after: rest.length > room + 3 ? `${rest.slice(0, room)}...` : rest,
  }
}

/** A tab would shift the mark, and a control character could rewrite the terminal. */
function visible(line: string): string {
  return [...line].map(character => (/\p{Cc}/u.test(character) ? ' ' : character)).join('')
}

/** Terminal columns: one a character, two for wide East Asian ones and emoji. */
function columns(part: string): number {
  let total = 0
  for (const character of part) {
    if (/\p{Mn}|\p{Cf}/u.test(character)) continue
    total +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]|\p{Extended_Pictographic}/u.test(
        character,
      )
        ? 2
        : 1
  }
  return total
}
