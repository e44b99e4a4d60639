// The YAML text as plain data plus the place of every key and value. Anchors, aliases and merge keys are resolved here,
// so that a problem in a shared part points at the line where that part is written.
import { type Document, isAlias, isMap, isScalar, isSeq, type Node, parseDocument } from 'yaml'
import type { Path } from './path.ts'
import { type Fault, type Finding, faults, finding } from './problems.ts'
import { syntaxText } from './syntax.ts'

/** Offsets into the text; `end` is exclusive. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** One value of the document. */
export interface Tree {
  readonly value: unknown
  readonly span: Span
  /** Written over several lines, so that its key is a better place to point at. */
  readonly block: boolean
  readonly children: ReadonlyMap<string | number, { readonly key: Span; readonly tree: Tree }>
}

export interface Source {
  readonly file: string
  readonly text: string
  readonly tree: Tree
  /** Broken beyond reading: the data is not worth looking at. */
  readonly fatal: boolean
  readonly findings: readonly Finding[]
}

// `entries`: of one mapping or list. Rules compare the entries of a section with each other.
const limits = { characters: 1_000_000, nodes: 50_000, entries: 1_000, depth: 100, sameErrors: 10 }

/** Never throws: whatever the text holds, the result has a tree and findings. */
export function readSource(file: string, text: string): Source {
  const findings: Finding[] = []
  const nothing: Tree = { value: undefined, span: { start: 0, end: 0 }, block: true, children: new Map() }
  const fail = (fault: Fault, span: Span): Source => {
    findings.push(finding(fault, span))
    return { file, text, tree: nothing, fatal: true, findings }
  }
  if (text.length > limits.characters) return fail(faults.tooLarge(), nothing.span)
  let document: Document.Parsed
  try {
    document = parseDocument(text, {
      prettyErrors: false,
      resolveKnownTags: false,
      // The parser compares each key with all before it: minutes for a long mapping. The builder looks at them instead.
      uniqueKeys: false,
      // Not silent: then a second document would be dropped without a word.
      logLevel: 'error',
    })
  } catch {
    return fail(faults.tooLarge(), nothing.span)
  }
  for (const error of document.errors.slice(0, limits.sameErrors)) {
    const [start, end] = error.pos
    findings.push(finding(faults.syntax(syntaxText(error)), { start, end }))
  }
  for (const warning of document.warnings) {
    if (warning.code !== 'TAG_RESOLVE_FAILED') continue
    const [start, end] = warning.pos
    findings.push(finding(faults.unknownTag(text.slice(start, end)), { start, end }))
  }
  if (document.errors.length > 0) return { file, text, tree: nothing, fatal: true, findings }
  if (document.contents === null) return fail(faults.emptyFile(), nothing.span)
  const builder = new Builder(document, text, findings)
  const tree = builder.build(document.contents, 0)
  if (builder.exhausted) return fail(faults.tooLarge(), nothing.span)
  return { file, text, tree, fatal: false, findings }
}

type Children = Map<string | number, { key: Span; tree: Tree }>

class Builder {
  exhausted = false
  #nodes = 0
  readonly #open = new Set<Node>()
  readonly #document: Document.Parsed
  readonly #text: string
  readonly #findings: Finding[]
  /** Where a second key of the same name stands; a shared part is built more than once. */
  readonly #twice = new Set<number>()

  constructor(document: Document.Parsed, text: string, findings: Finding[]) {
    this.#document = document
    this.#text = text
    this.#findings = findings
  }

