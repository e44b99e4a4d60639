// The line of a program's output that says what happened. The last one is often none: runtimes end with a stack, a closing brace or
// their own version.

/** The last line that names an error; else the last that is not blank. */
export function lastWords(lines: readonly string[]): string | undefined {
  return (
    lines.findLast(line => /^\s*(?:Uncaught\s+)?[\w.]*(?:Error|Exception)\b[^:]*:\s*\S/.test(line)) ??
    lines.findLast(line => line.trim() !== '')
  )
}
