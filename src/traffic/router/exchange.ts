// One request and its response. Owns the upstream connection while it lasts, and decides what a failure means: retried,
// answered by the router, or a cut connection when the response has already begun.
import { ChunkScanner } from './chunked.ts'
import type { Client } from './client.ts'
import { forwardedHead } from './forwarded.ts'
import { parseResponseHead, type RequestHead, type ResponseHead } from './head.ts'
import { reply } from './replies.ts'
import type { Target, Upstream, UpstreamUser } from './target.ts'

const headEnd = Buffer.from('\r\n\r\n')
const nothing = Buffer.alloc(0)
const maxResponseHead = 65_536
/** Bodies up to this size are kept until the first byte of the response, for one retry. */
const replayBytes = 65_536
/** Small bodies leave in one piece with their head: one string, one system call. */
const joinBytes = 8192

const idempotent: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])

type Mode = 'head' | 'body' | 'tunnel' | 'over'

export class Exchange implements UpstreamUser {
  readonly #client: Client
  #target: Target
  readonly #head: RequestHead
  #upstream: Upstream
  #mode: Mode = 'head'
  #sent = ''
  /** What was sent of the body, while it could still be sent again. */
  #replay: Buffer[] | undefined = []
  #replaySize = 0
  #corked = false
  #stash: Buffer | undefined
  /** Bytes of this response have arrived: it cannot be asked for again. */
  #answered = false
  #response: ResponseHead | undefined
  #remaining = 0
  #scanner: ChunkScanner | undefined
  /** What the scanner is looking at. */
  #payload: Buffer = nothing
  #keep = false
  #deadline: number
  #retried = false
  readonly #startedAt: number

  constructor(client: Client, target: Target, head: RequestHead) {
    this.#client = client
    this.#target = target
    this.#head = head
    this.#startedAt = client.traffic.access ? Date.now() : 0
    target.enter(this)
    this.#upstream = target.take(this, false)
    this.#deadline = this.#upstream.reused ? 0 : client.traffic.now + client.traffic.limits.connect
  }

