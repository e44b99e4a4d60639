// What a visited page is worth.
import type { PageCheck } from '../config/schema/check.ts'
import { formatDuration } from '../core/duration.ts'
import { type Text, text } from '../core/lang.ts'
import { type Attempt, attempt } from './context.ts'
import { match } from './matcher.ts'

/** What a visit has seen so far. */
export interface Seen {
  status?: number
  /** Milliseconds until everything was loaded. */
  load?: number
  /** The visible text. */
  text?: string
  /** Answers, the page itself included. */
  assets: number
  readonly failed: { readonly url: string; readonly why: string }[]
  /** What the page wrote to its console as an error, and what it threw. */
  readonly errors: string[]
  /** Addresses of requests that nobody answered for as long as was waited. */
  waiting: readonly string[]
}

/** `text`: whether the visible text is as expected. */
export function judgePage(
  { expect }: PageCheck,
  seen: Seen,
  redact: (input: string) => string,
): { readonly attempt: Attempt; readonly text: boolean } {
  const findings: Text[] = []
  const { status = 0, load = 0, assets, failed, errors } = seen
  const time = formatDuration(load)
  if (status !== expect.status) {
    findings.push(
      text(`answered ${status}, expected ${expect.status}`, `antwortet ${status}, erwartet ${expect.status}`),
    )
  }
  const visible = (seen.text ?? '').trim()
  const wrong =
    expect.text === undefined
      ? undefined
      : match(text('the visible text', 'der sichtbare Text'), visible, expect.text, {
          source: 'text',
          redact,
        })
  if (status === expect.status) {
    if (wrong) findings.push(wrong)
    if (expect.maxLoad !== undefined && load > expect.maxLoad) {
      const most = formatDuration(expect.maxLoad)
      findings.push(
        text(
          `was loaded after ${time}, expected at most ${most}`,
          `war nach ${time} geladen, erwartet höchstens ${most}`,
        ),
      )
    }
    if (expect.assets === 'all' && failed.length > 0) findings.push(ofAssets(failed, redact))
    if (expect.console === 'none' && errors.length > 0) findings.push(ofConsole(errors, redact))
  }
  const facts = text(
    `${status}, ${assets} ${assets === 1 ? 'request' : 'requests'}, loaded after ${time}`,
    `${status}, ${assets} ${assets === 1 ? 'Anfrage' : 'Anfragen'}, geladen nach ${time}`,
  )
  const details = {
    status,
    requests: assets,
    ms: Math.round(load),
    body: redact(visible).slice(0, 300),
    ...(errors.length > 0 ? { error: redact(errors.join('\n')).slice(0, 300) } : {}),
  }
  if (findings.length === 0 && expect.assets === 'all' && seen.waiting.length > 0) {
    const list = shown(seen.waiting.map(url => pathOf(redact(url))))
    const open = text(
      `requests without an answer: ${list} (${facts.en})`,
      `Anfragen ohne Antwort: ${list} (${facts.de})`,
    )
    return { attempt: attempt('unknown', open, details), text: true }
  }
  if (findings.length === 0) return { attempt: attempt('pass', facts, details), text: true }
  const observed = text(
    `${findings.map(({ en }) => en).join('; ')} (${facts.en})`,
    `${findings.map(({ de }) => de).join('; ')} (${facts.de})`,
  )
  return { attempt: attempt('fail', observed, details), text: wrong === undefined }
}

function ofAssets(failed: Seen['failed'], redact: (input: string) => string): Text {
  const list = shown(failed.map(({ url, why }) => `${pathOf(redact(url))} ${why}`))
  return text(`requests that failed: ${list}`, `gescheiterte Anfragen: ${list}`)
}

function ofConsole(errors: readonly string[], redact: (input: string) => string): Text {
  const list = shown(errors.map(error => JSON.stringify(redact(error).slice(0, 120))))
  return text(`errors in the console: ${list}`, `Fehler in der Konsole: ${list}`)
}

function shown(items: readonly string[]): string {
  const more = items.length - 3
  return `${items.slice(0, 3).join(', ')}${more > 0 ? `, +${more}` : ''}`
}

/** Without what may stand behind a question mark. */
function pathOf(url: string): string {
  return url.split(/[?#]/)[0] ?? ''
}
