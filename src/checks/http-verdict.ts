// What an answer is worth: status, content type, value. 200 alone is no health: single-page apps, auth walls and apps that
// say "kritisch" with 200 all answer 200.
import type { HttpCheck, Matcher } from '../config/schema/check.ts'
import { formatDuration } from '../core/duration.ts'
import type { JsonObject, JsonValue } from '../core/json.ts'
import { parseJsonPath, selectJson } from '../core/json-path.ts'
import { type Text, text } from '../core/lang.ts'
import type { Verdict } from '../core/verdict.ts'
import { type Attempt, attempt } from './context.ts'
import { withoutCredentials } from './credentials.ts'
import type { Answer } from './http-exchange.ts'
import { match } from './matcher.ts'

// An import of node:http loads the whole web client of Node, also for commands that ask nobody.
const { STATUS_CODES } = process.getBuiltinModule('node:http')

type Expect = HttpCheck['expect']
type Redact = (input: string) => string
/** One thing that is not as expected. */
interface Finding {
  readonly verdict: Exclude<Verdict, 'pass'>
  readonly what: Text
}

export function judgeAnswer(expect: Expect, answer: Answer, ms: number, known: Redact): Attempt {
  const redact = (input: string) => withoutCredentials(known(input))
  const details = describeAnswer(answer, ms, redact)
  // A wrong status or a wrong kind of document makes every later finding a consequence of the first.
  const stages = [status, broken, contentType, values]
  for (const stage of stages) {
    const findings = stage(expect, answer, ms, redact)
    if (findings.length === 0) continue
    const verdict = findings.some(finding => finding.verdict === 'fail') ? 'fail' : 'unknown'
    return attempt(verdict, sentence(findings, facts(answer, ms, stage !== status)), details)
  }
  const { en, de } = facts(answer, ms, true)
  return attempt('pass', text(en, de), details)
}

/** `200 OK, 412 bytes, 38 ms`. */
export function facts(answer: Answer, ms: number, withStatus: boolean): Text {
  const code = withStatus ? `${statusLine(answer.status)}, ` : ''
  const { bytes } = answer.body
  const time = formatDuration(ms)
  return text(
    `${code}${bytes} ${bytes === 1 ? 'byte' : 'bytes'}, ${time}`,
    `${code}${bytes} ${bytes === 1 ? 'Byte' : 'Bytes'}, ${time}`,
  )
}

function statusLine(status: number): string {
  return `${status} ${STATUS_CODES[status] ?? ''}`.trimEnd()
}

/** Whoever reads the journal later wants to see the answer itself. */
export function describeAnswer(answer: Answer, ms: number, known: Redact): JsonObject {
  const redact = (input: string) => withoutCredentials(known(input))
  const type = answer.headers['content-type']
  const location = answer.headers['location']
  return {
    status: answer.status,
    bytes: answer.body.bytes,
    ms: Math.round(ms),
    ...(type === undefined ? {} : { contentType: redact(type) }),
    ...(location === undefined ? {} : { location: redact(location) }),
    body: redact(answer.body.text).slice(0, 300),
  }
}

function sentence(findings: readonly Finding[], { en, de }: Text): Text {
  const shown = findings.slice(0, 3)
  const more = findings.length - shown.length
  const line = (lang: keyof Text) => shown.map(finding => finding.what[lang]).join('; ')
  return text(
    `${line('en')}${more > 0 ? `; and ${more} more` : ''} (${en})`,
    `${line('de')}${more > 0 ? `; und ${more} weitere` : ''} (${de})`,
  )
}

function fail(en: string, de: string): Finding {
  return { verdict: 'fail', what: text(en, de) }
}

function unknown(en: string, de: string): Finding {
  return { verdict: 'unknown', what: text(en, de) }
}

function status(expect: Expect, answer: Answer, _: number, redact: Redact): readonly Finding[] {
  const wanted = Array.isArray(expect.status) ? expect.status : [expect.status]
  if (wanted.includes(answer.status)) return []
  const line = statusLine(answer.status)
  const list = { en: wanted.join(' or '), de: wanted.join(' oder ') }
  if (answer.status === 401 || answer.status === 403) {
    return [
      fail(
        `answered ${line}: an auth wall answered, not the app; expected ${list.en}`,
        `antwortet ${line}: geantwortet hat eine Anmeldesperre, nicht die App; erwartet ${list.de}`,
      ),
    ]
  }
  const location = answer.headers['location']
  if (answer.status >= 300 && answer.status < 400 && location !== undefined) {
    const to = JSON.stringify(redact(location).slice(0, 120))
    return [
      fail(
        `answered ${line}, a redirect to ${to}; expected ${list.en}`,
        `antwortet ${line}, eine Umleitung nach ${to}; erwartet ${list.de}`,
      ),
    ]
  }
  return [fail(`answered ${line}, expected ${list.en}`, `antwortet ${line}, erwartet ${list.de}`)]
}

function broken(_: Expect, { body }: Answer): readonly Finding[] {
  if (body.broken !== undefined) {
    return [
      fail(`the answer broke off after ${body.bytes} bytes`, `die Antwort brach nach ${body.bytes} Bytes ab`),
    ]
  }
  if (body.unreadable === undefined) return []
  return [
    unknown(
      `the answer cannot be unpacked (${body.unreadable})`,
      `die Antwort lässt sich nicht auspacken (${body.unreadable})`,
    ),
  ]
}

