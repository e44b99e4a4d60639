/** A line of a program's output that cannot move the cursor or change what stands there already. */
export function printable(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is replaced
  return line.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ')
}
