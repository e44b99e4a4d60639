// `${NAME}` in what a check sends. Values are put in at the last moment and taken out of everything that comes back.
import { text } from '../core/lang.ts'
import { redact } from '../core/redact.ts'
import type { Attempt } from './context.ts'

const reference = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g

/** Resolves references and remembers what it gave away. */
export class References {
  readonly #secret: (name: string) => string | undefined
  readonly #values = new Set<string>()
  readonly #missing = new Set<string>()

  constructor(secret: (name: string) => string | undefined) {
    this.#secret = secret
  }

  resolve(input: string): string {
    return input.replaceAll(reference, (whole, name: string) => {
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

  /** Names asked for that have no value. */
  get missing(): readonly string[] {
    return [...this.#missing]
  }

  readonly redact = (input: string): string => redact(input, [...this.#values])

  /** The attempt without any value: in its sentence and its details. */
  cleaned({ verdict, observed, details }: Attempt): Attempt {
    const strings = Object.entries(details).map(([key, value]) => [
      key,
      typeof value === 'string' ? this.redact(value) : value,
    ])
    return {
      verdict,
      observed: text(this.redact(observed.en), this.redact(observed.de)),
      details: Object.fromEntries(strings),
    }
  }
}