const jsonType = /^(application|text)\/([\w.+-]+\+)?(json|x-ndjson|ndjson|jsonl)\s*(;|$)/i

function contentType(expect: Expect, answer: Answer, _: number, redact: Redact): readonly Finding[] {
  const wanted = expect.contentType ?? (expect.json ? 'JSON' : undefined)
  if (wanted === undefined) return []
  const type = (answer.headers['content-type'] ?? '').trim()
  const fits = expect.contentType
    ? type.toLowerCase().startsWith(expect.contentType.toLowerCase())
    : jsonType.test(type)
  if (fits) return []
  const wantsJson = expect.contentType === undefined || jsonType.test(expect.contentType)
  if (wantsJson && isHtml(type, answer.body.text)) {
    return [
      fail(
        `answered HTML: probably the single-page app's fallback; expected ${wanted}`,
        `antwortet HTML: wahrscheinlich die Ersatzseite der Single-Page-App; erwartet ${wanted}`,
      ),
    ]
  }
  if (type === '') {
    return [
      fail(
        `answered without a content type, expected ${wanted}`,
        `antwortet ohne Inhaltstyp, erwartet ${wanted}`,
      ),
    ]
  }
  const shown = redact(type).slice(0, 80)
  return [fail(`answered ${shown}, expected ${wanted}`, `antwortet ${shown}, erwartet ${wanted}`)]
}

function isHtml(type: string, body: string): boolean {
  return /^(text\/html|application\/xhtml)/i.test(type) || (type === '' && /^\s*<(!doctype|html)/i.test(body))
}

function values(expect: Expect, answer: Answer, ms: number, redact: Redact): readonly Finding[] {
  const { body } = answer
  const matchText = (name: Text, value: string | undefined, matcher: Matcher): readonly Finding[] => {
    const what = match(name, value, matcher, { source: 'text', redact })
    return what ? [{ verdict: 'fail', what }] : []
  }
  const headers = Object.entries(expect.headers).flatMap(([name, matcher]) =>
    matchText(text(`header ${name}`, `Kopfzeile ${name}`), answer.headers[name.toLowerCase()], matcher),
  )
  const lastLine =
    expect.lastLine === undefined
      ? []
      : matchText(text('the last line', 'die letzte Zeile'), body.lastLine, expect.lastLine)
  return [
    ...headers,
    ...(expect.json ? json(expect.json, answer, redact) : []),
    ...(expect.text === undefined ? [] : wholeText(expect.text, answer, redact)),
    ...lastLine,
    ...size(expect, body.bytes),
    ...time(expect, ms),
  ]
}

function json(expected: NonNullable<Expect['json']>, { body }: Answer, redact: Redact): readonly Finding[] {
  if (!body.whole) return [tooLarge]
  let value: JsonValue
  try {
    value = JSON.parse(body.text)
  } catch {
    return [fail('the answer is not JSON', 'die Antwort ist kein JSON')]
  }
  return Object.entries(expected).flatMap(([path, matcher]) => jsonAt(path, matcher, value, redact))
}

function jsonAt(path: string, matcher: Matcher, value: JsonValue, redact: Redact): readonly Finding[] {
  const parsed = parseJsonPath(path)
  if (!parsed.ok) return [unknown(`${path} ${parsed.error}`, `${path} ist kein lesbarer Pfad`)]
  return selectJson(parsed.value, value).flatMap(selected => {
    const mayBeAbsent = typeof matcher === 'object' && matcher !== null && matcher.exists === false
    if (selected.empty && !mayBeAbsent) {
      return [
        fail(`${selected.at} has no elements to look at`, `${selected.at} hat keine Elemente zum Ansehen`),
      ]
    }
    const name = text(selected.at, selected.at)
    const what = match(name, selected.value, matcher, { source: 'json', redact })
    return what ? [{ verdict: 'fail' as const, what }] : []
  })
}

const tooLarge = unknown('the answer is larger than 1 MiB', 'die Antwort ist größer als 1 MiB')

function wholeText(matcher: Matcher, { body }: Answer, redact: Redact): readonly Finding[] {
  const name = text('the body', 'der Inhalt')
  const what = match(name, body.text.replace(/\r?\n$/, ''), matcher, { source: 'text', redact })
  if (body.whole) return what ? [{ verdict: 'fail', what }] : []
  // Found in the first part is found; anything else could still be in the rest.
  const onlyFinds =
    typeof matcher === 'object' && matcher !== null && Object.keys(matcher).every(key => key === 'contains')
  return what === undefined && onlyFinds ? [] : [tooLarge]
}

function size({ minBytes }: Expect, bytes: number): readonly Finding[] {
  if (minBytes === undefined || bytes >= minBytes) return []
  return [
    fail(
      `has ${bytes} bytes, expected at least ${minBytes}`,
      `hat ${bytes} Bytes, erwartet mindestens ${minBytes}`,
    ),
  ]
}

function time({ maxTime }: Expect, ms: number): readonly Finding[] {
  if (maxTime === undefined || ms <= maxTime) return []
  const [took, most] = [formatDuration(ms), formatDuration(maxTime)]
  return [fail(`took ${took}, expected at most ${most}`, `dauerte ${took}, erwartet höchstens ${most}`)]
}
