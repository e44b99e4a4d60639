// `${NAME}` in what a check sends. Values are put in at the last moment and taken out of everything that comes back.
import { redact, redactJson } from '../core/redact.ts'
import type { Attempt, CheckContext } from './context.ts'

const reference = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\{\{\s*([A-Za-z_][A-Za-z0-9_-]*)\s*\}\}/g

type Known = Pick<CheckContext, 'secret' | 'redact'>

/** Resolves references and remembers what it gave away. */
export class References {
  readonly #secret: Known['secret']
  readonly #known: Known['redact']
  readonly #values = new Set<string>()
  readonly #short = new Set<string>()
  readonly #missing = new Set<string>()
  readonly #saved: ReadonlyMap<string, string>

  /** `saved`: what earlier steps of a flow saved, for `{{name}}`; it may grow. */
  constructor({ secret, redact: known }: Known, saved: ReadonlyMap<string, string> = new Map()) {
    this.#secret = secret
    this.#known = known
    this.#saved = saved
  }

  resolve(input: string): string {
    return this.#resolve(input, value => value)
  }

  /** The same for an address: a saved value is one piece of it, whatever characters it holds. */
  resolveUrl(input: string): string {
    return this.#resolve(input, onePiece)
  }

  /** Puts in what was saved, and no secret: for what is expected. */
  filled(input: string): string {
    return input.replaceAll(reference, (whole, _, saved = '') => this.#saved.get(saved) ?? whole)
  }

  // Both kinds at once: what a server answered must not be taken for a reference.
  #resolve(input: string, encode: (value: string) => string): string {
    return input.replaceAll(reference, (whole, name: string | undefined, saved = '') => {
      if (name === undefined) {
        const value = this.#saved.get(saved)
        return value === undefined ? whole : encode(value)
      }
      const value = this.#secret(name)
      if (value === undefined) {
        this.#missing.add(name)
        return whole
      }
      this.#values.add(value)
      return value
    })
  }

  /** The secrets a shell command names; a name that is no secret is left to the shell. */
  named(command: string): readonly { readonly name: string; readonly value: string }[] {
    const names = new Set(
      [...command.matchAll(/\$\{?([A-Za-z_][A-Za-z0-9_]*)/g)].map(([, name = '']) => name),
    )
    return [...names].flatMap(name => {
      const value = this.#secret(name)
      if (value === undefined) return []
      this.#values.add(value)
      return [{ name, value }]
    })
  }

  /** Takes a value that was made from a secret out of everything that comes back. */
  hide(value: string): void {
    this.#values.add(value)
  }

  /** The same for a value that is known to be secret however short it is; taken out where it stands as a word. */
  hideWord(value: string): void {
    if (value !== '') this.#short.add(value)
    this.#values.add(value)
  }

  /** Names asked for that have no value. */
  get missing(): readonly string[] {
    return [...this.#missing]
  }

  // What was made from a secret is known by its whole, and by what is left of it once that secret is taken out.
  readonly redact = (input: string): string => {
    const values = [...this.#values].flatMap(value => [value, this.#known(value)])
    return this.#withoutShort(redact(this.#known(input), values))
  }

  /** A code of four digits is too short for `redact`, which would take it out of every other number. */
  #withoutShort(input: string): string {
    let output = input
    for (const value of this.#short) {
      const literal = value.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
      output = output.replaceAll(
        new RegExp(`(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`, 'gu'),
        '[secret]',
      )
    }
    return output
  }

  /** The attempt without any value: in its sentence and its details. */
  cleaned({ verdict, observed, details }: Attempt): Attempt {
    return {
      verdict,
      observed: redactJson(observed, this.redact),
      details: redactJson(details, this.redact),
    }
  }
}

/** Dots alone would lead to the directory above, encoded once as well. */
function onePiece(value: string): string {
  return /^\.{1,2}$/.test(value) ? value.replaceAll('.', '%252e') : encodeURIComponent(value)
}
