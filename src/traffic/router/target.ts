// One place where requests go, with its pool of kept connections and the exchanges that use it right now.
import net from 'node:net'
import type { TargetAddress } from './protocol.ts'

/** Whoever uses a connection to the target; told about everything that happens on it. */
export interface UpstreamUser {
  upstreamConnected(): void
  upstreamData(chunk: Buffer): void
  /** The target will send no more. */
  upstreamEnd(): void
  upstreamDrain(): void
  /** The connection is gone; `why` is the error code, when there was one. */
  upstreamClosed(why: string | undefined): void
  /** The drain's time is up: end now. */
  cut(): void
}

export interface Upstream {
  readonly socket: net.Socket
  readonly target: Target
  user: UpstreamUser | undefined
  /** It has carried an exchange before: the other side may have closed it in the meantime. */
  reused: boolean
  connected: boolean
  why: string | undefined
  idleUntil: number
}

/** Node's own server closes idle connections after 5 s; staying below it avoids sending into a closing connection. */
const defaultIdle = 4000
const longestIdle = 60_000

export class Target {
  readonly address: TargetAddress
  /** Exchanges in flight, tunnels included. */
  readonly users = new Set<UpstreamUser>()
  websockets = 0
  /** Nothing new comes here; connections are not kept. */
  draining = false
  /** Called when the last exchange of a draining target has ended. */
  whenEmpty: (() => void) | undefined
  readonly #idle: Upstream[] = []

  constructor(address: TargetAddress) {
    this.address = address
  }

  /** A kept connection, the one used last first; a new one when there is none or `fresh` asks for it. */
  take(user: UpstreamUser, fresh: boolean): Upstream {
    if (!fresh) {
      for (let kept = this.#idle.pop(); kept !== undefined; kept = this.#idle.pop()) {
        if (!kept.socket.destroyed && kept.socket.writable && kept.socket.readable) {
          kept.user = user
          kept.reused = true
          return kept
        }
        kept.socket.destroy()
      }
    }
    return this.#connect(user)
  }

  /** Keeps a connection whose exchange ended cleanly. */
  giveBack(upstream: Upstream, now: number, idleHint: number | undefined): void {
    upstream.user = undefined
    const idle = idleHint === undefined ? defaultIdle : Math.min(longestIdle, idleHint - 1000)
    if (this.draining || idle <= 0 || upstream.socket.destroyed) {
      upstream.socket.destroy()
      return
    }
    upstream.idleUntil = now + idle
    this.#idle.push(upstream)
  }

  enter(user: UpstreamUser): void {
    this.users.add(user)
  }

  leave(user: UpstreamUser): void {
    if (this.users.delete(user) && this.draining && this.users.size === 0) this.whenEmpty?.()
  }

  /** Closes kept connections that were idle too long, and all of them when draining. */
  sweep(now: number): void {
    let kept = 0
    for (const upstream of this.#idle) {
      if (this.draining || upstream.idleUntil <= now) upstream.socket.destroy()
      else this.#idle[kept++] = upstream
    }
    this.#idle.length = kept
  }

  /** Ends everything still in flight; returns how many that were. */
  cut(): number {
    const users = [...this.users]
    for (const user of users) user.cut()
    return users.length
  }

  #connect(user: UpstreamUser): Upstream {
    const { host, port } = this.address
    const socket = net.connect({
      host,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 30_000,
      allowHalfOpen: true,
    })
    const upstream: Upstream = {
      socket,
      target: this,
      user,
      reused: false,
      connected: false,
      why: undefined,
      idleUntil: 0,
    }
    socket.once('connect', () => {
      upstream.connected = true
      upstream.user?.upstreamConnected()
    })
    socket.on('data', chunk => {
      // Bytes that nobody asked for would be taken for the next request's response.
      if (upstream.user === undefined) this.#drop(upstream)
      else upstream.user.upstreamData(chunk)
    })
    socket.on('end', () => {
      if (upstream.user === undefined) this.#drop(upstream)
      else upstream.user.upstreamEnd()
    })
    socket.on('drain', () => upstream.user?.upstreamDrain())
    socket.on('error', error => {
      upstream.why = (error as NodeJS.ErrnoException).code ?? error.message
    })
    socket.on('close', () => {
      if (upstream.user === undefined) this.#drop(upstream)
      else upstream.user.upstreamClosed(upstream.why)
    })
    return upstream
  }

  #drop(upstream: Upstream): void {
    upstream.socket.destroy()
    const index = this.#idle.indexOf(upstream)
    if (index !== -1) this.#idle.splice(index, 1)
  }
}
