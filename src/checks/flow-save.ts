// What a step of a flow takes out of an answer for the steps behind it.
import type { FlowStep, SaveSource } from '../config/schema/checks/flow.ts'
import type { JsonValue } from '../core/json.ts'
import { parseJsonPath, selectJson } from '../core/json-path.ts'
import { type Text, text } from '../core/lang.ts'
import type { Answer } from './http-exchange.ts'
import { findPattern } from './pattern.ts'
import type { References } from './references.ts'

type Value = string | number | boolean

/** Values by name. `typed` keeps a number a number, so that an expectation can compare it. */
export class Saved {
  readonly texts = new Map<string, string>()
  readonly #typed = new Map<string, Value>()

  /** Why something cannot be saved, one sentence each. What is secret by its name is hidden before anything is told. */
  take(step: FlowStep, answer: Answer, references: References): readonly Text[] {
    return Object.entries(step.save).flatMap(([name, source]) => {
      const value = foundBy(source, answer)
      if (value === undefined || value === '') return [missing(name, source)]
      this.#typed.set(name, value)
      this.texts.set(name, String(value))
      if (isSecret(name)) references.hideWord(String(value))
      return []
    })
  }

  /** An expectation with the values put in; one that is nothing but `{{name}}` takes its type too. */
  fill<T>(expected: T, references: References): T {
    if (typeof expected === 'string') {
      const whole = /^\{\{\s*([A-Za-z_][A-Za-z0-9_-]*)\s*\}\}$/.exec(expected)
      return (this.#typed.get(whole?.[1] ?? '') ?? references.filled(expected)) as T
    }
    if (Array.isArray(expected)) return expected.map(one => this.fill(one, references)) as T
    if (typeof expected !== 'object' || expected === null) return expected
    return Object.fromEntries(
      Object.entries(expected).map(([key, value]) => [key, this.fill(value, references)]),
    ) as T
  }
}

/** By its name, as people name what signs somebody in. */
function isSecret(name: string): boolean {
  return /token|passw|secret|code|otp|session|csrf|jwt|bearer|auth|cookie|credential|(^|[_-]|api)(key|pin|sid|nonce|ticket)([_-]|$)/i.test(
    name,
  )
}

function foundBy(source: SaveSource, { headers, body }: Answer): Value | undefined {
  if (typeof source === 'string') return body.whole ? fromJson(source, body.text) : undefined
  if ('header' in source) return headers[source.header.toLowerCase()]
  const found = findPattern(source.text, body.text)
  return found.kind === 'match' ? found.groups[1] : undefined
}

function fromJson(path: string, body: string): Value | undefined {
  const parsed = parseJsonPath(path)
  if (!parsed.ok) return undefined
  try {
    const value: JsonValue | undefined = selectJson(parsed.value, JSON.parse(body))[0]?.value
    return typeof value === 'object' || value === null ? undefined : value
  } catch {
    return undefined
  }
}

function missing(name: string, source: SaveSource): Text {
  if (typeof source === 'string') {
    return text(
      `${name} cannot be saved: ${source} holds no text or number`,
      `${name} ist nicht zu sichern: ${source} enthält keinen Text und keine Zahl`,
    )
  }
  if ('header' in source) {
    return text(
      `${name} cannot be saved: there is no header ${source.header}`,
      `${name} ist nicht zu sichern: es gibt keine Kopfzeile ${source.header}`,
    )
  }
  return text(
    `${name} cannot be saved: /${source.text}/u matches nothing in the body`,
    `${name} ist nicht zu sichern: /${source.text}/u passt auf nichts im Inhalt`,
  )
}
