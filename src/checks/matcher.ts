// The one matcher language: what a value must be, and the sentence that says why it is not. Never throws. A missing value
// fails unless `exists: false` asks for it; a value of another type fails and is named with its type.
import type { Matcher } from '../config/schema/check.ts'
import type { JsonValue } from '../core/json.ts'
import { isList } from '../core/json-path.ts'
import { type Text, text } from '../core/lang.ts'
import { findPattern } from './pattern.ts'

export interface MatchOptions {
  /** `json` compares types too. `text` is for headers, bodies and outputs, where a number can only arrive as text: there
   *  5 equals "5", and min and max read a decimal number. */
  readonly source: Source
  /** Applied to a whole value before it is shortened, or half a secret would stay readable. */
  readonly redact: (input: string) => string
}
type Source = 'json' | 'text'

type Rules = Exclude<Matcher, string | number | boolean | null>
type Wanted<K extends keyof Rules> = Exclude<Rules[K], undefined>
interface Rule<W> {
  /** Whether the value is of a type the rule can look at; absent: any. */
  readonly fits?: (value: JsonValue, source: Source) => boolean
  readonly holds: (value: JsonValue, wanted: W, source: Source) => boolean
  /** What is expected, to follow "expected". */
  readonly words: (wanted: W) => Text
}

const rules: { readonly [K in keyof Required<Rules>]: Rule<Wanted<K>> } = {
  exists: {
    holds: (_, wanted) => wanted,
    words: wanted => (wanted ? text('any value', 'irgendein Wert') : text('no value', 'kein Wert')),
  },
  equals: { holds: same, words: wanted => text(literal(wanted), literal(wanted)) },
  not: {
    holds: (value, refused, source) => !same(value, refused, source),
    words: refused => text(`anything but ${literal(refused)}`, `alles außer ${literal(refused)}`),
  },
  oneOf: {
    holds: (value, wanted, source) => wanted.some(one => same(value, one, source)),
    words: wanted => {
      const list = wanted.map(literal).join(', ')
      return text(`one of ${list}`, `eines von ${list}`)
    },
  },
  contains: {
    fits: value => typeof value === 'string' || isList(value),
    holds: (value, part) =>
      typeof value === 'string' ? value.includes(part) : isList(value) && value.includes(part),
    words: part => text(`something that contains ${literal(part)}`, `etwas, das ${literal(part)} enthält`),
  },
  matches: {
    fits: value => typeof value === 'string',
    holds: (value, source) => typeof value === 'string' && fitsPattern(value, source),
    words: source => text(`a match of /${source}/u`, `etwas, das zu /${source}/u passt`),
  },
  min: {
    fits: (value, source) => number(value, source) !== undefined,
    holds: (value, least, source) => (number(value, source) ?? Number.NaN) >= least,
    words: least => text(`at least ${least}`, `mindestens ${least}`),
  },
  max: {
    fits: (value, source) => number(value, source) !== undefined,
    holds: (value, most, source) => (number(value, source) ?? Number.NaN) <= most,
    words: most => text(`at most ${most}`, `höchstens ${most}`),
  },
  minItems: {
    fits: value => isList(value),
    holds: (value, least) => isList(value) && value.length >= least,
    words: least => text(`a list of at least ${least}`, `eine Liste mit mindestens ${least}`),
  },
}
const keys = Object.keys(rules) as readonly (keyof Rules)[]

/** Why `value` (undefined: nothing is there) does not match, as `<name> is <value>, expected <what>`; undefined when it
 *  does. */
export function match(
  name: Text,
  value: JsonValue | undefined,
  matcher: Matcher,
  options: MatchOptions,
): Text | undefined {
  const wanted = rulesOf(matcher)
  if (value === undefined) return wanted.exists === false ? undefined : missing(name, wanted)
  const broken = keys.map(key => judge(key, wanted, value, options.source)).filter(one => one !== undefined)
  if (broken.length === 0) return undefined
  const note = broken.some(one => one.wrongType) ? typeName(value) : undefined
  const shown = show(value, options.redact)
  return text(
    `${name.en} is ${shown}${note ? ` (${note.en})` : ''}, expected ${broken.map(one => one.words.en).join(' and ')}`,
    `${name.de} ist ${shown}${note ? ` (${note.de})` : ''}, erwartet ${broken.map(one => one.words.de).join(' und ')}`,
  )
}

function rulesOf(matcher: Matcher): Rules {
  return typeof matcher === 'object' && matcher !== null ? matcher : { equals: matcher }
}

function judge<K extends keyof Rules>(key: K, all: Rules, value: JsonValue, source: Source) {
  const wanted = all[key]
  if (wanted === undefined) return undefined
  const rule: Rule<Wanted<K>> = rules[key]
  if (rule.holds(value, wanted as Wanted<K>, source)) return undefined
  return { words: rule.words(wanted as Wanted<K>), wrongType: rule.fits?.(value, source) === false }
}

function wordsOf<K extends keyof Rules>(key: K, all: Rules): Text | undefined {
  const rule: Rule<Wanted<K>> = rules[key]
  return all[key] === undefined ? undefined : rule.words(all[key] as Wanted<K>)
}

function missing(name: Text, all: Rules): Text {
  const named = keys.filter(key => key !== 'exists' || Object.keys(all).length === 1)
  const parts = named.map(key => wordsOf(key, all)).filter(part => part !== undefined)
  return text(
    `${name.en} is missing, expected ${parts.map(part => part.en).join(' and ')}`,
    `${name.de} fehlt, erwartet ${parts.map(part => part.de).join(' und ')}`,
  )
}

function same(value: JsonValue, wanted: JsonValue, source: Source): boolean {
  if (source === 'text' && wanted !== null) return value === String(wanted)
  return value === wanted
}

/** One that takes for ever on this text does not match it: nobody has seen that it does. */
function fitsPattern(value: string, source: string): boolean {
  try {
    return findPattern(source, value).kind === 'match'
  } catch {
    return false
  }
}

/** A text counts as a number only where numbers arrive as text, and only when it is nothing else. */
function number(value: JsonValue, source: Source): number | undefined {
  if (typeof value === 'number') return value
  const readable = source === 'text' && typeof value === 'string' && /^\s*[+-]?\d+(\.\d+)?\s*$/.test(value)
  return readable ? Number(value) : undefined
}

/** Said when the type is the reason: "12" beside `at least 10` looks right otherwise. */
function typeName(value: JsonValue): Text {
  if (value === null) return text('nothing', 'nichts')
  if (isList(value)) return text(`a list of ${value.length}`, `eine Liste mit ${value.length}`)
  if (typeof value === 'string') return text('a text', 'ein Text')
  if (typeof value === 'number') return text('a number', 'eine Zahl')
  if (typeof value === 'boolean') return text('a truth value', 'ein Wahrheitswert')
  return text('an object', 'ein Objekt')
}

const longest = 120

function show(value: JsonValue, redact: (input: string) => string): string {
  const whole = redact(literal(value))
  return whole.length <= longest ? whole : `${whole.slice(0, longest)}…`
}

function literal(value: JsonValue): string {
  try {
    return JSON.stringify(value)
  } catch {
    // Nested deeper than the stack: what it is matters more than what is in it.
    return isList(value) ? '[…]' : '{…}'
  }
}
