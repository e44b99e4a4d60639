// Columns that line up, without borders: easy to read, easy to paste.
export function table(all: readonly (readonly string[])[]): string {
  const rows = all.map(cells => cells.map(plain))
  const widths: number[] = []
  for (const row of rows)
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length)
  return rows
    .map(
      row =>
        `${row
          .map((cell, index) => cell.padEnd(widths[index] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}

// Bold, dim and the colours of the palette stay. What people typed or programs said cannot move the cursor, end the row, or
// turn the reading direction.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const unsafe = /(\u001b\[(?:[12]|22|3\d)m)|[\p{Cc}\u2028-\u202e\u2066-\u2069]+/gu

function plain(cell: string): string {
  return cell.replaceAll(unsafe, (_, color?: string) => color ?? ' ')
}
