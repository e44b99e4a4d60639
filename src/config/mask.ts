// A line of the file is shown beside every problem on it. A password that stands there in clear is not.
import { isClear, isSecretKey } from './secret-name.ts'
import type { Source, Span, Tree } from './source.ts'

/** The text of the file with every clear value of a secret key as stars. As long as before: places stay right. */
export function masked(source: Source): string {
  if (source.fatal) return source.text.replaceAll(written, hideRest)
  const parts: string[] = []
  let at = 0
  for (const { start, end } of clearSpans(source.tree).sort((a, b) => a.start - b.start)) {
    // An alias leads to the same value again.
    if (start < at) continue
    parts.push(source.text.slice(at, start), stars(source.text.slice(start, end)))
    at = end
  }
  return parts.join('') + source.text.slice(at)
}

/** `secret`: the key above promises a secret; what stands in a list belongs to the key of the list. */
function clearSpans({ children, value, span }: Tree, secret = false): Span[] {
  if (children.size === 0) return (secret && isClear(value)) || isHook(value) ? [span] : []
  return [...children].flatMap(([key, { tree }]) =>
    clearSpans(tree, typeof key === 'number' ? secret : isSecretKey(key)),
  )
}

/** The address of a Slack webhook is a password by itself, whatever its key is called. */
function isHook(value: unknown): boolean {
  return typeof value === 'string' && /hooks\.slack\.com\/./.test(value)
}

/** In a file that cannot be read nothing tells where a value ends: the rest of the line goes. */
const written = /(["']?([A-Za-z_][\w-]*)["']?[ \t]*:[ \t]+)(\S.*)/g

function hideRest(_: string, before: string, key: string, value: string): string {
  const inner = value.replaceAll(written, hideRest)
  // A mapping is looked through; its own keys say what is secret.
  const isMapping = /^[{[]/.test(value) && value.search(written) !== -1
  return before + ((isSecretKey(key) || isHook(value)) && isClear(value) && !isMapping ? stars(value) : inner)
}

/** Line breaks stay: lines are counted. */
function stars(value: string): string {
  return value.replaceAll(/[^\r\n]/g, '*')
}
