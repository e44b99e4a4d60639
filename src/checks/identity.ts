// Which release answers. Green is evidence only when the release that answers is the one that was deployed: an old process
// or a stale cache answers green too.
import type { IdentityProbe } from '../config/schema/identity.ts'
import type { JsonValue } from '../core/json.ts'
import { parseJsonPath, selectJson } from '../core/json-path.ts'
import { type Text, text } from '../core/lang.ts'
import type { CheckResult } from '../engine/check-result.ts'
import { type Attempt, attempt, type CheckContext } from './context.ts'
import { guarded } from './guarded.ts'
import type { Answer } from './http-exchange.ts'
import { ask } from './http-question.ts'
import { describeAnswer, facts } from './http-verdict.ts'
import { References } from './references.ts'
import { repeat, toResult } from './run.ts'

/** `pass` when the answering release is `release`, `fail` when it is another, `unknown` when it cannot be told. */
export async function runIdentity(
  identity: IdentityProbe,
  release: string,
  context: CheckContext,
): Promise<CheckResult> {
  const series = await repeat(identity, context, last =>
    guarded(context, () => tryIdentity(identity, release, context, last)),
  )
  const host = identity.from === 'host' ? context.host : undefined
  return toResult('identity', { kind: 'identity', level: 'error' }, series, context, host)
}

async function tryIdentity(
  identity: IdentityProbe,
  release: string,
  context: CheckContext,
  last: boolean,
): Promise<Attempt> {
  const references = new References(context)
  const { url, from, timeout } = identity
  const accept = identity.json === undefined ? '*/*' : 'application/json'
  const question = { url, from, method: 'GET', headers: {}, redirects: 0, timeout, accept }
  const asked = await ask(question, context, references, last)
  if (asked.kind === 'none') return references.cleaned(asked.attempt)
  const details = describeAnswer(asked.answer, asked.ms, references.redact)
  const told = readRelease(identity, asked.answer)
  if (typeof told !== 'string') {
    const { en, de } = facts(asked.answer, asked.ms, true)
    const observed = text(
      `does not tell its release: ${told.en} (${en})`,
      `nennt sein Release nicht: ${told.de} (${de})`,
    )
    return references.cleaned(attempt('unknown', observed, details))
  }
  const all = { ...details, release: told }
  if (told === release)
    return references.cleaned(
      attempt('pass', text(`answers release ${told}`, `es antwortet Release ${told}`), all),
    )
  const differs = text(
    `answers release ${told}, expected ${release}`,
    `es antwortet Release ${told}, erwartet ${release}`,
  )
  return references.cleaned(attempt('fail', differs, all))
}

/** The release id, or why there is none. A header counts whatever the status: the redirect of a start page is answered by
 *  a release too. A body counts only with 2xx: an error page tells of something else. */
function readRelease(identity: IdentityProbe, answer: Answer): string | Text {
  if (identity.header !== undefined) {
    const value = answer.headers[identity.header.toLowerCase()]?.trim()
    return releaseId(value, text(`no header ${identity.header}`, `keine Kopfzeile ${identity.header}`))
  }
  if (answer.status < 200 || answer.status > 299)
    return text('the status is not 2xx', 'der Status ist nicht 2xx')
  if (!answer.body.whole) return text('the answer is not complete', 'die Antwort ist nicht vollständig')
  if (identity.json === undefined) {
    return releaseId(answer.body.text.trim(), text('the body is empty', 'der Inhalt ist leer'))
  }
  return fromJson(identity.json, answer.body.text)
}

function fromJson(path: string, body: string): string | Text {
  const parsed = parseJsonPath(path)
  if (!parsed.ok) return text(`${path} ${parsed.error}`, `${path} ist kein lesbarer Pfad`)
  let value: JsonValue
  try {
    value = JSON.parse(body)
  } catch {
    return text('the answer is not JSON', 'die Antwort ist kein JSON')
  }
  const [found] = selectJson(parsed.value, value)
  const id = typeof found?.value === 'string' ? found.value : undefined
  return releaseId(id, text(`${path} holds no text`, `${path} enthält keinen Text`))
}

/** Anything else (a page, a sentence) is no other release but no release at all. */
function releaseId(value: string | undefined, missing: Text): string | Text {
  if (value === undefined || value === '') return missing
  if (/^[\w.:+-]{1,100}$/.test(value)) return value
  return text('what it tells is no release id', 'was es nennt, ist keine Release-Kennung')
}
