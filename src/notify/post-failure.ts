// Why a POST did not arrive, without a word that may hold its address.
import { text } from '../core/lang.ts'
import { type Failure, timeout } from './channel.ts'

export function answered(status: number): Failure {
  return {
    again: status >= 500 || status === 429,
    why: text(`it answered ${status}`, `die Antwort war ${status}`),
  }
}

/** Of what fetch threw the code alone: a message may hold the address. */
export function broken(error: unknown): Failure {
  const { name, cause } = error as { readonly name?: string; readonly cause?: { readonly code?: unknown } }
  const code = typeof cause?.code === 'string' ? ` (${cause.code})` : ''
  return {
    again: true,
    why:
      name === 'TimeoutError'
        ? text(`no answer within ${timeout / 1000} s`, `keine Antwort innerhalb von ${timeout / 1000} s`)
        : text(
            `the connection broke or was not made${code}`,
            `die Verbindung brach ab oder kam nicht zustande${code}`,
          ),
  }
}
