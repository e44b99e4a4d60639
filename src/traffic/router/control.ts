// Carries out the orders of desired.json: probe, switch, drain, report. The only writer of status.json.
import type { Gatekeeper } from './gatekeeper.ts'
import { probe } from './probe.ts'
import {
  type Desired,
  formatStatus,
  parseDesired,
  parseStatus,
  type Status,
  sameTarget,
  type TargetAddress,
} from './protocol.ts'
import type { StateDirectory } from './state-directory.ts'
import { Target } from './target.ts'
import type { Traffic } from './traffic.ts'

const reportMs = 500

export interface ControlSettings {
  readonly file: string
  readonly listen: string
  readonly also?: string
  readonly startedAt: string
}

export class Control {
  readonly #traffic: Traffic
  readonly #directory: StateDirectory
  readonly #gatekeeper: Gatekeeper
  readonly #settings: ControlSettings
  readonly #log: (line: string) => void
  readonly #draining = new Map<Target, NodeJS.Timeout>()
  #generation = 0
  #state: Status['state'] = 'idle'
  #previous: TargetAddress | undefined
  #problem: string | undefined
  #cut = 0
  #drainMs = 30_000
  #trust: readonly string[] = []
  #probing: AbortController | undefined
  #following: { look(): void; stop(): void } | undefined
  #reporting: NodeJS.Timeout | undefined
  #stopped = false
  /** A router that handed its socket over still answers its last requests: old targets must wait for it too. */
  #predecessor = false

  constructor(
    traffic: Traffic,
    directory: StateDirectory,
    gatekeeper: Gatekeeper,
    settings: ControlSettings,
    log: (line: string) => void,
  ) {
    this.#traffic = traffic
    this.#directory = directory
    this.#gatekeeper = gatekeeper
    this.#settings = settings
    this.#log = log
  }

  get drainMs(): number {
    return this.#drainMs
  }

