// What zod found, in words for the person who wrote the file. zod sees a value; the writer sees a key, so a union is
// explained by the branch that was meant and a missing key by its parent.
import type { z } from 'zod'
import { closest } from '../core/closest.ts'
import { type Text, text } from '../core/lang.ts'
import { formatPath, isMapping, type Path, valueAt } from './path.ts'
import { type Finding, faults, finding } from './problems.ts'
import { said } from './schema/words.ts'
import { isClear, isSecretKey } from './secret-name.ts'
import { allowedValues, chooseBranch, definition, metaOf, schemaAt, shapeOf, unwrap } from './walk.ts'

type Schema = z.core.$ZodType
type Issue = z.core.$ZodIssue

/** Everything wrong with `value` by the schema; empty when nothing is. `path`: where `value` stands in the config. */
export function check(schema: Schema, value: unknown, path: Path = []): Finding[] {
  const notes = examine(schema, value, path)
  // A key that is only misspelt is not missing as well.
  const meant = new Set(notes.map(note => note.suggests))
  return notes.filter(note => note.lacks === undefined || !meant.has(note.lacks)).map(note => note.finding)
}

interface Note {
  readonly finding: Finding
  /** The path of the key that an unknown key probably means. */
  readonly suggests?: string
  /** The path of a key that is missing. */
  readonly lacks?: string
}

function examine(schema: Schema, value: unknown, path: Path): Note[] {
  const result = (schema as z.ZodType).safeParse(value)
  if (result.success) return []
  const notes: Note[] = []
  const explained = new Set<string>()
  const unknown = new Set(
    result.error.issues.filter(issue => issue.code === 'unrecognized_keys').map(issue => keyOf(issue.path)),
  )
  for (const issue of result.error.issues) {
    const inner = issue.path.map(part => (typeof part === 'number' ? part : String(part)))
    // The condition of a mapping says little while one of its keys is unknown.
    if (issue.code === 'custom' && unknown.has(keyOf(inner))) continue
    // A name is wrong whatever its value is.
    const union = plainUnion(schema, value, issue.code === 'invalid_key' ? inner.slice(0, -1) : inner)
    if (union === undefined) notes.push(...explain(schema, value, path, inner, issue))
    else if (!explained.has(keyOf(union.at))) {
      explained.add(keyOf(union.at))
      const word = wordForMapping(union, valueAt(value, union.at), [...path, ...union.at])
      if (word !== undefined) {
        notes.push(word)
        continue
      }
      notes.push(...examine(union.branch, valueAt(value, union.at), [...path, ...union.at]))
    }
  }
  return notes
}

function keyOf(path: readonly PropertyKey[]): string {
  return JSON.stringify(path.map(String))
}

/** The outermost union without a discriminator on the way to an issue, and the branch that was meant. zod may have
 *  reported another branch, or all of them. */
function plainUnion(
  schema: Schema,
  root: unknown,
  path: Path,
): { at: Path; branch: Schema; options: readonly Schema[] } | undefined {
  for (let length = 0; length <= path.length; length++) {
    const at = path.slice(0, length)
    const target = schemaAt(schema, at, root)
    if (target === undefined) return undefined
    const def = definition(unwrap(target))
    if (def.type !== 'union' || 'discriminator' in def || missingKey(root, at) !== undefined) continue
    const branch = chooseBranch(target, valueAt(root, at))
    if (branch) return { at, branch, options: def.options }
  }
  return undefined
}

/** One word where a fixed word or a mapping is allowed: it is probably what the first key of the mapping asks for. */
function wordForMapping(
  { branch, options }: { readonly branch: Schema; readonly options: readonly Schema[] },
  value: unknown,
  path: Path,
): Note | undefined {
  if (typeof value !== 'string' || definition(unwrap(branch)).type !== 'literal') return undefined
  const [key, inner] = Object.entries(options.map(shapeOf).find(shape => shape !== undefined) ?? {})[0] ?? []
  if (key === undefined || inner === undefined) return undefined
  if (closest(value, (allowedValues(branch) ?? []).map(String)) !== undefined) return undefined
  const { examples } = metaOf(inner)
  const example = Array.isArray(examples) ? String(examples[0]) : '...'
  const word = (inner as z.ZodType).safeParse(value).success ? value : example
  const hint = text(`Write it as { ${key}: ${word} }`, `So schreiben: { ${key}: ${word} }`)
  const fault = faults.wrongType(formatPath(path), or(options.map(typeName)), quote(value, path), hint)
  return { finding: finding(fault, { path, on: 'value' }) }
}

