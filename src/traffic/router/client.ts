// One connection of a client: cuts its bytes into requests and gives each to an exchange. One request at a time;
// pipelined ones wait their turn.
import type net from 'node:net'
import { ChunkScanner } from './chunked.ts'
import { Exchange } from './exchange.ts'
import { parseRequestHead, type RequestHead } from './head.ts'
import { reply } from './replies.ts'
import { type Connection, type Held, plainAddress, type Traffic } from './traffic.ts'

const headEnd = Buffer.from('\r\n\r\n')
/** After a final answer the client may still be sending; closing at once would reset the answer away. */
const lingerMs = 2000
const pipelineBytes = 65_536

type Mode = 'head' | 'held' | 'body' | 'waiting' | 'tunnel' | 'linger'

export class Client implements Connection, Held {
  readonly socket: net.Socket
  readonly traffic: Traffic
  /** Address of the peer. */
  readonly peer: string
  #mode: Mode = 'head'
  #deadline: number
  #stash: Buffer | undefined
  #exchange: Exchange | undefined
  /** A request that waits for the end of maintenance: its head, and the bytes that came with it. */
  #waiting: { readonly head: RequestHead; readonly bytes: Buffer; readonly at: number } | undefined
  #remaining = 0
  #scanner: ChunkScanner | undefined
  #trusted = false
  #trustVersion = -1

