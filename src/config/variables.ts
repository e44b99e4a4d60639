// References to variables: `${NAME}`, `${NAME:-default}`; `$${` stands for the two characters themselves.
const pattern = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}|\$\{[^}]*\}?/g

export interface Replace {
  /** The value of a reference. */
  reference(name: string, fallback: string | undefined): string
  /** What stands for `${` that is no reference. */
  malformed(found: string): string
}

/** Replaces every reference of a string from the file. */
export function replaceReferences(input: string, replace: Replace): string {
  return input.replaceAll(
    pattern,
    (found: string, name: string | undefined, fallback: string | undefined) => {
      if (found === '$${') return '${'
      return name === undefined ? replace.malformed(found) : replace.reference(name, fallback)
    },
  )
}

/** Whether a string from the file holds a reference, well written or not. */
export function hasReference(input: string): boolean {
  return /(?<!\$)\$\{/.test(input)
}

const simple = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g

/** The names that a string of a resolved config refers to. A name that is no secret is just text. */
export function references(input: string): string[] {
  return [...new Set([...input.matchAll(simple)].map(match => match[1] ?? ''))]
}

/** Puts the values of secrets into a string of a resolved config, at the moment of use. What `lookup` does not know
 *  stays as it is. The result is secret: it must not reach a plan, a log or argv. */
export function expand(input: string, lookup: (name: string) => string | undefined): string {
  return input.replaceAll(simple, (found: string, name: string) => lookup(name) ?? found)
}
