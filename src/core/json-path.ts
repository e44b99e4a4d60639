// The subset of JSON path that checks use: `$`, `.name`, `['any name']`, `[0]`, `[*]`. `[*]` stands for every element of
// a list or every value of an object, and all of them must match. `.length` of a list is its number of elements.
import type { JsonValue } from './json.ts'
import { err, ok, type Result } from './result.ts'

export type JsonPathPart =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'all' }
export type JsonPath = readonly JsonPathPart[]

/** One place a path leads to. `value` is absent when nothing is there; `empty`: `[*]` met a list without elements, so
 *  there is nothing that could match. */
export interface Selected {
  /** The concrete path: `$.items[2].id`. */
  readonly at: string
  readonly value?: JsonValue
  readonly empty?: true
}

const forms: readonly {
  readonly pattern: RegExp
  readonly part: (groups: RegExpExecArray) => JsonPathPart
}[] = [
  { pattern: /\.([\p{L}_$][\p{L}\p{N}_$-]*)/uy, part: groups => ({ kind: 'name', name: groups[1] ?? '' }) },
  { pattern: /\[(\d{1,9})\]/y, part: groups => ({ kind: 'index', index: Number(groups[1]) }) },
  { pattern: /\[\*\]/y, part: () => ({ kind: 'all' }) },
  {
    pattern: /\['((?:[^'\\]|\\['\\])*)'\]/y,
    part: groups => ({ kind: 'name', name: unquote(groups[1] ?? '') }),
  },
  {
    pattern: /\["((?:[^"\\]|\\["\\])*)"\]/y,
    part: groups => ({ kind: 'name', name: unquote(groups[1] ?? '') }),
  },
]

/** The error is one sentence that says what cannot be read and what can. */
export function parseJsonPath(input: string): Result<JsonPath, string> {
  if (!input.startsWith('$'))
    return err(`must start with "$", such as "$.status"; got ${JSON.stringify(input)}`)
  const path: JsonPathPart[] = []
  let position = 1
  while (position < input.length) {
    const next = readPart(input, position)
    if (next === undefined) {
      const rest = JSON.stringify(input.slice(position, position + 20))
      return err(`cannot be read from ${rest} on; known are .name, ['any name'], [0] and [*]`)
    }
    path.push(next.part)
    position = next.end
  }
  return ok(path)
}

function readPart(input: string, position: number): { part: JsonPathPart; end: number } | undefined {
  for (const { pattern, part } of forms) {
    // A copy, because lastIndex is state and these expressions are shared.
    const sticky = new RegExp(pattern)
    sticky.lastIndex = position
    const groups = sticky.exec(input)
    if (groups) return { part: part(groups), end: sticky.lastIndex }
  }
  return undefined
}

function unquote(quoted: string): string {
  return quoted.replaceAll(/\\(.)/g, '$1')
}

/** Every place the path leads to in `value`; never empty and never throws. */
export function selectJson(path: JsonPath, value: JsonValue): readonly Selected[] {
  let selected: readonly Selected[] = [{ at: '$', value }]
  for (const part of path) selected = selected.flatMap(from => step(from, part))
  return selected
}

function step(from: Selected, part: JsonPathPart): readonly Selected[] {
  if (part.kind === 'all') return every(from)
  const at = `${from.at}${formatPart(part)}`
  if (from.empty) return [from]
  const value = part.kind === 'name' ? named(from.value, part.name) : indexed(from.value, part.index)
  return [value === undefined ? { at } : { at, value }]
}

function every(from: Selected): readonly Selected[] {
  const { at, value } = from
  if (from.empty) return [from]
  if (typeof value !== 'object' || value === null) return [{ at: `${at}[*]` }]
  const entries = isList(value)
    ? value.map((element, index) => ({ at: `${at}[${index}]`, value: element }))
    : Object.entries(value).map(([name, element]) => ({
        at: `${at}${formatPart({ kind: 'name', name })}`,
        value: element,
      }))
  return entries.length > 0 ? entries : [{ at: `${at}[*]`, empty: true }]
}

function named(value: JsonValue | undefined, name: string): JsonValue | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (isList(value)) return name === 'length' ? value.length : undefined
  // Own names only: an answer has no "constructor" unless the app wrote one.
  return Object.hasOwn(value, name) ? value[name] : undefined
}

function indexed(value: JsonValue | undefined, index: number): JsonValue | undefined {
  return isList(value) ? value[index] : undefined
}

/** Array.isArray does not narrow a readonly array. */
export function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value)
}

export function formatJsonPath(path: JsonPath): string {
  return `$${path.map(formatPart).join('')}`
}

function formatPart(part: JsonPathPart): string {
  if (part.kind === 'all') return '[*]'
  if (part.kind === 'index') return `[${part.index}]`
  if (/^[\p{L}_$][\p{L}\p{N}_$-]*$/u.test(part.name)) return `.${part.name}`
  return `['${part.name.replaceAll(/['\\]/g, '\\$&')}']`
}