function explain(schema: Schema, root: unknown, base: Path, inner: Path, issue: Issue): Note[] {
  const path = [...base, ...inner]
  const value = valueAt(root, inner)
  const name = formatPath(path)
  switch (issue.code) {
    case 'unrecognized_keys': {
      const target = schemaAt(schema, inner, root)
      const known = Object.keys((target && shapeOf(chooseBranch(target, value) ?? target)) ?? {})
      // A key that is already there is hardly what a second one was meant to be.
      const free = known.filter(other => !(isMapping(value) && Object.hasOwn(value, other)))
      return issue.keys.map(key => {
        const near = closest(key, free)
        return {
          finding: finding(faults.unknownKey(key, name, near, known), { path: [...path, key], on: 'key' }),
          ...(near !== undefined && { suggests: keyOf([...path, near]) }),
        }
      })
    }
    case 'invalid_key': {
      const key = String(inner.at(-1))
      const must = words(issue.issues[0]?.message) ?? text('is not a name', 'ist kein Name')
      return [
        { finding: finding(faults.badName(formatPath(path.slice(0, -1)), key, must), { path, on: 'key' }) },
      ]
    }
    case 'invalid_union':
      return explainUnion(schema, root, base, inner)
    default:
  }
  const target = schemaAt(schema, inner, root)
  const missing = missingKey(root, inner)
  if (missing !== undefined && issue.code !== 'custom') return [lacks(missing, path.slice(0, -1), target)]
  return [{ finding: finding(explainValue(issue, path, value, target), { path, on: 'value' }) }]
}

/** The key, when it is absent from a mapping that is there. */
function missingKey(root: unknown, path: Path): string | undefined {
  const key = path.at(-1)
  const parent = valueAt(root, path.slice(0, -1))
  return typeof key === 'string' && isMapping(parent) && !Object.hasOwn(parent, key) ? key : undefined
}

function lacks(key: string, parent: Path, target: Schema | undefined, allowed?: readonly string[]): Note {
  const { description, de, examples } = target ? metaOf(target) : {}
  const about =
    typeof description === 'string' ? text(description, typeof de === 'string' ? de : description) : undefined
  const example = allowed
    ? allowed.join(' | ')
    : Array.isArray(examples)
      ? JSON.stringify(examples[0])
      : undefined
  const known = allowed ? undefined : about
  const snippet = example === undefined ? undefined : `${key}: ${example}`
  const fault = faults.missingKey(key, formatPath(parent), known, snippet)
  return { finding: finding(fault, { path: parent, on: 'key' }), lacks: keyOf([...parent, key]) }
}

/** A union that no branch fits, or one with a discriminator that is wrong. */
function explainUnion(schema: Schema, root: unknown, base: Path, inner: Path): Note[] {
  // zod reports a wrong discriminator at its key; the union is the parent.
  const direct = schemaAt(schema, inner, root)
  const isUnion = direct !== undefined && definition(unwrap(direct)).type === 'union'
  const at = isUnion ? inner : inner.slice(0, -1)
  const union = isUnion ? direct : schemaAt(schema, at, root)
  const value = valueAt(root, at)
  const path = [...base, ...at]
  const missing = missingKey(root, at)
  if (missing !== undefined) return [lacks(missing, path.slice(0, -1), union)]
  const def = union && definition(unwrap(union))
  const options = def?.type === 'union' ? def.options : []
  const discriminator = def && 'discriminator' in def ? String(def.discriminator) : undefined
  if (union === undefined || discriminator === undefined || !isMapping(value)) {
    const fault = faults.wrongType(formatPath(path), or(options.map(typeName)), quote(value, path))
    return [{ finding: finding(fault, { path, on: 'value' }) }]
  }
  const kinds = options.flatMap(option => kindsOf(option, discriminator))
  const kind = value[discriminator]
  if (kind === undefined) return [lacks(discriminator, path, undefined, kinds)]
  const near = typeof kind === 'string' ? closest(kind, kinds) : undefined
  const place = [...path, discriminator]
  const fault = faults.notAllowed(formatPath(place), quote(kind, place), kinds, near)
  const wrong = { finding: finding(fault, { path: place, on: 'value' }) }
  // With a kind that is nearly right the rest of the entry can be looked at too.
  const branch = near === undefined ? undefined : chooseBranch(union, value)
  return branch ? [wrong, ...examine(branch, { ...value, [discriminator]: near }, path)] : [wrong]
}

function kindsOf(option: Schema, discriminator: string): string[] {
  const kind = shapeOf(option)?.[discriminator]
  return kind ? (allowedValues(kind) ?? []).map(String) : []
}