  build(node: Node | null, depth: number): Tree {
    const span = spanOf(node)
    const empty: Tree = { value: null, span, block: false, children: new Map() }
    this.#nodes++
    if (this.#nodes > limits.nodes || depth > limits.depth) this.exhausted = true
    if (this.exhausted || node === null) return empty
    if (isAlias(node)) {
      const target = node.resolve(this.#document)
      // A part that holds itself would never end.
      if (target === undefined || this.#open.has(target)) {
        this.#findings.push(finding(faults.badAlias(node.source), span))
        return empty
      }
      return { ...this.build(target, depth + 1), span, block: false }
    }
    this.#open.add(node)
    const tree = this.#collect(node, span, depth)
    this.#open.delete(node)
    return tree
  }

  #collect(node: Node, span: Span, depth: number): Tree {
    const children: Children = new Map()
    if ((isSeq(node) || isMap(node)) && node.items.length > limits.entries) {
      this.exhausted = true
      return { value: null, span, block: false, children }
    }
    if (isSeq(node)) {
      const items = node.items.map(item => this.build(item as Node | null, depth + 1))
      for (const [index, tree] of items.entries()) children.set(index, { key: tree.span, tree })
      return { value: items.map(item => item.value), span, block: node.flow !== true, children }
    }
    if (isMap(node)) {
      const merged: Children = new Map()
      const seen = new Set<string>()
      for (const pair of node.items)
        this.#pair(pair.key as Node | null, pair.value as Node | null, depth, { children, merged, seen })
      for (const [key, child] of merged) if (!children.has(key)) children.set(key, child)
      const value = Object.fromEntries([...children].map(([key, child]) => [key, child.tree.value]))
      return { value, span, block: node.flow !== true, children }
    }
    const value = isScalar(node) ? node.value : null
    // The core schema knows no other scalar; anything else would be data that the rules never expect.
    return { value: typeof value === 'bigint' ? Number(value) : value, span, block: false, children }
  }

  #pair(
    keyNode: Node | null,
    valueNode: Node | null,
    depth: number,
    { children, merged, seen }: { children: Children; merged: Children; seen: Set<string> },
  ): void {
    const key = spanOf(keyNode)
    const name = isScalar(keyNode) ? String(keyNode.value ?? '') : undefined
    if (name === undefined || name === '' || name === '__proto__') {
      this.#findings.push(finding(faults.badKey(), key))
      return
    }
    if (seen.has(name)) this.#isTwice(key)
    seen.add(name)
    const tree = this.build(valueNode, depth + 1)
    if (name !== '<<') {
      if (!children.has(name)) children.set(name, { key, tree })
      return
    }
    const parts = Array.isArray(tree.value) ? [...tree.children.values()].map(child => child.tree) : [tree]
    for (const part of parts) {
      if (typeof part.value !== 'object' || part.value === null || Array.isArray(part.value)) {
        this.#findings.push(finding(faults.badMerge(), key))
        continue
      }
      for (const [inner, child] of part.children) if (!merged.has(inner)) merged.set(inner, child)
    }
  }

  #isTwice(key: Span): void {
    if (this.#twice.has(key.start) || this.#twice.size >= limits.sameErrors) return
    this.#twice.add(key.start)
    this.#findings.push(
      finding(faults.duplicateKey(/.*/.exec(this.#text.slice(key.start, key.end))?.[0] ?? ''), key),
    )
  }
}

function spanOf(node: Node | null): Span {
  const [start, end] = node?.range ?? [0, 0]
  return { start, end }
}

/** The tree at a path, or undefined. */
export function treeAt(tree: Tree, path: Path): Tree | undefined {
  let current: Tree | undefined = tree
  for (const part of path) current = current?.children.get(part)?.tree
  return current
}

/** Where to point for the key or the value at `path`. A missing key points at its parent, a value that fills several
 *  lines at its key, the root at its first key. Always inside the text. */
export function spanAt(tree: Tree, path: Path, on: 'key' | 'value'): Span {
  const last = path.at(-1)
  if (last === undefined)
    return [...tree.children.values()][0]?.key ?? { start: tree.span.start, end: tree.span.start }
  const child = treeAt(tree, path.slice(0, -1))?.children.get(last)
  if (child === undefined) return spanAt(tree, path.slice(0, -1), 'key')
  const { span, block } = child.tree
  return on === 'key' || block || span.start === span.end ? child.key : span
}
