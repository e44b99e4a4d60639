// What every connection of the router shares: where requests go now, whom to believe, limits and logs.
import net from 'node:net'
import { HeaderNames } from './fields.ts'
import type { Gate } from './gate.ts'
import type { Target } from './target.ts'

/** Milliseconds, except where a name says bytes. */
export interface Limits {
  /** From the first byte of a request head to its end. */
  readonly head: number
  /** Between two requests of one connection. */
  readonly idle: number
  /** Without any byte of a request body, and for a client that does not read its response. */
  readonly stall: number
  readonly connect: number
  /** From the last byte sent to the target to the head of its response. */
  readonly response: number
  readonly headBytes: number
  readonly connections: number
}

export const defaultLimits: Limits = {
  head: 10_000,
  idle: 75_000,
  stall: 60_000,
  connect: 5_000,
  response: 300_000,
  headBytes: 32_768,
  connections: 10_000,
}

export interface Connection {
  sweep(now: number): void
  /** Closes the connection if nothing is going on; else it closes after the response. */
  retire(): void
}

/** `mark`: what else is to be said of it, such as `maintenance`. */
export type AccessLog = (
  address: string,
  method: string,
  target: string,
  status: number,
  ms: number,
  mark?: string,
) => void

/** A request that waits for the end of maintenance. */
export interface Held {
  /** The gate has changed. */
  reconsider(): void
  turnAway(): void
}

export class Traffic {
  readonly limits: Limits
  readonly access: AccessLog | undefined
  /** Memories of header spellings: separate, so that neither side can fill the other's. */
  readonly requestNames = new HeaderNames()
  readonly responseNames = new HeaderNames()
  readonly clients = new Set<Connection>()
  target: Target | undefined
  /** Closed: maintenance. */
  gate: Gate | undefined
  readonly held = new Set<Held>()
  /** Responses say `Connection: close` from now on. */
  closing = false
  /** Milliseconds since the router began, by a clock that nobody can set; read often, and of no precision. */
  now = steadyNow()
  /** Grows with each change of the list of trusted proxies. */
  trustVersion = 0
  #trusted = addressList([])

  constructor(limits: Limits, access: AccessLog | undefined) {
    this.limits = limits
    this.access = access
  }

  /** Addresses and CIDR ranges; entries that are neither are returned. */
  trust(entries: readonly string[]): readonly string[] {
    this.#trusted = addressList(entries)
    this.trustVersion++
    return this.#trusted.strange
  }

  isTrusted(address: string): boolean {
    return this.#trusted.holds(address)
  }
}

/** Deadlines go by this: the time of the day may be set while they run. */
export function steadyNow(): number {
  return Math.ceil(performance.now())
}

export interface AddressList {
  readonly holds: (address: string) => boolean
  /** Entries that are neither an address nor a range. */
  readonly strange: readonly string[]
}

export function addressList(entries: readonly string[]): AddressList {
  const list = new net.BlockList()
  const strange: string[] = []
  for (const entry of entries) {
    const [address = '', prefix] = entry.split('/')
    const family = net.isIP(address)
    const bits = prefix === undefined ? undefined : Number(prefix)
    if (
      family === 0 ||
      (bits !== undefined && !(Number.isInteger(bits) && bits >= 0 && bits <= (family === 4 ? 32 : 128)))
    ) {
      strange.push(entry)
    } else if (bits === undefined) list.addAddress(address, family === 4 ? 'ipv4' : 'ipv6')
    else list.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6')
  }
  const holds = (address: string): boolean => {
    const family = net.isIP(address)
    return family !== 0 && list.check(address, family === 4 ? 'ipv4' : 'ipv6')
  }
  return { holds, strange }
}

/** `::ffff:192.0.2.1` is how a dual-stack socket spells 192.0.2.1. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}
