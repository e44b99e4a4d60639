// What a check expects, in the words of stellwerk.yaml: for people who ask by hand and compare themselves.
import type { Check } from '../config/schema/check.ts'
import { formatBytes } from '../core/bytes.ts'
import { formatDuration } from '../core/duration.ts'

/** What says how a check is asked, not what it expects. */
const asking = new Set(
  (
    'kind timeout retries every level roles from on url method headers body form redirects path host port file service name ' +
    'command cwd steps database query given address server type secret variable since browser user ignore env over sources'
  ).split(' '),
)
const sizes = new Set(['minFree', 'minAvailable', 'minBytes'])
const times = new Set(['maxTime', 'maxAge', 'maxSkew'])

/** Parts such as `status: 200`, `$.status: gesund`, `minFree: 1 GB`. */
export function expectedOf(check: Check): readonly string[] {
  return partsOf(check as unknown as Readonly<Record<string, unknown>>, check.kind, asking)
}

function partsOf(
  all: Readonly<Record<string, unknown>>,
  kind: string,
  leave: ReadonlySet<string>,
): readonly string[] {
  return Object.entries(all).flatMap(([key, value]) => {
    if (leave.has(key) || value === undefined || isEmpty(value)) return []
    if (key === 'expect' || key === 'json' || key === 'match')
      return partsOf(value as object as never, kind, new Set())
    return [`${key}: ${wordOf(key, value, kind)}`]
  })
}

function wordOf(key: string, value: unknown, kind: string): string {
  if (typeof value === 'number') {
    if (sizes.has(key)) return formatBytes(value)
    if (times.has(key) || (key === 'maxLoad' && kind === 'page')) return formatDuration(value)
  }
  if (Array.isArray(value)) return value.map(each => wordOf('', each, kind)).join(', ')
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map(([inner, each]) => `${inner} ${wordOf(inner, each, kind)}`)
      .join(', ')
  return String(value)
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}
