// Patterns of `build.exclude`: "*" and "?" stay within one name, "**" crosses directories, everything else stands for
// itself. Brackets are literal on purpose: `pages/[id].js` is an ordinary file name.

/** True for a path that one of the patterns names, or that lies below one it names. Hidden names are no exception. */
export function matcher(patterns: readonly string[]): (path: string) => boolean {
  const expressions = patterns.map(toExpression)
  return path => expressions.some(expression => expression.test(path))
}

function toExpression(pattern: string): RegExp {
  const trimmed = pattern.replace(/^(?:\.\/)+/, '').replace(/\/+$/, '')
  const source = trimmed.replace(/\*\*\/|\/\*\*$|\*\*|\*|\?|[\\^$.|+()[\]{}]/g, token => {
    if (token === '**/') return '(?:[^/]+/)*'
    if (token === '/**') return '/.+'
    if (token === '**') return '.*'
    if (token === '*') return '[^/]*'
    if (token === '?') return '[^/]'
    return `\\${token}`
  })
  return new RegExp(`^${source}(?:/.*)?$`, 's')
}
