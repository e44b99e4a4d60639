// The JSON Schema that editors use: `# yaml-language-server: $schema=...` in the first line of stellwerk.yaml.
import { isMapping } from './path.ts'
import { schemaNode } from './schema-node.ts'

export { configReference } from './reference.ts'

/** The schema of the file as written, draft 2020-12. Pure: the same document each time. */
export function jsonSchema(): object {
  const { $schema, ...rest } = publish(schemaNode(), undefined) as Record<string, unknown>
  return { $schema, ...rest, title: 'stellwerk.yaml' }
}

/** Words for `explain` alone, and bounds that only say how JavaScript counts. */
function isInternal(key: string, value: unknown): boolean {
  return (
    key === 'de' ||
    key === 'shell' ||
    (typeof value === 'number' && Math.abs(value) === Number.MAX_SAFE_INTEGER)
  )
}

/** Adds titles, and the `x-` keys that every mapping with fixed keys accepts. */
function publish(node: unknown, title: string | undefined): unknown {
  if (Array.isArray(node)) return node.map(item => publish(item, undefined))
  if (!isMapping(node)) return node
  const published: Record<string, unknown> =
    title === undefined || node['title'] !== undefined ? {} : { title }
  for (const [key, value] of Object.entries(node)) {
    if (isInternal(key, value)) continue
    if (key === 'properties' && isMapping(value)) {
      published[key] = Object.fromEntries(
        Object.entries(value).map(([name, inner]) => [name, publish(inner, name)]),
      )
    } else published[key] = key === 'default' || key === 'examples' ? value : publish(value, undefined)
  }
  if (isMapping(node['properties']) && node['additionalProperties'] === false)
    published['patternProperties'] = { '^x-': {} }
  return published
}
