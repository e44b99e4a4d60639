// The end of doctor: what to do next, and what was neither asked nor in the way.
import { counted } from '../../core/count.ts'
import { type Lang, type Text, text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'

interface Examined {
  readonly environment: string
  readonly hosts: readonly string[]
  readonly against: number
  readonly warnings: readonly Problem[]
  readonly held: number
  readonly left: readonly { readonly check: string; readonly why: Text }[]
  readonly report: string | undefined
}

export function readyLines(examined: Examined, lang: Lang): string {
  const { environment, hosts, against, warnings, held, left, report } = examined
  const de = lang === 'de'
  const warned = warnings.map(({ what, why, next = [] }) => {
    const mends = next[0] === undefined ? '' : `\n  → ${next[0][lang]}`
    return `! ${what[lang]}${why ? `: ${why[lang]}` : ''}${mends}\n`
  })
  const unasked = left.map(({ check, why }) => `– ${check}: ${why[lang]}\n`)
  const passed =
    held === 0
      ? ''
      : `; ${counted(held, text('check holds', 'Prüfung erfüllt'), text('checks hold', 'Prüfungen erfüllt'))[lang]}`
  const written = report === undefined ? '' : `→ ${report}\n`
  const end =
    against > 0
      ? de
        ? `✖ ${against} ${against === 1 ? 'Befund' : 'Befunde'}${passed}; es wurde nichts geändert\n`
        : `✖ ${against} ${against === 1 ? 'finding' : 'findings'}${passed}; nothing was changed\n`
      : `✔ ${de ? 'bereit' : 'ready'}: ${hosts.join(', ')}${passed}\n→ stellwerk deploy ${environment}\n`
  return `${warned.join('')}${unasked.join('')}${end}${written}`
}
