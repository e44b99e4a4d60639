// `stellwerk explain services.web.ready`: what a key means, from the schema itself.
import { closest } from '../core/closest.ts'
import type { Lang, Text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { err, ok, type Result } from '../core/result.ts'
import { faults } from './problems.ts'
import { branches, descriptionOf, kindsOf, type SchemaNode, schemaNode, typeOf } from './schema-node.ts'
import { written } from './written.ts'

/** One meaning of a key. A key that several kinds share with different meanings has several. */
export interface Meaning {
  /** Kinds of the entry that have it; empty: all. */
  readonly kinds: readonly string[]
  readonly type: Text
  readonly required: boolean
  readonly description?: Text
  /** As written in YAML. */
  readonly default?: string
  readonly allowed: readonly string[]
  readonly examples: readonly string[]
}

export interface Explanation {
  /** With names as `<name>` and list positions as `[]`: `services.<name>.ports[]`. The root is "". */
  readonly path: string
  readonly meanings: readonly Meaning[]
  readonly children: readonly { readonly key: string; readonly meanings: readonly Meaning[] }[]
}

/** One key of the schema: the node, and the kinds of entry it was found in. */
interface Found {
  readonly node: SchemaNode
  readonly kinds: readonly string[]
  readonly required: boolean
}

/** Explains a key by its path; names of entries may be real or `<name>`. The path "" is the whole file. */
export function explain(path: string): Result<Explanation, Problem> {
  let found: readonly Found[] = [{ node: schemaNode(), kinds: [], required: true }]
  let canonical = ''
  let asked = ''
  for (const part of split(path)) {
    const next = step(found, part)
    if (next === undefined) {
      const known = [...childrenOf(found).keys()]
      const near = closest(part, known)
      return err(faults.nothingToExplain(path, near && join(asked, near), known))
    }
    found = next.found
    canonical = join(canonical, next.name)
    asked = join(asked, part)
  }
  const children = [...childrenOf(found)].map(([key, all]) => ({ key, meanings: meaningsOf(all) }))
  return ok({ path: canonical, meanings: meaningsOf(found), children })
}

function split(path: string): string[] {
  return [...path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d*)\]|([^.[\]]+)/g)].map(
    match => match[1] ?? match[3] ?? '[]',
  )
}

function join(path: string, part: string): string {
  if (part === '[]') return `${path}[]`
  return path === '' ? part : `${path}.${part}`
}

function step(found: readonly Found[], part: string): { found: readonly Found[]; name: string } | undefined {
  const children = childrenOf(found)
  const fixed = children.get(part)
  if (fixed) return { found: fixed, name: part }
  const open = children.get('<name>')
  return open && { found: open, name: '<name>' }
}

/** What lies below, by key; `<name>` for free names, and lists are looked through with `[]`. */
function childrenOf(found: readonly Found[]): Map<string, Found[]> {
  const children = new Map<string, Found[]>()
  const add = (key: string, child: Found): void => {
    children.set(key, [...(children.get(key) ?? []), child])
  }
  for (const { node, kinds: outer } of found) {
    const options = branches(node)
    for (const option of options) {
      const own = kindsOf(option)
      const kinds = own.length === 0 ? outer : own
      for (const [key, inner] of Object.entries(option.properties ?? {})) {
        add(key, { node: inner, kinds, required: isRequired(option, options, key) })
      }
      if (option.additionalProperties)
        add('<name>', { node: option.additionalProperties, kinds, required: false })
      if (option.items) add('[]', { node: option.items, kinds, required: false })
    }
  }
  return withoutCommonKinds(children, found)
}

/** A key of one branch only is not required: the other branch is as good. Kinds are told apart by name instead. */
function isRequired(option: SchemaNode, options: readonly SchemaNode[], key: string): boolean {
  const those = kindsOf(option).length === 0 ? options : [option]
  return those.every(item => item.required?.includes(key))
}

