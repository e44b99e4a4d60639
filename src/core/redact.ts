// Scrubs known secret values out of text, in the forms they usually leak in.

/** Shorter values would blank out ordinary words ("on", "1234") and protect nothing. */
const shortest = 6

/** Replaces each value, and its URL-encoded, base64 and JSON-escaped forms, by `[secret]`. */
export function redact(input: string, values: readonly string[]): string {
  let output = input
  for (const form of forms(values)) output = output.replaceAll(form, '[secret]')
  return output
}

/** Every text of a piece of JSON, however deep it lies. */
export function redactJson<T>(value: T, clean: (input: string) => string): T {
  return JSON.parse(JSON.stringify(value, (_, part) => (typeof part === 'string' ? clean(part) : part)))
}

/** Every text that gives one of the values away, longest first. */
export function forms(values: readonly string[]): string[] {
  const all = new Set<string>()
  for (const value of values) {
    if (value.length < shortest) continue
    all.add(value)
    all.add(encodeURIComponent(value))
    all.add(Buffer.from(value).toString('base64'))
    all.add(JSON.stringify(value).slice(1, -1))
    // A multi-line secret (a key) leaks line by line.
    for (const line of value.split('\n')) if (line.trim().length >= 16) all.add(line.trim())
  }
  // Longest first, or a value that contains another would leave its tail behind.
  return [...all].sort((a, b) => b.length - a.length)
}
