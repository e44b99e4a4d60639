// Words for a POSIX shell. Every value that reaches a remote script goes through `quote`.

/** One shell word that stands for exactly `value` in sh, dash, bash and BusyBox ash. NUL cannot exist in a word.
 *  Quoting cannot stop a command from reading `-x` as an option: pass absolute paths, or `--` before a free name. */
export function quote(value: string): string {
  if (value.includes('\0')) throw new Error('a shell word cannot contain NUL')
  if (/^[A-Za-z0-9_/.:=@%+,-]+$/.test(value)) return value
  return `'${value.replaceAll("'", `'\\''`)}'`
}

/** A command line of quoted words: `words('rm', '-rf', dir)`. */
export function words(...parts: readonly string[]): string {
  return parts.map(quote).join(' ')
}
