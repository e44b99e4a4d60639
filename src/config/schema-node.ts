// The zod schema as plain nodes: what `explain`, the reference and the JSON Schema are made from.
import { z } from 'zod'
import { type Text, text } from '../core/lang.ts'
import { rootSchema } from './schema/root.ts'

/** The parts of JSON Schema that the config uses, and the German description. */
export interface SchemaNode {
  readonly type?: string
  readonly title?: string
  readonly description?: string
  readonly de?: string
  readonly default?: unknown
  readonly examples?: readonly unknown[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly additionalProperties?: SchemaNode | false
  readonly items?: SchemaNode
  readonly anyOf?: readonly SchemaNode[]
  readonly oneOf?: readonly SchemaNode[]
}

export function schemaNode(): SchemaNode {
  made ??= makeNode()
  return made
}

// It never changes, and is asked for each key that is explained.
let made: SchemaNode | undefined

function makeNode(): SchemaNode {
  return z.toJSONSchema(rootSchema, {
    io: 'input',
    target: 'draft-2020-12',
    // zod drops the examples of a value that is transformed, because they could be of the result. Ours never are.
    override: ({ zodSchema, jsonSchema }) => {
      const { examples } = z.globalRegistry.get(zodSchema) ?? {}
      if (Array.isArray(examples)) jsonSchema.examples = examples
    },
  }) as SchemaNode
}

/** The alternatives of a node; a node that is no union is its own only one. */
export function branches(node: SchemaNode): readonly SchemaNode[] {
  const options = node.oneOf ?? node.anyOf
  return options === undefined ? [node] : options.flatMap(branches)
}

/** The kinds that a branch is for: the values of its `kind`; empty for a branch without one. */
export function kindsOf(node: SchemaNode): readonly string[] {
  const kind = node.properties?.['kind']
  return [kind?.const, ...(kind?.enum ?? [])].filter(value => typeof value === 'string')
}

export function descriptionOf({ description, de }: SchemaNode): Text | undefined {
  return description === undefined ? undefined : text(description, de ?? description)
}

const titles: Readonly<Record<string, string>> = {
  duration: 'Dauer',
  date: 'Datum',
  day: 'Tag',
  'mail address': 'E-Mail-Adresse',
  size: 'Größe',
  name: 'Name',
  'variable name': 'Variablenname',
  'relative path': 'relativer Pfad',
  'absolute path': 'absoluter Pfad',
  port: 'Port',
  command: 'Befehl',
  address: 'Adresse',
  'address:port': 'Adresse:Port',
  'URL or path': 'URL oder Pfad',
  'JSON path': 'JSON-Pfad',
  URL: 'URL',
  schedule: 'Zeitplan',
  'database name': 'Datenbankname',
  'address or range': 'Adresse oder Bereich',
  'host name': 'Hostname',
  path: 'Pfad',
}
const types: Readonly<Record<string, Text>> = {
  string: text('text', 'Text'),
  integer: text('whole number', 'ganze Zahl'),
  number: text('number', 'Zahl'),
  boolean: text('true or false', 'true oder false'),
  null: text('null', 'null'),
}

/** What a value is called: "duration", "list of commands", "mapping". */
export function typeOf(node: SchemaNode): Text {
  if (node.title !== undefined) return text(node.title, titles[node.title] ?? node.title)
  if (node.const !== undefined) return same(JSON.stringify(node.const))
  if (node.enum) return same(node.enum.map(String).join(' | '))
  if (node.anyOf ?? node.oneOf) return union(branches(node))
  if (node.items) {
    const items = typeOf(node.items)
    return text(`list of: ${items.en}`, `Liste aus: ${items.de}`)
  }
  if (node.type === 'object') {
    const values = node.additionalProperties ? typeOf(node.additionalProperties) : undefined
    return values
      ? text(`mapping of names to: ${values.en}`, `Abbildung von Namen auf: ${values.de}`)
      : text('mapping', 'Abbildung')
  }
  return types[node.type ?? ''] ?? text('any value', 'beliebiger Wert')
}

function union(options: readonly SchemaNode[]): Text {
  const kinds = options.flatMap(kindsOf)
  if (options.every(option => kindsOf(option).length > 0))
    return text(`mapping, kind: ${kinds.join(' | ')}`, `Abbildung, kind: ${kinds.join(' | ')}`)
  const names = [...new Map(options.map(typeOf).map(name => [name.en, name])).values()]
  return text(names.map(name => name.en).join(' or '), names.map(name => name.de).join(' oder '))
}

function same(words: string): Text {
  return text(words, words)
}
