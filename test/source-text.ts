// Reads TypeScript just far enough for the import law: comments and the contents of strings are blanked, so that a rule
// never fires on a word in a message or in a shell script; `${...}` inside a template stays code.

/** The same text, of the same length: comments and string contents become spaces, line breaks and quotes stay. */
export function blank(source: string): string {
  const out = [...source]
  /** Open braces for each template we are inside of; the topmost counts down to its `}`. */
  const templates: number[] = []
  const erase = (from: number, to: number) => {
    for (let at = from; at < to; at++) if (out[at] !== '\n') out[at] = ' '
  }
  const template = (from: number): number => {
    for (let at = from; at < source.length; at++) {
      if (source[at] === '\\') at++
      else if (source[at] === '`') return close(from, at)
      else if (source.startsWith('${', at)) {
        templates.push(0)
        return close(from, at) + 1
      }
    }
    return close(from, source.length)
  }
  const close = (from: number, at: number): number => {
    erase(from, at)
    return at + 1
  }
  let at = 0
  while (at < source.length) {
    const char = source[at] ?? ''
    const open = templates.at(-1)
    if (source.startsWith('//', at)) at = close(at, end(source, '\n', at)) - 1
    else if (source.startsWith('/*', at)) at = close(at, end(source, '*/', at + 2) + 2) - 1
    else if (char === "'" || char === '"') at = close(at + 1, quoted(source, char, at + 1))
    else if (char === '`') at = template(at + 1)
    else if (char === '/' && startsRegex(source, at)) at = close(at + 1, regex(source, at + 1))
    else if (open !== undefined && char === '}' && open === 0) {
      templates.pop()
      at = template(at + 1)
    } else {
      if (open !== undefined && char === '{') templates[templates.length - 1] = open + 1
      if (open !== undefined && char === '}') templates[templates.length - 1] = open - 1
      at++
    }
  }
  return out.join('')
}

export interface Import {
  readonly to: string
  /** `import type` and `export type`: gone at run time. */
  readonly typeOnly: boolean
  /** `import()`: loaded when the line is reached. */
  readonly lazy: boolean
  /** Names between braces, without those that are types; undefined when everything may be meant. */
  readonly names: readonly string[] | undefined
}

/** What a module asks for: static, re-exported, for side effects, `import()`. */
export function imports(source: string): readonly Import[] {
  const code = blank(source)
  return [...code.matchAll(/(?:\bfrom|\bimport|\bimport\s*\()\s*(['"`])/g)].map(match => {
    const start = match.index + match[0].length
    const statement = code.slice(
      Math.max(...['import', 'export'].map(word => code.lastIndexOf(word, start))),
      start,
    )
    return {
      to: source.slice(start, code.indexOf(match[1] ?? "'", start)),
      typeOnly: /^(?:import|export)\s+type\b(?!\s+from)/.test(statement),
      lazy: match[0].includes('('),
      names: bindings(statement),
    }
  })
}

function bindings(statement: string): readonly string[] | undefined {
  const inside = /^(?:import|export)\s*\{([^}]*)\}\s*from/.exec(statement)?.[1]
  const names = inside?.split(',').map(name => name.trim())
  return names
    ?.filter(name => name !== '' && !name.startsWith('type '))
    .map(name => name.replace(/\s+as\s.*/, ''))
}

function end(source: string, mark: string, from: number): number {
  const at = source.indexOf(mark, from)
  return at < 0 ? source.length : at
}

function quoted(source: string, quote: string, from: number): number {
  let at = from
  while (at < source.length && source[at] !== quote) at += source[at] === '\\' ? 2 : 1
  return at
}

/** A slash divides after a value and starts a pattern after anything else. */
function startsRegex(source: string, at: number): boolean {
  const before = source.slice(Math.max(0, at - 40), at).trimEnd()
  return before === '' || /[([{,;=:!&|?+\-*%<>~^]$|\b(return|typeof|case|of|in)$/.test(before)
}

function regex(source: string, from: number): number {
  let inClass = false
  for (let at = from; at < source.length; at++) {
    if (source[at] === '\\') at++
    else if (source[at] === '[') inClass = true
    else if (source[at] === ']') inClass = false
    else if (source[at] === '/' && !inClass) return at
  }
  return source.length
}
