// Plain lines for logs and CI: one line when something ends, with its time.
import { formatDuration } from '../../core/duration.ts'
import type { Lang } from '../../core/lang.ts'
import type { Event } from '../../engine/events.ts'
import type { Io } from '../io.ts'
import { markOf } from './mark.ts'
import { type Palette, paletteFor } from './palette.ts'
import { planTitle } from './plan.ts'
import type { Presenter } from './presenter.ts'
import { printable } from './printable.ts'

export function plainPresenter(io: Io, lang: Lang, options: { readonly verbose: boolean }): Presenter {
  const palette = paletteFor(io.color.err)
  const titles = new Map<string, string>()
  return {
    event: event => {
      if (event.type === 'step.begin') titles.set(event.step, event.title[lang])
      if (event.type === 'output' && !options.verbose) return
      const line = lineOf(event, titles, lang, palette)
      if (line !== undefined) io.err(`${line}\n`)
    },
    end: () => {},
  }
}

/** One event as a line, or nothing when it says nothing new to a reader of lines. */
export function lineOf(
  event: Event,
  titles: ReadonlyMap<string, string>,
  lang: Lang,
  palette: Palette,
): string | undefined {
  switch (event.type) {
    case 'run.begin':
      return palette.bold(planTitle(event.plan, lang))
    case 'phase.begin':
      return palette.bold(`▸ ${event.title[lang]}`)
    case 'step.end': {
      const host = event.host === undefined ? '' : `${event.host}  `
      const observed = event.observed ? `  ${palette.dim(event.observed[lang])}` : ''
      return `  ${markOf(event.verdict, palette)} ${host}${titles.get(event.step) ?? event.step}  ${palette.dim(formatDuration(event.ms))}${observed}`
    }
    case 'output':
      return `    ${palette.dim(`│ ${event.host === undefined ? '' : `${event.host}: `}${printable(event.line)}`)}`
    case 'undo.begin':
      // In one line: the whole problem stands at the end, where it is looked for.
      return `${palette.bold(lang === 'de' ? '↶ Alles zurück' : '↶ Taking everything back')}: ${event.why.what[lang]}`
    case 'note':
    case 'waiting':
      return `${palette.cyan('·')} ${event.text[lang]}`
    case 'warning':
      return `${palette.yellow('!')} ${event.host === undefined ? '' : `${event.host}: `}${event.text[lang]}`
    default:
      return undefined
  }
}
