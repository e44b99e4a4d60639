// Markdown that holds whatever people typed.
import { oneLine } from '../core/one-line.ts'

/** The first row is the head. */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const [head = [], ...rest] = rows
  const line = (cells: readonly string[]) => `| ${cells.map(cellOf).join(' | ')} |\n`
  return `${line(head)}|${head.map(() => '---|').join('')}\n${rest.map(line).join('')}`
}

/** Nothing in it ends a cell, or becomes a tag, a link or an image that is fetched from elsewhere. */
export function cellOf(words: string): string {
  return oneLine(words)
    .replaceAll('\\', '\\\\')
    .replaceAll('|', '\\|')
    .replaceAll('<', '&lt;')
    .replaceAll('](', ']\\(')
}
