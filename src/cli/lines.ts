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
    else (stream === 'stdout' ? context.io.out : context.io.err)(`${place}${line}\n`)
  }
}
