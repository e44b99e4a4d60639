// What a person typed, as words that can stand in any line: of a terminal, of a table, of a mail.

/** No line end, nothing that moves a cursor, nothing that nobody sees. */
export function oneLine(words: string): string {
  return words
    .replaceAll(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '')
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim()
}