function explainValue(issue: Issue, path: Path, value: unknown, target: Schema | undefined) {
  const name = formatPath(path) || 'stellwerk.yaml'
  const got = quote(value, path)
  const own = words(issue.message)
  switch (issue.code) {
    case 'invalid_value': {
      const allowed = issue.values.map(String)
      return faults.notAllowed(
        name,
        got,
        allowed,
        typeof value === 'string' ? closest(value, allowed) : undefined,
      )
    }
    case 'invalid_type':
      return faults.wrongType(
        name,
        target ? typeName(target) : text('of another type', 'von anderer Art'),
        got,
        hidden(value, path) ? undefined : hint(issue.expected, value, target),
      )
    case 'too_small':
    case 'too_big':
      return faults.outOfRange(name, range(issue), Array.isArray(value) ? count(value.length) : got)
    case 'custom':
      if (own && typeof value === 'object') return faults.condition(name, own)
      return faults.wrongForm(name, own ?? text('is refused', 'wird abgelehnt'), got)
    default:
      return faults.wrongForm(name, own ?? text('has another form', 'hat eine andere Form'), got)
  }
}

function words(message: string | undefined): Text | undefined {
  return message === undefined ? undefined : said(message)
}

function range(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): Text {
  const least = issue.code === 'too_small'
  const limit = String(least ? issue.minimum : issue.maximum)
  if (issue.origin === 'array') {
    return least
      ? text(
          `needs at least ${limit} ${limit === '1' ? 'entry' : 'entries'}`,
          `braucht mindestens ${limit} ${limit === '1' ? 'Eintrag' : 'Einträge'}`,
        )
      : text(
          `may have at most ${limit} ${limit === '1' ? 'entry' : 'entries'}`,
          `darf höchstens ${limit} ${limit === '1' ? 'Eintrag' : 'Einträge'} haben`,
        )
  }
  if (issue.origin === 'string') {
    if (limit === '1') return text('must not be empty', 'darf nicht leer sein')
    return least
      ? text(`must have at least ${limit} characters`, `muss mindestens ${limit} Zeichen haben`)
      : text(`may have at most ${limit} characters`, `darf höchstens ${limit} Zeichen haben`)
  }
  return least
    ? text(`must be at least ${limit}`, `muss mindestens ${limit} sein`)
    : text(`must be at most ${limit}`, `darf höchstens ${limit} sein`)
}

function count(entries: number): Text {
  return text(String(entries), String(entries))
}

/** What a value of the schema is called. */
function typeName(schema: Schema): Text {
  const def = definition(unwrap(schema))
  switch (def.type) {
    case 'string':
      return text('text', 'ein Text')
    case 'number':
      return 'format' in def ? text('a whole number', 'eine ganze Zahl') : text('a number', 'eine Zahl')
    case 'boolean':
      return text('true or false', 'true oder false')
    case 'null':
      return text('null', 'null')
    case 'array':
      return text('a list', 'eine Liste')
    case 'object':
    case 'record':
      return text('a mapping (key: value)', 'eine Abbildung (Schlüssel: Wert)')
    case 'union':
      return or(def.options.map(typeName))
    default: {
      const allowed = (allowedValues(schema) ?? []).map(value => JSON.stringify(value))
      return or(allowed.map(value => text(value, value)))
    }
  }
}

function or(names: readonly Text[]): Text {
  const unique = [...new Map(names.map(name => [name.en, name])).values()]
  return text(unique.map(name => name.en).join(' or '), unique.map(name => name.de).join(' oder '))
}

function hidden(value: unknown, path: Path): boolean {
  const key = path.at(-1)
  return typeof value !== 'object' && typeof key === 'string' && isSecretKey(key) && isClear(value)
}

/** What was written, short enough for one line. */
function quote(value: unknown, path: Path): Text {
  if (hidden(value, path)) return text('a value that is not shown', 'ein Wert, der nicht gezeigt wird')
  if (value === undefined || value === null) return text('nothing', 'leer')
  if (Array.isArray(value)) return text('a list', 'eine Liste')
  if (typeof value === 'object') return text('a mapping', 'eine Abbildung')
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value)
  const short = shown.length > 60 ? `${shown.slice(0, 57)}..."` : shown
  return text(short, short)
}

function hint(expected: string, value: unknown, target: Schema | undefined): Text | undefined {
  if (expected === 'string' && (typeof value === 'number' || typeof value === 'boolean')) {
    const fits = target === undefined || (target as z.ZodType).safeParse(String(value)).success
    if (fits) return text(`Put it in quotes: "${value}"`, `In Anführungszeichen setzen: "${value}"`)
    const units = { duration: ['s', 'ms'], size: ['MB', 'GB'] }[String(metaOf(target)['title'])]
    if (units === undefined || typeof value === 'boolean') return undefined
    const [one, other] = units.map(unit => `${value}${unit}`)
    return text(`Give it a unit: ${one} or ${other}`, `Mit Einheit schreiben: ${one} oder ${other}`)
  }
  if (expected === 'array' && typeof value !== 'object')
    return text(`Write it as a list: [${value}]`, `Als Liste schreiben: [${value}]`)
  if ((expected === 'number' || expected === 'int') && typeof value === 'string' && /^\d+$/.test(value)) {
    return text(`Write it without quotes: ${value}`, `Ohne Anführungszeichen schreiben: ${value}`)
  }
  return undefined
}
