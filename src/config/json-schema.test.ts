import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { document } from '../../test/helpers/config-file.ts'
import { configReference, jsonSchema } from './json-schema.ts'
import { isMapping } from './path.ts'
import { schemaNode } from './schema-node.ts'

/** Every mapping of the schema with fixed keys, with its path. */
function mappings(node: unknown, path = ''): { path: string; node: Record<string, unknown> }[] {
  if (!isMapping(node)) return []
  const inner = Object.entries(node).flatMap(([key, value]) => {
    if (key === 'default' || key === 'examples') return []
    return Array.isArray(value)
      ? value.flatMap((item, index) => mappings(item, `${path}/${key}/${index}`))
      : mappings(value, `${path}/${key}`)
  })
  return isMapping(node['properties']) && node['type'] === 'object'
    ? [{ path, node: { ...node } }, ...inner]
    : inner
}

describe('the schema', () => {
  it('describes every key in both languages', () => {
    const silent = mappings(schemaNode()).flatMap(({ path, node }) =>
      Object.entries(node['properties'] as Record<string, { description?: string; de?: string }>)
        .filter(([, key]) => !key.description || !key.de)
        .map(([key]) => `${path} ${key}`),
    )

    expect(mappings(schemaNode()).length).toBeGreaterThan(25)
    expect(silent).toEqual([])
  })

  it('gives an example, a default or the allowed values for every plain key', () => {
    const bare = mappings(schemaNode()).flatMap(({ path, node }) =>
      Object.entries(node['properties'] as Record<string, Record<string, unknown>>)
        .filter(([, key]) => ['string', 'integer', 'number'].includes(String(key['type'])))
        .filter(([, key]) => !['examples', 'default', 'const', 'enum'].some(word => word in key))
        .map(([key]) => `${path} ${key}`),
    )

    expect(bare).toEqual([])
  })
})

describe('jsonSchema', () => {
  const schema = jsonSchema()

  it('is draft 2020-12 with titles, defaults and x- keys, and nothing internal', () => {
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: 'stellwerk.yaml',
      patternProperties: { '^x-': {} },
      properties: { release: { properties: { keep: { title: 'keep', default: 5, minimum: 2 } } } },
    })
    expect(JSON.stringify(schema)).not.toMatch(/"de":|"shell":|9007199254740991/)
    expect(mappings(schema).filter(({ node }) => !('patternProperties' in node))).toEqual([])
  })

  it('accepts what the loader accepts and refuses an unknown key', () => {
    // Without x- keys: zod reads patternProperties as a second set of allowed keys only for records.
    const plain = JSON.parse(
      JSON.stringify(schema).replaceAll('"patternProperties":{"^x-":{}}', '"$comment":""'),
    )
    const validator = z.fromJSONSchema(plain)

    expect(validator.safeParse(parse(document())).success).toBe(true)
    expect(validator.safeParse(parse(document({ more: 'unknown: 1' }))).success).toBe(false)
    expect(validator.safeParse(parse(document({ gates: 'gates: disk' }))).success).toBe(false)
  })

  it('is the same each time', () => {
    expect(jsonSchema()).toEqual(schema)
  })
})

describe('configReference', () => {
  const reference = configReference()

  it('has one section for each key path', () => {
    const headings = reference.split('\n').filter(line => line.startsWith('## '))

    expect(headings).toContain('## `services.<name>.ready.path`')
    expect(headings).toContain('## `environments.<name>.hosts.<name>.address`')
    expect(new Set(headings).size).toBe(headings.length)
    expect(headings.length).toBeGreaterThan(120)
  })

  it('holds no sentence that is empty', () => {
    expect(reference).not.toMatch(/undefined|\[object|\| {2}\|/)
  })
})
