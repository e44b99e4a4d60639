// Reads a file of variables the way the common libraries do: NAME=value, export, quotes, comments, values of several lines.

export interface DotenvFile {
  readonly variables: ReadonlyMap<string, string>
  /** Numbers of lines that are neither a variable nor a comment; 1-based. Their text may be a value, so it is not kept. */
  readonly strange: readonly number[]
}

const assignment = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*=\s*(.*)$/

/** Of a name that stands twice the last one counts. */
export function parseDotenv(content: string): DotenvFile {
  const variables = new Map<string, string>()
  const strange: number[] = []
  const lines = content.replace(/^\uFEFF/, '').split(/\r?\n/)
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? ''
    if (/^\s*(#|$)/.test(line)) continue
    const match = assignment.exec(line)
    if (match === null) {
      strange.push(index + 1)
      continue
    }
    const [, name = '', written = ''] = match
    const quoted = readQuoted(written, lines, index)
    if (quoted === undefined) variables.set(name, written.replace(/(^|\s+)#.*$/, '').trimEnd())
    else {
      variables.set(name, quoted.value)
      index = quoted.end
    }
  }
  return { variables, strange }
}

/** A value in quotes may go over several lines; a quote that never closes is part of a plain value. */
function readQuoted(written: string, lines: readonly string[], from: number) {
  const mark = written[0]
  if (mark !== '"' && mark !== "'" && mark !== '`') return undefined
  let text = written.slice(1)
  for (let end = from; end < lines.length; end += 1) {
    if (end > from) text += `\n${lines[end]}`
    const close = closing(text, mark)
    if (close >= 0) return { value: unescaped(text.slice(0, close), mark), end }
  }
  return undefined
}

function closing(text: string, mark: string): number {
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '\\' && mark === '"') at += 1
    else if (text[at] === mark) return at
  }
  return -1
}

function unescaped(text: string, mark: string): string {
  if (mark !== '"') return text
  return text.replaceAll(/\\(.)/gs, (_, char: string) => (char === 'n' ? '\n' : char === 'r' ? '\r' : char))
}
