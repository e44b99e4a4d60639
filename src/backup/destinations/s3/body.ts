// The bytes of an object as a stream that never takes the end of the connection for the end of the object.
import { addAbortSignal, Readable } from 'node:stream'
import { text } from '../../../core/lang.ts'
import { ProblemError } from '../../../core/problem.ts'
import { oddAnswer, problemOf, type Store } from './problems.ts'

/** How long a store may say nothing while somebody waits for its bytes. */
const silence = 60_000

/** `bytes`: how many must come. Not one of them is asked for before somebody takes it. */
export function wholeBody(
  store: Store,
  path: string,
  body: Readable,
  bytes: number,
  signal?: AbortSignal,
): Readable {
  if (signal) addAbortSignal(signal, body)
  return Readable.from(pieces(store, path, body, bytes), { objectMode: false, highWaterMark: 65_536 })
}

async function* pieces(store: Store, path: string, body: Readable, bytes: number): AsyncGenerator<Buffer> {
  let got = 0
  const iterator = body[Symbol.asyncIterator]()
  try {
    for (;;) {
      const timer = setTimeout(() => body.destroy(new Error(`no byte within ${silence / 1000} s`)), silence)
      const next = await iterator.next().finally(() => clearTimeout(timer))
      if (next.done) break
      got += next.value.length
      yield next.value
    }
  } catch (error) {
    throw ProblemError.is(error) ? error : new ProblemError(problemOf(store, path, error))
  } finally {
    body.destroy()
  }
  if (got !== bytes)
    throw oddAnswer(
      store,
      text(`${bytes} bytes were announced and ${got} came`, `${bytes} Bytes waren angekündigt, ${got} kamen`),
    )
}