  /** Sends the head; with a body to come it waits for `uncork`, so that both leave together. */
  begin(): void {
    const { host, port } = this.#target.address
    const authority = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
    this.#sent = forwardedHead(this.#head, this.#client.peer, this.#client.trusted, authority)
    if (this.#head.framing !== 'none') {
      this.#corked = true
      this.#upstream.socket.cork()
    } else if (this.#upstream.reused) this.#awaitResponse()
    this.#upstream.socket.write(this.#sent, 'latin1')
  }

  uncork(): void {
    if (!this.#corked) return
    this.#corked = false
    this.#upstream.socket.uncork()
  }

  /** Bytes of the request's body, or of the tunnel. */
  requestData(chunk: Buffer): void {
    if (this.#mode === 'over') return
    if (this.#replay !== undefined) {
      this.#replaySize += chunk.length
      if (this.#replaySize > replayBytes) this.#replay = undefined
      else this.#replay.push(chunk)
    }
    if (!this.#upstream.socket.write(chunk) && !this.#corked) {
      this.#client.pause()
      if (this.#mode !== 'tunnel') this.#awaitResponse()
    }
  }

  requestDone(): void {
    if (this.#mode === 'head') this.#awaitResponse()
  }

  upstreamConnected(): void {
    this.#deadline = 0
    if (this.#client.bodyDone) this.#awaitResponse()
  }

  /** From now on it is the target's turn. While connecting, the time for that runs first. */
  #awaitResponse(): void {
    if (!this.#upstream.connected) return
    this.#deadline = this.#client.traffic.now + this.#client.traffic.limits.response
  }

  upstreamDrain(): void {
    if (this.#mode === 'over') return
    this.#client.resume()
    if (this.#mode !== 'head') return
    this.#deadline = 0
    if (this.#client.bodyDone) this.#awaitResponse()
  }

  clientDrain(): void {
    if (this.#mode === 'over') return
    this.#deadline = 0
    this.#upstream.socket.resume()
  }

  /** The client half-closed a tunnel. */
  clientEnd(): void {
    this.#upstream.socket.end()
  }

  /** The client is gone: nobody wants the response. */
  clientGone(): void {
    if (this.#mode === 'over') return
    this.#release(false)
  }

  /** Ends the exchange with the router's own answer, or with a cut when the response has begun. */
  abandon(status: number): void {
    if (this.#mode === 'over') return
    const untouched = this.#mode === 'head'
    if (this.#mode !== 'tunnel') this.#log(untouched ? status : (this.#response?.status ?? 0))
    this.#release(false)
    if (untouched) this.#client.finish(reply(status, this.#head.method === 'HEAD'))
    else this.#client.socket.destroy()
  }

  cut(): void {
    this.abandon(503)
  }

  sweep(now: number): void {
    if (this.#deadline === 0 || this.#deadline > now) return
    this.abandon(504)
  }

  upstreamData(chunk: Buffer): void {
    switch (this.#mode) {
      case 'head':
        this.#readHead(chunk)
        break
      case 'body':
        this.#readBody(chunk)
        break
      case 'tunnel':
        this.#relay(chunk)
        break
      case 'over':
        break
    }
  }

  upstreamEnd(): void {
    if (this.#mode === 'tunnel') this.#client.socket.end()
    else if (this.#mode === 'body' && this.#response?.framing === 'close') this.#finish(false)
    else this.#upstream.socket.destroy()
  }

  upstreamClosed(why: string | undefined): void {
    if (this.#mode === 'over') return
    if (this.#mode === 'tunnel') {
      this.#release(false)
      this.#client.finish()
    } else if (this.#mode === 'head' && this.#mayRetry()) this.#retry()
    else if (this.#mode === 'body' && this.#response?.framing === 'close' && why === undefined)
      this.#finish(false)
    else this.abandon(502)
  }

  /** A kept connection that the target closed before it answered a byte says nothing about the request: once more, on a
   *  new connection, if sending it twice is harmless. A target that could not be reached at all has seen nothing, so
   *  when another one serves by now, that one gets the request, whatever it is. */
  #mayRetry(): boolean {
    if (this.#answered || this.#retried || this.#replay === undefined) return false
    if (!this.#upstream.connected) return this.#client.traffic.target !== this.#target
    return this.#upstream.reused && idempotent.has(this.#head.method)
  }

  #retry(): void {
    const { traffic } = this.#client
    const current = traffic.target ?? this.#target
    if (current !== this.#target) {
      current.enter(this)
      this.#target.leave(this)
      this.#target = current
    }
    this.#retried = true
    this.#upstream = current.take(this, true)
    this.#corked = false
    this.#deadline = traffic.now + traffic.limits.connect
    this.#upstream.socket.cork()
    this.#upstream.socket.write(this.#sent, 'latin1')
    for (const chunk of this.#replay ?? []) this.#upstream.socket.write(chunk)
    this.#upstream.socket.uncork()
    // The old connection may have held the client back.
    this.#client.resume()
  }

  #readHead(chunk: Buffer): void {
    this.#answered = true
    this.#replay = undefined
    let bytes = this.#stash === undefined ? chunk : Buffer.concat([this.#stash, chunk])
    this.#stash = undefined
    while (this.#mode === 'head') {
      const end = bytes.indexOf(headEnd)
      if (end === -1 || end > maxResponseHead) {
        if (bytes.length > maxResponseHead) this.abandon(502)
        else this.#stash = bytes
        return
      }
      const head = parseResponseHead(
        this.#client.traffic.responseNames,
        bytes.toString('latin1', 0, end + 2),
        this.#head.method === 'HEAD',
      )
      if ('why' in head || (head.status === 101 && this.#head.upgrade === undefined)) {
        this.abandon(502)
        return
      }
      if (head.status >= 200 || head.status === 101) {
        this.#beginResponse(head, bytes, end + 4)
        return
      }
      // An interim response (100 Continue, 103 Early Hints); HTTP/1.0 knows none.
      if (this.#head.minor === 1)
        this.#client.socket.write(`HTTP/1.1 ${head.statusText}\r\n${head.lines}\r\n`, 'latin1')
      bytes = bytes.subarray(end + 4)
      if (bytes.length === 0) return
    }
  }

  #beginResponse(head: ResponseHead, bytes: Buffer, at: number): void {
    const client = this.#client
    this.#response = head
    this.#deadline = 0
    if (head.status === 101) {
      this.#beginTunnel(head, bytes.subarray(at))
      return
    }
    this.#mode = 'body'
    const old = this.#head.minor === 0
    // HTTP/1.0 does not know the chunked coding: such a client gets the payload and the end of the connection.
    const ends = head.framing === 'close' || (old && head.framing === 'chunked')
    // An early refusal of an upload: the rest of the body will not be read.
    const early = head.status >= 400 && !client.bodyDone
    this.#keep = this.#head.keepAlive && !ends && !early && !client.traffic.closing
    let text = `HTTP/1.1 ${head.statusText}\r\n${head.lines}`
    if (head.framing === 'chunked' && !old) text += 'Transfer-Encoding: chunked\r\n'
    if (!this.#keep) text += 'Connection: close\r\n\r\n'
    else text += old ? 'Connection: keep-alive\r\n\r\n' : '\r\n'
    this.#remaining = head.length
    if (head.framing === 'chunked') {
      this.#scanner = new ChunkScanner(
        old ? (from, to) => client.socket.write(this.#payload.subarray(from, to)) : undefined,
      )
    }
    const rest = bytes.length - at
    if (rest === 0 && head.framing !== 'none') {
      client.socket.write(text, 'latin1')
    } else if (rest <= joinBytes && head.framing === 'length' && rest <= head.length) {
      this.#remaining -= rest
      this.#send(text + bytes.toString('latin1', at))
      if (this.#remaining === 0) this.#finish(true)
    } else if (rest <= joinBytes && head.framing === 'chunked' && !old) {
      const used = this.#scanner?.scan(bytes, at) ?? -1
      if (used === -1) {
        // Nothing of this response has left yet, so the client can still get an honest answer.
        this.#mode = 'head'
        this.abandon(502)
        return
      }
      this.#send(text + bytes.toString('latin1', at, used))
      if (this.#scanner?.done) this.#finish(used === bytes.length)
    } else if (head.framing === 'none') {
      client.socket.write(text, 'latin1')
      this.#finish(rest === 0)
    } else {
      client.socket.cork()
      client.socket.write(text, 'latin1')
      this.#readBody(bytes.subarray(at))
      client.socket.uncork()
    }
  }

  #send(text: string): void {
    if (!this.#client.socket.write(text, 'latin1')) this.#holdUpstream()
  }

  #readBody(chunk: Buffer): void {
    switch (this.#response?.framing) {
      case 'length': {
        const used = Math.min(this.#remaining, chunk.length)
        this.#remaining -= used
        this.#relay(used === chunk.length ? chunk : chunk.subarray(0, used))
        if (this.#remaining === 0) this.#finish(used === chunk.length)
        break
      }
      case 'chunked':
        this.#readChunked(chunk)
        break
      default:
        this.#relay(chunk)
    }
  }

  #readChunked(chunk: Buffer): void {
    const scanner = this.#scanner
    if (scanner === undefined) return
    this.#payload = chunk
    const used = scanner.scan(chunk, 0)
    if (used === -1) {
      this.abandon(502)
      return
    }
    if (this.#head.minor === 1) this.#relay(used === chunk.length ? chunk : chunk.subarray(0, used))
    else if (this.#client.socket.writableNeedDrain) this.#holdUpstream()
    if (scanner.done) this.#finish(used === chunk.length)
  }

  #relay(chunk: Buffer): void {
    if (chunk.length > 0 && !this.#client.socket.write(chunk)) this.#holdUpstream()
  }

  #holdUpstream(): void {
    this.#upstream.socket.pause()
    const { now, limits } = this.#client.traffic
    // A websocket may be slow for as long as it likes; a response that nobody reads holds the target's memory.
    if (this.#mode !== 'tunnel') this.#deadline = now + limits.stall
  }

  #beginTunnel(head: ResponseHead, rest: Buffer): void {
    this.#mode = 'tunnel'
    this.#target.websockets++
    const upgrade = head.upgrade ?? this.#head.upgrade ?? ''
    const text = `HTTP/1.1 ${head.statusText}\r\n${head.lines}Connection: upgrade\r\nUpgrade: ${upgrade}\r\n\r\n`
    this.#client.socket.write(text, 'latin1')
    this.#log(101)
    this.#relay(rest)
    this.#client.tunnel()
  }

  /** The response is complete. `clean`: nothing followed it on the upstream connection. */
  #finish(clean: boolean): void {
    const status = this.#response?.status ?? 0
    this.#release(clean && this.#response?.keepAlive === true && this.#client.bodyDone)
    this.#log(status)
    this.#client.done(this.#keep)
  }

  #release(reusable: boolean): void {
    if (this.#mode === 'tunnel') this.#target.websockets--
    this.#mode = 'over'
    this.#deadline = 0
    this.#replay = undefined
    const upstream = this.#upstream
    if (reusable && !upstream.socket.destroyed) {
      if (upstream.socket.isPaused()) upstream.socket.resume()
      this.#target.giveBack(upstream, this.#client.traffic.now, this.#response?.idleHint)
    } else {
      upstream.user = undefined
      upstream.socket.destroy()
    }
    this.#target.leave(this)
  }

  #log(status: number): void {
    const { access } = this.#client.traffic
    if (access)
      access(this.#client.peer, this.#head.method, this.#head.target, status, Date.now() - this.#startedAt)
  }
}
