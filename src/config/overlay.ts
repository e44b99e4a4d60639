// Lays the override of an environment over the general sections.
import type { z } from 'zod'
import { isMapping } from './path.ts'
import { chooseBranch, definition, fitsType, schemaAt, unwrap } from './walk.ts'

/** Mappings merge key by key, everything else replaces: a list is replaced whole. `null` removes a key, except where
 *  null is a value of its own (a matcher). An entry that changes its kind replaces the old one: keys of the old kind
 *  would make no sense in the new. */
export function overlay(schema: z.core.$ZodType, base: unknown, over: unknown): unknown {
  if (!isMapping(base) || !isMapping(over) || changesBranch(schema, base, over)) return over
  const merged = new Map(Object.entries(base))
  for (const [key, value] of Object.entries(over)) {
    const inner = schemaAt(schema, [key], { ...base, ...over })
    if (value === null && !(inner && fitsType(inner, null))) merged.delete(key)
    else merged.set(key, inner ? overlay(inner, merged.get(key), value) : value)
  }
  return Object.fromEntries(merged)
}

function changesBranch(
  schema: z.core.$ZodType,
  base: Readonly<Record<string, unknown>>,
  over: Readonly<Record<string, unknown>>,
): boolean {
  const def = definition(unwrap(schema))
  if (def.type !== 'union') return false
  if ('discriminator' in def) {
    const kind = over[String(def.discriminator)]
    return kind !== undefined && kind !== base[String(def.discriminator)]
  }
  return chooseBranch(schema, base) !== chooseBranch(schema, over)
}
