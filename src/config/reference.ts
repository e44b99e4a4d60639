// The reference of stellwerk.yaml as Markdown: one section for each key, generated from the schema.
import { type Explanation, explain, type Meaning, summary } from './explain.ts'

/** Markdown in English. Pure: the same document each time. */
export function configReference(): string {
  const root = explained('')
  const intro = [
    '# stellwerk.yaml',
    '',
    'Generated from the schema. `stellwerk explain <path>` shows the same in the terminal, in English and German.',
    'Keys that start with `x-` are notes: they are allowed in every mapping with fixed keys and mean nothing.',
    '`${NAME}` and `${NAME:-default}` are replaced in every text but commands, where the shell on the host replaces them;',
    'a name under `secrets` stays a reference until it is used.',
  ]
  return `${[...intro, '', ...keyTable(root), ...root.children.flatMap(child => sections(child.key))].join('\n')}\n`
}

function sections(path: string): string[] {
  const explanation = explained(path)
  const inner = explanation.children.map(({ key }) => (key === '[]' ? `${path}[]` : `${path}.${key}`))
  const lines = [
    '',
    `## \`${explanation.path}\``,
    '',
    ...explanation.meanings.flatMap(meaningLines),
    ...keyTable(explanation),
  ]
  return [...lines, ...inner.filter(isWorthASection).flatMap(sections)]
}

/** A list of plain values or a mapping of plain values is said by its own section. */
function isWorthASection(path: string): boolean {
  if (!/(\[\]|<name>)$/.test(path)) return true
  return explained(path).children.length > 0
}

function explained(path: string): Explanation {
  const result = explain(path)
  if (!result.ok) throw new Error(`the schema has no ${path}`)
  return result.value
}

function meaningLines(meaning: Meaning): string[] {
  const facts = [
    `- Type: ${meaning.type.en}${meaning.required ? ', required' : ''}`,
    ...(meaning.kinds.length > 0 ? [`- Kinds: ${code(meaning.kinds)}`] : []),
    ...(meaning.default === undefined ? [] : [`- Default: ${code([meaning.default])}`]),
    ...(meaning.allowed.length > 1 ? [`- Allowed: ${code(meaning.allowed)}`] : []),
    ...(meaning.examples.length > 0 ? [`- Example: ${code(meaning.examples)}`] : []),
  ]
  return [...(meaning.description ? [`${cell(meaning.description.en)}.`, ''] : []), ...facts, '']
}

function keyTable({ children }: Explanation): string[] {
  const keys = children.filter(({ key }) => key !== '[]')
  if (keys.length === 0) return []
  const rows = keys.map(({ key, meanings }) => {
    const first = meanings[0]
    const words = summary(key, meanings, 'en')
    const kinds = [...new Set(meanings.flatMap(item => item.kinds))]
    const only = kinds.length > 0 ? ` (${kinds.join(', ')})` : ''
    return `| \`${key}\`${first?.required ? ' *' : ''} | ${cell(first?.type.en ?? '')} | ${cell(words)}${only} |`
  })
  return ['| Key | Type | Meaning |', '|---|---|---|', ...rows]
}

function code(words: readonly string[]): string {
  return words.map(word => `\`${word}\``).join(', ')
}

function cell(words: string): string {
  return words.replaceAll('|', '\\|').replaceAll('<', '\\<')
}
