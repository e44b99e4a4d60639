// Walks data and its zod schema side by side. The schema decides what a value is meant to be: which branch of a union,
// whether a string is a shell command, whether `x-` keys are notes.
import type { z } from 'zod'
import { closest } from '../core/closest.ts'
import { isMapping, type Path } from './path.ts'

type Schema = z.core.$ZodType

export function definition(schema: Schema): z.core.$ZodTypes['_zod']['def'] {
  return (schema as z.core.$ZodTypes)._zod.def
}

/** The schema of the value itself: without optional, default and the transformation that follows. */
export function unwrap(schema: Schema): Schema {
  const def = definition(schema)
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'readonly':
    case 'catch':
    case 'nonoptional':
      return unwrap(def.innerType)
    case 'pipe':
      return unwrap(def.in)
    default:
      return schema
  }
}

/** What `.meta()` said, on the schema itself or on one of its wrappers; the outermost wins. */
export function metaOf(schema: Schema): Readonly<Record<string, unknown>> {
  const meta = (schema as z.ZodType).meta() ?? {}
  const def = definition(schema)
  const inner = 'innerType' in def ? def.innerType : def.type === 'pipe' ? def.in : undefined
  return inner === undefined ? meta : { ...metaOf(inner), ...meta }
}

/** The keys of a strict object, or undefined for anything else. */
export function shapeOf(schema: Schema): Readonly<Record<string, Schema>> | undefined {
  const def = definition(unwrap(schema))
  return def.type === 'object' ? def.shape : undefined
}

/** The values of a literal or an enum; undefined for anything else. */
export function allowedValues(schema: Schema): readonly unknown[] | undefined {
  const def = definition(unwrap(schema))
  if (def.type === 'literal') return def.values
  return def.type === 'enum' ? Object.values(def.entries) : undefined
}

/** The branch of a union that the writer of `value` meant, or undefined when it fits none. */
export function chooseBranch(union: Schema, value: unknown): Schema | undefined {
  const def = definition(unwrap(union))
  if (def.type !== 'union') return undefined
  const fitting = def.options.filter(option => fitsType(option, value))
  if (!isMapping(value)) return fitting.find(option => allowedValues(option)?.includes(value)) ?? fitting[0]
  const discriminator = 'discriminator' in def ? String(def.discriminator) : undefined
  return (discriminator && byKind(fitting, discriminator, value[discriminator])) || byKeys(fitting, value)
}

function byKind(options: readonly Schema[], discriminator: string, kind: unknown): Schema | undefined {
  const kinds = new Map<string, Schema>()
  for (const option of options) {
    for (const literal of allowedValues(shapeOf(option)?.[discriminator] ?? option) ?? [])
      kinds.set(String(literal), option)
  }
  return typeof kind === 'string' ? kinds.get(closest(kind, kinds.keys()) ?? '') : undefined
}

/** The option that knows most of the keys; a key that is nearly right counts half. */
function byKeys(options: readonly Schema[], value: Readonly<Record<string, unknown>>): Schema | undefined {
  let best: Schema | undefined
  let bestScore = -1
  for (const option of options) {
    const known = Object.keys(shapeOf(option) ?? {})
    let score = 0
    for (const key of Object.keys(value)) score += known.includes(key) ? 2 : closest(key, known) ? 1 : 0
    if (score > bestScore) {
      best = option
      bestScore = score
    }
  }
  return best
}

/** Whether a value of this type can be valid at all. */
export function fitsType(schema: Schema, value: unknown): boolean {
  const def = definition(unwrap(schema))
  switch (def.type) {
    case 'object':
    case 'record':
      return isMapping(value)
    case 'array':
      return Array.isArray(value)
    case 'string':
    case 'number':
    case 'boolean':
      return typeof value === def.type
    case 'null':
      return value === null
    case 'literal':
    case 'enum':
      return (allowedValues(schema) ?? []).some(allowed => typeof allowed === typeof value)
    case 'union':
      return def.options.some(option => fitsType(option, value))
    default:
      return true
  }
}

/** The schema of the value at `path`, following the branches that `value` means. */
export function schemaAt(schema: Schema, path: Path, value: unknown): Schema | undefined {
  const [part, ...rest] = path
  if (part === undefined) return schema
  const def = definition(unwrap(schema))
  const inner = typeof value === 'object' && value !== null ? Reflect.get(value, part) : undefined
  switch (def.type) {
    case 'object': {
      const next = Object.hasOwn(def.shape, part) ? def.shape[part] : undefined
      return next && schemaAt(next, rest, inner)
    }
    case 'record':
      return schemaAt(def.valueType, rest, inner)
    case 'array':
      return schemaAt(def.element, rest, inner)
    case 'union': {
      const branch = chooseBranch(schema, value)
      return branch && schemaAt(branch, path, value)
    }
    default:
      return undefined
  }
}

/** A string of the document: where it is, and whether it is a shell command. */
export type MapString = (value: string, path: Path, shell: boolean) => string

/** A copy of `value` with each string mapped, and without the `x-` keys of strict objects. Data that has no schema
 *  (such as an override) is taken as it is. */
export function transform(schema: Schema, value: unknown, map: MapString, path: Path = []): unknown {
  const def = definition(unwrap(schema))
  if (def.type === 'unknown') return value
  if (def.type === 'union') {
    const branch = chooseBranch(schema, value)
    return branch ? transform(branch, value, map, path) : value
  }
  if (typeof value === 'string') return map(value, path, metaOf(schema)['shell'] === true)
  if (Array.isArray(value)) {
    const element = def.type === 'array' ? def.element : undefined
    return element ? value.map((item, index) => transform(element, item, map, [...path, index])) : value
  }
  if (!isMapping(value)) return value
  const entries = Object.entries(value)
  if (def.type === 'record') {
    return Object.fromEntries(
      entries.map(([key, item]) => [key, transform(def.valueType, item, map, [...path, key])]),
    )
  }
  if (def.type !== 'object') return value
  return Object.fromEntries(
    entries
      .filter(([key]) => !key.startsWith('x-'))
      .map(([key, item]) => {
        const inner = Object.hasOwn(def.shape, key) ? def.shape[key] : undefined
        return [key, inner ? transform(inner, item, map, [...path, key]) : item]
      }),
  )
}