  /** Takes up what the last router left, without asking whether the target is ready: it was, and users wait. */
  async restore(): Promise<void> {
    const text = await this.#directory.read('status.json')
    const left = text === undefined ? undefined : parseStatus(text)
    if (left !== undefined) {
      this.#drainMs = left.drainMs
      this.#setTrust(left.trustForwarded)
      this.#previous = left.previous
      if (left.target) this.#traffic.target = new Target(left.target)
      // An order that was not carried out to its end is carried out again.
      if (left.state !== 'switching') {
        this.#generation = left.generation
        this.#state = left.state === 'draining' ? 'stable' : left.state
        this.#problem = left.problem
      }
      return
    }
    // Without a status the last order is the best knowledge there is.
    const order = parseDesired((await this.#directory.read('desired.json')) ?? '')
    if (typeof order === 'string') return
    this.#log(`status.json is missing or unreadable; taking generation ${order.generation} as it is`)
    this.#generation = order.generation
    this.#drainMs = order.drainMs
    this.#setTrust(order.trustForwarded)
    this.#traffic.target = order.target && new Target(order.target)
    this.#state = 'stable'
  }

  async start(): Promise<void> {
    this.#gatekeeper.follow(() => void this.#report())
    await this.#report()
    this.#following = this.#directory.follow('desired.json', () => void this.#read())
  }

  /** Looks at desired.json now. */
  look(): void {
    this.#following?.look()
    this.#gatekeeper.look()
  }

  setPredecessor(alive: boolean): void {
    this.#predecessor = alive
    if (!alive) this.#settle()
  }

  /** No more orders and no more reports: another router has taken over. Follows its switches, so that the last requests
   *  here do not go to a target that is about to stop. */
  retire(): void {
    this.stop()
    this.#gatekeeper.follow(undefined)
    this.#following = this.#directory.follow('status.json', () => void this.#imitate())
  }

  stop(): void {
    this.#stopped = true
    this.#probing?.abort()
    this.#following?.stop()
    clearInterval(this.#reporting)
    for (const timer of this.#draining.values()) clearTimeout(timer)
  }

  async #imitate(): Promise<void> {
    const status = parseStatus((await this.#directory.read('status.json')) ?? '')
    if (status?.target && !sameTarget(status.target, this.#traffic.target?.address))
      this.#traffic.target = new Target(status.target)
  }

  async #read(): Promise<void> {
    const order = parseDesired((await this.#directory.read('desired.json')) ?? '')
    if (this.#stopped) return
    if (typeof order === 'string') {
      this.#log(order)
      this.#problem = order
      await this.#report()
      return
    }
    if (order.generation === this.#generation && this.#state !== 'switching') return
    if (order.generation === this.#generation && this.#probing !== undefined) return
    await this.#carryOut(order)
  }

  async #carryOut(order: Desired): Promise<void> {
    this.#probing?.abort()
    const probing = new AbortController()
    this.#probing = probing
    this.#generation = order.generation
    this.#state = 'switching'
    this.#problem = undefined
    this.#log(`generation ${order.generation}: probing ${name(order.target)}`)
    await this.#report()
    const failure = await probe(order, probing.signal)
    // A newer order has taken over meanwhile, or the router stops.
    if (this.#probing !== probing || this.#stopped) return
    this.#probing = undefined
    if (failure === undefined) this.#switch(order)
    else {
      this.#state = 'failed'
      this.#problem = plain(failure)
      this.#log(`generation ${order.generation}: ${name(order.target)} is not ready: ${failure}`)
    }
    await this.#report()
  }

  #switch(order: Desired): void {
    this.#drainMs = order.drainMs
    this.#cut = 0
    this.#setTrust(order.trustForwarded)
    const old = this.#traffic.target
    if (!sameTarget(old?.address, order.target)) {
      this.#traffic.target = order.target && (this.#revive(order.target) ?? new Target(order.target))
      this.#previous = old?.address
      if (old) this.#drain(old, order.drainMs)
      this.#log(`generation ${order.generation}: ${name(order.target)} serves`)
    }
    this.#settle()
  }

  /** Switching back to a target that still drains must not cut its requests. */
  #revive(address: TargetAddress): Target | undefined {
    for (const [target, timer] of this.#draining) {
      if (!sameTarget(target.address, address)) continue
      clearTimeout(timer)
      this.#draining.delete(target)
      target.draining = false
      target.whenEmpty = undefined
      return target
    }
    return undefined
  }

  #drain(target: Target, ms: number): void {
    target.draining = true
    target.sweep(0)
    const end = (cut: number): void => {
      clearTimeout(this.#draining.get(target))
      if (!this.#draining.delete(target)) return
      this.#cut += cut
      this.#log(`${name(target.address)} is drained, ${cut} cut`)
      this.#settle()
    }
    this.#draining.set(
      target,
      setTimeout(() => {
        target.whenEmpty = undefined
        end(target.cut())
      }, ms),
    )
    target.whenEmpty = () => end(0)
    if (target.users.size === 0) end(0)
  }

  /** Says stable as soon as nothing is in flight elsewhere. */
  #settle(): void {
    const waits = this.#draining.size > 0 || this.#predecessor
    if (!waits) {
      clearInterval(this.#reporting)
      this.#reporting = undefined
    }
    if (this.#state !== 'switching' && this.#state !== 'draining') return
    if (this.#probing !== undefined) return
    const before = this.#state
    this.#state = waits ? 'draining' : 'stable'
    if (waits) this.#reporting ??= setInterval(() => void this.#report(), reportMs)
    if (this.#state !== before) void this.#report()
  }

  #setTrust(entries: readonly string[]): void {
    this.#trust = entries
    for (const entry of this.#traffic.trust(entries))
      this.#log(`trustForwarded: ${plain(entry)} is neither an address nor a range`)
  }

  async #report(): Promise<void> {
    if (this.#stopped) return
    let inflight = 0
    let websockets = 0
    for (const target of this.#draining.keys()) {
      inflight += target.users.size - target.websockets
      websockets += target.websockets
    }
    const status: Status = {
      pid: process.pid,
      ...this.#settings,
      generation: this.#generation,
      state: this.#state,
      ...(this.#traffic.target ? { target: this.#traffic.target.address } : {}),
      ...(this.#previous ? { previous: this.#previous } : {}),
      draining: { inflight, websockets },
      cut: this.#cut,
      drainMs: this.#drainMs,
      trustForwarded: this.#trust,
      ...this.#gatekeeper.state,
      ...(this.#problem === undefined ? {} : { problem: this.#problem }),
    }
    try {
      await this.#directory.write('status.json', formatStatus(status))
    } catch (error) {
      this.#log(`status.json cannot be written: ${(error as Error).message}`)
    }
  }
}

function name(target: TargetAddress | undefined): string {
  if (target === undefined) return 'nobody'
  return `${target.release} on ${target.host}:${target.port}`
}

/** Text that sh may cut out of the status file by its quotes. */
function plain(text: string): string {
  return text.replaceAll(/["\\]/g, "'").replaceAll(/[\r\n]+/g, ' ')
}
