// A line of the file is shown beside every problem on it. A password that stands there in clear is not.
import { isClear, isSecretKey } from './secret-name.ts'
import type { Source, Span, Tree } from './source.ts'

/** The text of the file with every clear value of a secret key as stars. As long as before: places stay right. */
export function masked(source: Source): string {
  if (source.fatal) return source.text.replaceAll(written, hideRest)
  let text = source.text
  for (const { start, end } of clearSpans(source.tree))
    text = text.slice(0, start) + stars(text.slice(start, end)) + text.slice(end)
  return text
}

function clearSpans(tree: Tree): Span[] {
  return [...tree.children].flatMap(([key, { tree: inner }]) =>
    inner.children.size === 0 && typeof key === 'string' && isSecretKey(key) && isClear(inner.value)
      ? [inner.span]
      : clearSpans(inner),
  )
}

/** In a file that cannot be read nothing tells where a value ends: the rest of the line goes. */
const written = /(["']?([A-Za-z_][\w-]*)["']?[ \t]*:[ \t]+)(\S.*)/g

function hideRest(_: string, before: string, key: string, value: string): string {
  const inner = value.replaceAll(written, hideRest)
  // A mapping is looked through; its own keys say what is secret.
  const isMapping = /^[{[]/.test(value) && value.search(written) !== -1
  return before + (isSecretKey(key) && isClear(value) && !isMapping ? stars(value) : inner)
}

/** Line breaks stay: lines are counted. */
function stars(value: string): string {
  return value.replaceAll(/[^\r\n]/g, '*')
}
