// What the deploy and the router tell each other: two small JSON files in the router's state directory. Pure data.

/** Where requests go. */
export interface TargetAddress {
  readonly host: string
  readonly port: number
  /** Id of the release that answers there. */
  readonly release: string
}

/** `desired.json`: written by the deploy with temporary name + rename. A new generation is an order to switch. */
export interface Desired {
  readonly generation: number
  /** Absent: nowhere, every request is answered 503. */
  readonly target?: TargetAddress
  /** Milliseconds for requests in flight on the old target; then they are cut. */
  readonly drainMs: number
  /** Addresses or CIDR ranges of proxies in front, whose X-Forwarded-* is believed. */
  readonly trustForwarded: readonly string[]
  /** Without it an open port is enough. */
  readonly health?: { readonly path: string; readonly timeoutMs: number }
}

/** switching: the new target is being probed, the old one serves. draining: the new one serves, requests are still in
 *  flight on an older one. stable: nothing is in flight elsewhere. failed: the new target was not ready, the old serves. */
export type SwitchState = 'idle' | 'switching' | 'draining' | 'stable' | 'failed'

/** `status.json`: written by the router; one top-level key a line, so that sh can read it with sed. */
export interface Status {
  readonly pid: number
  /** ISO 8601, UTC. */
  readonly startedAt: string
  /** Path of the program that runs. */
  readonly file: string
  readonly listen: string
  /** A second address that stays open until the first is proven. */
  readonly also?: string
  /** The newest generation that was looked at. */
  readonly generation: number
  readonly state: SwitchState
  readonly target?: TargetAddress
  readonly previous?: TargetAddress
  readonly draining: { readonly inflight: number; readonly websockets: number }
  /** Requests and tunnels of the last drain that ran out of time. */
  readonly cut: number
  readonly drainMs: number
  readonly trustForwarded: readonly string[]
  /** Who ordered maintenance, or `off`. */
  readonly maintenance: string
  /** Requests that began before the gate closed and are not answered yet. */
  readonly inflight: number
  /** Why the state is failed. Holds no double quote and no backslash. */
  readonly problem?: string
}

/** `upgrade.json`: asks the running router to start another program file and hand its listening socket over. */
export interface Upgrade {
  readonly file: string
  readonly node: string
  readonly arguments: readonly string[]
}

/** One top-level key a line. */
export function formatStatus(status: Status): string {
  const lines = Object.entries(status)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`)
  return `{\n${lines.join(',\n')}\n}\n`
}

/** The order in `text`, or what is wrong with it. */
export function parseDesired(text: string): Desired | string {
  const value = parseObject(text)
  if (value === undefined) return 'desired.json is not a JSON object'
  const { generation, drainMs, trustForwarded, health } = value
  if (!isCount(generation)) return 'generation must be a whole number'
  const target = readTarget(value['target'])
  if (target === undefined && value['target'] !== undefined) return 'target must have host, port and release'
  if (!isCount(drainMs)) return 'drainMs must be a whole number of milliseconds'
  const trusted = trustForwarded ?? []
  if (!Array.isArray(trusted) || !trusted.every(entry => typeof entry === 'string')) {
    return 'trustForwarded must be a list of addresses'
  }
  const order = { generation, ...(target ? { target } : {}), drainMs, trustForwarded: trusted }
  if (health === undefined) return order
  const probe = readHealth(health)
  return probe === undefined ? 'health must have path and timeoutMs' : { ...order, health: probe }
}

/** What a router left behind, as far as it can be believed; undefined when there is nothing usable. */
export function parseStatus(
  text: string,
):
  | Pick<Status, 'generation' | 'state' | 'drainMs' | 'trustForwarded' | 'target' | 'previous' | 'problem'>
  | undefined {
  const value = parseObject(text)
  if (value === undefined || !isCount(value['generation'])) return undefined
  const target = readTarget(value['target'])
  const previous = readTarget(value['previous'])
  const trusted = value['trustForwarded']
  return {
    generation: value['generation'],
    state: typeof value['state'] === 'string' ? (value['state'] as SwitchState) : 'idle',
    drainMs: isCount(value['drainMs']) ? value['drainMs'] : 30_000,
    trustForwarded: Array.isArray(trusted) ? trusted.filter(entry => typeof entry === 'string') : [],
    ...(target ? { target } : {}),
    ...(previous ? { previous } : {}),
    ...(typeof value['problem'] === 'string' ? { problem: value['problem'] } : {}),
  }
}

export function sameTarget(one: TargetAddress | undefined, other: TargetAddress | undefined): boolean {
  if (one === undefined || other === undefined) return one === other
  return one.host === other.host && one.port === other.port && one.release === other.release
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function readTarget(value: unknown): TargetAddress | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { host, port, release } = value as Record<string, unknown>
  if (typeof host !== 'string' || host === '' || typeof release !== 'string') return undefined
  if (!isCount(port) || port < 1 || port > 65535) return undefined
  return { host, port, release }
}

function readHealth(value: unknown): { path: string; timeoutMs: number } | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { path, timeoutMs } = value as Record<string, unknown>
  if (typeof path !== 'string' || !/^\/[\x21-\x7e]*$/.test(path) || !isCount(timeoutMs)) return undefined
  return { path, timeoutMs }
}
