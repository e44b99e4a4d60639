// Quoting for unit files. systemd reads a value in up to three passes, and each has its own special character: quotes
// and backslashes (words), % (specifiers), and in Exec lines $ (variables).

/** One word of a list setting such as Environment= or ReadWritePaths=. */
export function unitWord(value: string): string {
  return `"${escapeQuoted(value).replaceAll('%', '%%')}"`
}

/** One argument of an Exec line. */
export function execWord(value: string): string {
  return `"${escapeQuoted(value).replaceAll('%', '%%').replaceAll('$', '$$$$')}"`
}

/** A setting that takes the rest of its line as it is: a directory, a description. */
export function unitLine(value: string): string {
  if (/[\n\r\0]/.test(value) || value.endsWith('\\') || value.trim() !== value) {
    throw new Error(`this cannot be written in one line of a unit file: ${JSON.stringify(value)}`)
  }
  return value.replaceAll('%', '%%')
}

// Inside double quotes systemd knows the escapes of C. Everything printable but " and \ stands for itself.
function escapeQuoted(value: string): string {
  if (value.includes('\0')) throw new Error('a unit file cannot hold NUL')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what has to be escaped
  return value.replaceAll(/[\u0001-\u001f\u007f"\\]/g, character => {
    const named: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '"': '\\"', '\\': '\\\\' }
    return named[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
}
