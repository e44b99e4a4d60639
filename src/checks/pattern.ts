// Regular expressions that users wrote, on texts that strangers wrote. Some pairs take for ever, and while one is tried nothing
// else of this program goes on, no deadline either: each trial has a time of its own.
import { createContext, Script } from 'node:vm'

/** Milliseconds; what is readable at all takes a few. */
const limit = 1500

const find = new Script(`(() => {
  const found = new RegExp(pattern, 'u').exec(input)
  return found === null ? null : [...found].map(one => (one ?? '').replaceAll('\\u0000', ' ')).join('\\u0000')
})()`)
const sieve = new Script(`(() => {
  const [bad, ...fine] = patterns.map(one => new RegExp(one, 'u'))
  return lines.flatMap((line, index) => bad.test(line) && !fine.some(one => one.test(line)) ? [index] : []).join(' ')
})()`)

export type Found =
  /** `groups`: the whole match, then what its groups took. */
  { readonly kind: 'match'; readonly groups: readonly string[] } | { readonly kind: 'none' | 'endless' }

/** Throws for a pattern that is none. */
export function findPattern(pattern: string, input: string): Found {
  const ended = run(find, { pattern, input })
  if (ended === undefined) return { kind: 'endless' }
  if (typeof ended !== 'string') return { kind: 'none' }
  return { kind: 'match', groups: ended.split('\u0000') }
}

/** Which of the lines match `bad` and none of `fine`; undefined: that takes for ever. */
export function siftLines(
  lines: readonly string[],
  bad: string,
  fine: readonly string[],
): readonly number[] | undefined {
  const ended = run(sieve, { lines, patterns: [bad, ...fine] })
  if (typeof ended !== 'string') return undefined
  return ended === '' ? [] : ended.split(' ').map(Number)
}

/** What it came to; undefined when its time was up. */
function run(script: Script, values: Readonly<Record<string, unknown>>): unknown {
  try {
    return script.runInContext(createContext({ ...values }), { timeout: limit })
  } catch (error) {
    // Not instanceof: it comes from the other context.
    if (Object(error).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined
    throw error
  }
}
