// One limit over everything an attempt does, whatever hangs: the tunnel, the connection, the answer or its end.
import type { Clock } from '../core/clock.ts'

export type Ended<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'aborted' }

/** Runs `act` for at most `ms`; then its signal is aborted and what it still does is no longer waited for. Rejects only
 *  when `act` rejects in time. */
export async function withDeadline<T>(
  ms: number,
  context: { readonly clock: Clock; readonly signal: AbortSignal },
  act: (signal: AbortSignal) => Promise<T>,
): Promise<Ended<T>> {
  const over = new AbortController()
  const settled = new AbortController()
  const stop = AbortSignal.any([settled.signal, context.signal])
  const late = context.clock.sleep(ms, stop).then((): Ended<T> => {
    return context.signal.aborted ? { kind: 'aborted' } : { kind: 'timeout' }
  })
  const acting = act(over.signal).then((value): Ended<T> => ({ kind: 'done', value }))
  try {
    return await Promise.race([late, acting])
  } finally {
    settled.abort()
    over.abort()
    // What it throws because it was stopped is no news.
    acting.catch(() => undefined)
  }
}