/** A key that every kind has needs no list of kinds. */
function withoutCommonKinds(children: Map<string, Found[]>, found: readonly Found[]): Map<string, Found[]> {
  const all = new Set(found.flatMap(({ node }) => branches(node)).flatMap(kindsOf))
  if (all.size === 0) return children
  return new Map(
    [...children].map(([key, list]) => {
      const kinds = new Set(list.flatMap(item => item.kinds))
      const same = new Set(list.map(item => JSON.stringify(item.node))).size === 1
      return [
        key,
        same && kinds.size === all.size ? list.slice(0, 1).map(item => ({ ...item, kinds: [] })) : list,
      ]
    }),
  )
}

function meaningsOf(found: readonly Found[]): Meaning[] {
  const byNode = new Map<string, Found>()
  for (const item of found) {
    const key = JSON.stringify([item.node, item.required])
    const before = byNode.get(key)
    byNode.set(key, before ? { ...before, kinds: [...new Set([...before.kinds, ...item.kinds])] } : item)
  }
  return [...byNode.values()].map(meaning)
}

function meaning({ node, kinds, required }: Found): Meaning {
  const description = descriptionOf(node)
  const allowed = branches(node).flatMap(
    option => option.enum ?? (option.const === undefined ? [] : [option.const]),
  )
  return {
    kinds,
    type: typeOf(node),
    required,
    ...(description && { description }),
    ...(node.default !== undefined && !isEmpty(node.default) && { default: written(node.default) }),
    allowed: allowed.map(written),
    examples: (node.examples ?? []).map(written),
  }
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

const labels = {
  en: {
    root: 'stellwerk.yaml',
    required: 'required',
    optional: 'optional',
    type: 'Type',
    default: 'Default',
    allowed: 'Allowed',
    example: 'Example',
    kinds: 'Kinds',
    keys: 'Keys',
  },
  de: {
    root: 'stellwerk.yaml',
    required: 'nötig',
    optional: 'freiwillig',
    type: 'Art',
    default: 'Vorgabe',
    allowed: 'Erlaubt',
    example: 'Beispiel',
    kinds: 'Bei kind',
    keys: 'Schlüssel',
  },
} as const

/** The explanation as text for a terminal, without a newline at its end. */
export function renderExplanation({ path, meanings, children }: Explanation, lang: Lang): string {
  const label = labels[lang]
  const key = path.replace(/\[\]$/, '').split('.').at(-1) ?? ''
  const lines = [path === '' ? label.root : path]
  for (const item of meanings) {
    if (item.description) lines.push(`  ${item.description[lang]}`)
    const necessity = item.required ? label.required : label.optional
    const facts: [string, string][] = [[label.type, `${item.type[lang]} (${necessity})`]]
    if (item.kinds.length > 0) facts.push([label.kinds, item.kinds.join(', ')])
    if (item.default !== undefined) facts.push([label.default, item.default])
    if (item.allowed.length > 1) facts.push([label.allowed, item.allowed.join(', ')])
    for (const example of item.examples)
      facts.push([label.example, key === '' || key.startsWith('<') ? example : `${key}: ${example}`])
    lines.push('', ...facts.map(([name, words]) => `  ${name.padEnd(10)}${words}`), '')
  }
  if (children.length > 0) lines.push(`  ${label.keys}`, ...table(children, lang))
  return lines.join('\n').trimEnd()
}

function table(children: Explanation['children'], lang: Lang): string[] {
  const width = Math.max(...children.map(({ key }) => key.length))
  return children.map(({ key, meanings }) => {
    const required = meanings.every(item => item.required) ? '*' : ' '
    const words = summary(key, meanings, lang)
    return `   ${required}${key.padEnd(width)}  ${words}`
  })
}

/** All meanings of a key on one line. */
export function summary(key: string, meanings: readonly Meaning[], lang: Lang): string {
  if (key === 'kind') return meanings.flatMap(item => item.allowed).join(' | ')
  return [...new Set(meanings.map(item => item.description?.[lang] ?? item.type[lang]))].join(' / ')
}
