// A value that prints as [secret] everywhere. `reveal()` is the only way out, and it is easy to grep for.
import { redact } from './redact.ts'

const inspect = Symbol.for('nodejs.util.inspect.custom')

export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  reveal(): string {
    return this.#value
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }

  [inspect](): string {
    return '[secret]'
  }
}

/** A function that scrubs the given secrets out of any text: outputs, errors, events, reports. */
export function redactor(secrets: Iterable<Secret>): (input: string) => string {
  const values = [...secrets].map(secret => secret.reveal())
  return input => redact(input, values)
}