  constructor(socket: net.Socket, traffic: Traffic) {
    this.socket = socket
    this.traffic = traffic
    this.peer = plainAddress(socket.remoteAddress ?? '')
    this.#deadline = traffic.now + traffic.limits.idle
    traffic.clients.add(this)
    socket.on('data', chunk => this.#data(chunk))
    socket.on('end', () => this.#end())
    socket.on('drain', () => this.#drained())
    // The close that follows says everything there is to do.
    socket.on('error', () => {})
    socket.on('close', () => this.#closed())
  }

  get bodyDone(): boolean {
    return this.#mode !== 'body'
  }

  get trusted(): boolean {
    if (this.#trustVersion !== this.traffic.trustVersion) {
      this.#trustVersion = this.traffic.trustVersion
      this.#trusted = this.traffic.isTrusted(this.peer)
    }
    return this.#trusted
  }

  /** Between two requests. */
  get idle(): boolean {
    return this.#mode === 'head' && this.#stash === undefined
  }

  /** The exchange is over; the next request may start, or this was the last one. */
  done(keep: boolean): void {
    this.#exchange = undefined
    if (!keep || this.#mode === 'body') {
      this.finish()
      return
    }
    this.#mode = 'head'
    this.#deadline = this.traffic.now + this.traffic.limits.idle
    if (this.#stash !== undefined) this.#next()
    else if (this.socket.isPaused()) this.socket.resume()
  }

  /** Sends what is left and closes; discards what the client still sends for a moment. */
  finish(last?: string): void {
    this.#exchange = undefined
    this.#stash = undefined
    this.#mode = 'linger'
    this.#deadline = this.traffic.now + this.traffic.limits.stall
    if (last !== undefined) this.socket.write(last, 'latin1')
    this.socket.end(() => {
      this.#deadline = this.traffic.now + lingerMs
    })
    this.socket.resume()
  }

  /** The connection carries another protocol from now on. */
  tunnel(): void {
    this.#mode = 'tunnel'
    this.#deadline = 0
    const stash = this.#stash
    this.#stash = undefined
    if (stash !== undefined) this.#exchange?.requestData(stash)
    this.socket.resume()
  }

  pause(): void {
    this.socket.pause()
    // A target that does not read is not the client's fault; the exchange watches the target.
    if (this.#mode === 'body') this.#deadline = 0
  }

  resume(): void {
    if (this.#mode === 'body') this.#deadline = this.traffic.now + this.traffic.limits.stall
    this.socket.resume()
  }

  sweep(now: number): void {
    if (this.#deadline !== 0 && this.#deadline <= now) this.#expired()
    else this.#exchange?.sweep(now)
  }

  reconsider(): void {
    const waiting = this.#waiting
    if (waiting === undefined) return
    this.#release()
    this.#mode = 'head'
    this.socket.resume()
    this.#begin(waiting.head, waiting.bytes, waiting.at)
  }

  turnAway(): void {
    const waiting = this.#waiting
    this.#release()
    if (waiting !== undefined) this.#refuse(waiting.head)
  }

  retire(): void {
    if (this.idle) this.finish()
  }

  #expired(): void {
    this.#deadline = 0
    if (this.#mode === 'linger') this.socket.destroy()
    else if (this.#mode === 'held') this.turnAway()
    else if (this.#mode === 'body' && this.#exchange) this.#exchange.abandon(408)
    else if (this.#stash !== undefined) this.finish(reply(408, false))
    else this.finish()
  }

  #data(chunk: Buffer): void {
    switch (this.#mode) {
      case 'head':
        this.#head(this.#stash === undefined ? chunk : Buffer.concat([this.#stash, chunk]))
        break
      case 'body':
        this.#body(chunk)
        break
      case 'tunnel':
        this.#exchange?.requestData(chunk)
        break
      case 'held':
      case 'waiting':
        this.#stash = this.#stash === undefined ? chunk : Buffer.concat([this.#stash, chunk])
        if (this.#stash.length > pipelineBytes) this.socket.pause()
        break
      case 'linger':
        break
    }
  }

  #next(): void {
    // Responses that the client does not read must not pile up here.
    if (this.socket.writableNeedDrain) return
    const stash = this.#stash
    if (stash === undefined || this.#mode !== 'head') return
    this.#stash = undefined
    this.#head(stash)
    if (!this.#holdsPipeline() && this.socket.isPaused()) this.socket.resume()
  }

  #holdsPipeline(): boolean {
    return this.#mode === 'waiting' || this.#mode === 'held'
  }

  #head(bytes: Buffer): void {
    let start = 0
    // Empty lines before a request line are tolerated, as RFC 9112 2.2 asks.
    while (start < 8 && bytes[start] === 13 && bytes[start + 1] === 10) start += 2
    const end = bytes.indexOf(headEnd, start)
    if (
      end === -1
        ? bytes.length - start > this.traffic.limits.headBytes
        : end - start > this.traffic.limits.headBytes
    ) {
      this.finish(reply(431, false))
      return
    }
    if (end === -1) {
      // The time for a head counts from its first byte, so that a byte now and then does not keep it open.
      if (this.#stash === undefined) this.#deadline = this.traffic.now + this.traffic.limits.head
      this.#stash = bytes
      return
    }
    this.#stash = undefined
    const head = parseRequestHead(
      this.traffic.requestNames,
      bytes.toString('latin1', start, end + 2),
      this.trusted,
    )
    if ('why' in head) this.finish(reply(head.status, false))
    else this.#begin(head, bytes, end + 4)
  }

  #begin(head: RequestHead, bytes: Buffer, at: number): void {
    const decision = this.traffic.gate?.decide(head, this.peer, address => this.traffic.isTrusted(address))
    if (decision?.kind === 'page') this.#refuse(head)
    else if (decision?.kind === 'hold') this.#hold(head, bytes, at)
    else this.#forward(decision?.kind === 'pass' ? decision.head : head, bytes, at)
  }

  /** Nothing more is read until the gate opens or the time is up. */
  #hold(head: RequestHead, bytes: Buffer, at: number): void {
    this.#mode = 'held'
    this.#waiting = { head, bytes, at }
    this.#deadline = this.traffic.now + Math.max(1, this.traffic.gate?.order.pauseMs ?? 0)
    this.traffic.held.add(this)
    this.socket.pause()
  }

  #release(): void {
    this.#waiting = undefined
    this.traffic.held.delete(this)
  }

  #refuse(head: RequestHead): void {
    const { gate, access } = this.traffic
    if (access) access(this.peer, head.method, head.target, 503, 0, 'maintenance')
    this.finish(gate?.page(head) ?? reply(503, head.method === 'HEAD'))
  }

  #forward(head: RequestHead, bytes: Buffer, at: number): void {
    const target = this.traffic.target
    if (target === undefined) {
      this.finish(reply(503, head.method === 'HEAD'))
      return
    }
    const exchange = new Exchange(this, target, head)
    this.#exchange = exchange
    if (head.framing === 'none') {
      this.#mode = 'waiting'
      this.#deadline = 0
      if (at < bytes.length) this.#stash = bytes.subarray(at)
      exchange.begin()
      return
    }
    this.#mode = 'body'
    this.#deadline = this.traffic.now + this.traffic.limits.stall
    this.#remaining = head.length
    this.#scanner = head.framing === 'chunked' ? new ChunkScanner() : undefined
    exchange.begin()
    if (at < bytes.length) this.#body(bytes.subarray(at))
    exchange.uncork()
  }

  #body(chunk: Buffer): void {
    const exchange = this.#exchange
    if (exchange === undefined) return
    let used: number
    let done: boolean
    if (this.#scanner !== undefined) {
      used = this.#scanner.scan(chunk, 0)
      done = this.#scanner.done
    } else {
      used = Math.min(this.#remaining, chunk.length)
      this.#remaining -= used
      done = this.#remaining === 0
    }
    if (used === -1) {
      exchange.abandon(400)
      return
    }
    this.#deadline = this.traffic.now + this.traffic.limits.stall
    if (done) {
      this.#mode = 'waiting'
      this.#deadline = 0
      this.#scanner = undefined
      if (used < chunk.length) this.#stash = chunk.subarray(used)
    }
    exchange.requestData(used === chunk.length ? chunk : chunk.subarray(0, used))
    if (done) exchange.requestDone()
  }

  #drained(): void {
    if (this.#exchange !== undefined) this.#exchange.clientDrain()
    else this.#next()
  }

  #end(): void {
    if (this.#mode === 'tunnel') this.#exchange?.clientEnd()
    else if (this.#exchange !== undefined) {
      // A client that closes its side has gone away, as every proxy in front of an app assumes.
      this.#exchange.clientGone()
      this.socket.destroy()
    } else if (this.#mode === 'linger') {
      if (this.socket.writableFinished) this.socket.destroy()
    } else this.finish()
  }

  #closed(): void {
    this.traffic.clients.delete(this)
    this.#release()
    this.#exchange?.clientGone()
    this.#exchange = undefined
    this.#mode = 'linger'
    this.#deadline = 0
  }
}
