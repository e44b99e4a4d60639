// Lines of programs on hosts, as they arrive: text with the place they come from, or one JSON document each.
import { type Context, switchFlag } from './context.ts'

/** `place`: said in front of each text line; empty when there is only one source. */
export function lineWriter(
  context: Context,
  schema: string,
  source: Readonly<Record<string, string>>,
  place: string,
): (line: string, stream: 'stdout' | 'stderr') => void {
  const json = switchFlag(context, 'json')
  return (line, stream) => {
    if (json) context.io.out(`${JSON.stringify({ schema, ...source, stream, line })}\n`)
    else if (stream === 'stdout') context.io.out(`${place}${context.io.tty.out ? calm(line) : line}\n`)
    else context.io.err(`${place}${context.io.tty.err ? calm(line) : line}\n`)
  }
}

// Tabs and what colours a line. A log repeats what strangers sent: at a terminal it must not move the cursor, set a title, or
// answer for the person who reads it.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const unsafe = /(\t|\u001b\[[\d;]*m)|\p{Cc}/gu

function calm(line: string): string {
  const shown = line.replaceAll(unsafe, (_, kept?: string) => kept ?? ' ')
  return shown.includes('\u001b') ? `${shown}\u001b[0m` : shown
}
