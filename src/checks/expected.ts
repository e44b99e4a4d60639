// What a check expects, in the words of stellwerk.yaml: for people who ask by hand and compare themselves.
import type { Check, FlowCheck, PageCheck } from '../config/schema/check.ts'
import { formatBytes } from '../core/bytes.ts'
import { formatDuration } from '../core/duration.ts'

export interface Expected {
  /** Of a flow: the request that is meant. */
  readonly step?: string
  /** Parts such as `status: 200`, `$.status: gesund`, `minFree: 1 GB`. */
  readonly parts: readonly string[]
}

type Keys<K extends Check['kind']> = readonly (keyof Extract<Check, { readonly kind: K }>)[]

/** What says how a check is asked, not what it expects: the same key may be the one here and the other there. */
const asking: { readonly [K in Check['kind']]: Keys<K> } = {
  http: ['url', 'from', 'method', 'headers', 'body', 'form', 'redirects'],
  flow: ['from', 'steps'],
  page: ['url', 'from', 'browser', 'steps'],
  prometheus: ['url', 'from'],
  tcp: ['host', 'port', 'from'],
  command: ['command', 'on', 'cwd'],
  disk: ['path'],
  memory: [],
  cpu: ['over'],
  gpu: [],
  tls: ['address', 'file', 'from'],
  dns: ['name', 'type', 'server', 'from'],
  env: ['file', 'service'],
  secret: ['secret', 'file', 'variable', 'ignore'],
  file: ['path'],
  log: ['service', 'file', 'since'],
  port: ['port'],
  clock: [],
  database: ['database', 'query'],
}
const always = ['kind', 'timeout', 'retries', 'every', 'level', 'roles', 'given']
const sizes = new Set(['minFree', 'minAvailable', 'minBytes'])
const times = new Set(['maxTime', 'maxAge', 'maxSkew', 'every'])

export function expectedOf(check: Check): readonly Expected[] {
  const own = partsOf(check, check.kind, new Set<string>([...always, ...asking[check.kind]]))
  return [
    ...(own.length === 0 ? [] : [{ parts: own }]),
    ...(check.kind === 'flow' ? flowParts(check) : []),
    ...(check.kind === 'page' ? pageParts(check) : []),
  ]
}

function flowParts({ steps }: FlowCheck): readonly Expected[] {
  return steps.map(({ name, expect, until }) => ({
    step: name,
    parts: partsOf({ expect, until }, 'flow', new Set()),
  }))
}

/** What a user does; what is typed is told by nobody. */
function pageParts({ steps }: PageCheck): readonly Expected[] {
  return steps.map((step, index) => ({
    step: `${index + 1}`,
    parts: partsOf(step, 'page', new Set(['with'])),
  }))
}

function partsOf(all: object, kind: string, leave: ReadonlySet<string>): readonly string[] {
  return Object.entries(all).flatMap(([key, value]) => {
    if (leave.has(key) || value === undefined || isEmpty(value)) return []
    if (key === 'expect' || key === 'json' || key === 'match') return partsOf(value, kind, new Set())
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
