// The words of the schema itself, in both languages, beside the rule they belong to.

/** Unit separator: cannot occur in a sentence, so both languages travel in the one string zod has for a message. */
const separator = '\u001f'

/** What zod keeps about a key. `description` goes into the JSON Schema and the reference; `de` is what `explain` shows. */
export interface About {
  readonly description: string
  readonly de: string
  readonly [key: string]: unknown
}

/** The one-line description of a key: `.meta(about('Time for one attempt', 'Zeit für einen Versuch'))`. */
export function about(en: string, de: string, ...examples: readonly unknown[]): About {
  return { description: en, de, ...(examples.length > 0 && { examples }) }
}

/** The error of a rule, worded to follow the path of the value: `services.web.ports[0] <must be ...>`. */
export function says(en: string, de: string): { error: string } {
  return { error: `${en}${separator}${de}` }
}

/** Splits a message made by `says`; undefined when the message is zod's own. */
export function said(message: string): { readonly en: string; readonly de: string } | undefined {
  const [en, de] = message.split(separator)
  return en !== undefined && de !== undefined ? { en, de } : undefined
}
