// Markdown that holds whatever people typed.

/** The first row is the head. */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const [head = [], ...rest] = rows
  const line = (cells: readonly string[]) => `| ${cells.map(cellOf).join(' | ')} |\n`
  return `${line(head)}|${head.map(() => '---|').join('')}\n${rest.map(line).join('')}`
}

/** Nothing in it ends a cell or becomes a tag. */
export function cellOf(words: string): string {
  return words
    .replaceAll(/\s+/g, ' ')
    .replaceAll('\\', '\\\\')
    .replaceAll('|', '\\|')
    .replaceAll('<', '&lt;')
    .trim()
}
