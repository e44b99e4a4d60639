// A terminal: finished lines stay, and below them what is under way turns with its elapsed time.
import { formatBytes } from '../../core/bytes.ts'
import type { Clock } from '../../core/clock.ts'
import { formatDuration } from '../../core/duration.ts'
import type { Lang } from '../../core/lang.ts'
import type { Io } from '../io.ts'
import { paletteFor } from './palette.ts'
import { lineOf } from './plain.ts'
import type { Presenter } from './presenter.ts'
import { printable } from './printable.ts'

interface Running {
  readonly title: string
  readonly host: string
  readonly since: number
  detail: string
}

/** Rows below the finished lines at most; thirty hosts must not scroll the screen. */
const rows = 12

export function livePresenter(
  io: Io,
  lang: Lang,
  clock: Clock,
  options: { readonly verbose: boolean },
): Presenter {
  const palette = paletteFor(io.color.err)
  const titles = new Map<string, string>()
  const running = new Map<string, Running>()
  const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
  let drawn = 0
  let turn = 0

  function erase(): string {
    const up = drawn > 0 ? `\u001b[${drawn}A\u001b[0J` : ''
    drawn = 0
    return up
  }

  function draw(): string {
    const list = [...running.values()]
    const lines = list.slice(0, rows).map(step => {
      const time = formatDuration(clock.elapsed() - step.since)
      const line = `  ${frames[turn % frames.length]} ${step.host === '' ? '' : `${step.host}  `}${step.title}  ${time}  ${step.detail}`
      return fit(line, io.columns())
    })
    if (list.length > rows) lines.push(`  … ${list.length - rows} ${lang === 'de' ? 'weitere' : 'more'}`)
    drawn = lines.length
    return lines.length === 0 ? '' : `${lines.map(line => palette.dim(line)).join('\n')}\n`
  }

  const timer = setInterval(() => {
    if (running.size === 0) return
    turn++
    io.err(erase() + draw())
  }, 120)
  timer.unref()

  return {
    event: event => {
      if (event.type === 'step.begin') {
        titles.set(event.step, event.title[lang])
        running.set(event.step, {
          title: event.title[lang],
          host: event.host ?? '',
          since: clock.elapsed(),
          detail: '',
        })
      }
      const step = 'step' in event && event.step !== undefined ? running.get(event.step) : undefined
      if (event.type === 'progress' && step) {
        step.detail = event.unit === 'bytes' ? formatBytes(event.done) : String(event.done)
        return
      }
      if (event.type === 'output') {
        if (step) step.detail = event.line
        if (!options.verbose) return
      }
      if (event.type === 'step.end') running.delete(event.step)
      const line = lineOf(event, titles, lang, palette)
      io.err(`${erase()}${line === undefined ? '' : `${line}\n`}${draw()}`)
    },
    end: () => {
      clearInterval(timer)
      io.err(erase())
    },
  }
}

function fit(line: string, columns: number): string {
  const clean = printable(line)
  return clean.length < columns ? clean : `${clean.slice(0, Math.max(columns - 2, 1))}…`
}
