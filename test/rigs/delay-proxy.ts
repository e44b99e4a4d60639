// A TCP proxy that adds latency, counts bytes, and can be cut or stalled. It runs as a process of its own: a test that
// waits for a program synchronously, or a benchmark that is busy, must not slow the network down.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface Bytes {
  /** From the client to the target. */
  readonly up: number
  readonly down: number
}

export interface ProxyPort {
  /** Where to connect to, on 127.0.0.1. */
  readonly port: number
  /** Ends every connection at once, on both sides. New ones are accepted. */
  cut(): Promise<void>
  /** Passes nothing on until `resume`, without ending anything: a network that swallows packets. */
  stall(): Promise<void>
  resume(): Promise<void>
  bytes(): Promise<Bytes>
}

export interface DelayProxy extends AsyncDisposable {
  readonly pid: number
  /** One more target. `rttMs` is added to each round trip, half in each direction; connecting costs one as well. */
  add(target: { readonly host: string; readonly port: number }, rttMs: number): Promise<ProxyPort>
}

interface Request {
  readonly id: number
  readonly do: 'add' | 'cut' | 'stall' | 'resume' | 'bytes'
  readonly port: number
  readonly host?: string
  readonly rttMs?: number
}

interface Reply extends Bytes {
  readonly id: number
  readonly port: number
}

export async function startDelayProxy(): Promise<DelayProxy> {
  const child = fork(import.meta.filename, [], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: [],
  })
  await once(child, 'message')
  const waiting = new Map<number, (reply: Reply) => void>()
  child.on('message', (reply: Reply) => {
    waiting.get(reply.id)?.(reply)
    waiting.delete(reply.id)
  })
  let requests = 0
  const ask = (request: Omit<Request, 'id'>) =>
    new Promise<Reply>(resolve => {
      const id = ++requests
      waiting.set(id, resolve)
      child.send({ ...request, id })
    })
  return {
    pid: child.pid ?? 0,
    async add({ host, port: targetPort }, rttMs) {
      const { port } = await ask({ do: 'add', host, port: targetPort, rttMs })
      const tell = async (what: Request['do']) => void (await ask({ do: what, port }))
      return {
        port,
        cut: () => tell('cut'),
        stall: () => tell('stall'),
        resume: () => tell('resume'),
        bytes: async () => {
          const { up, down } = await ask({ do: 'bytes', port })
          return { up, down }
        },
      }
    },
    [Symbol.asyncDispose]: () => end(child),
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

// ---- the process itself

/** In flight at most, for each connection and direction: what a long fat pipe holds. */
const window = 16 * 1024 * 1024

interface Line {
  readonly sockets: Set<Socket>
  readonly bytes: { up: number; down: number }
  stalled: boolean
}

function serve(): void {
  const lines = new Map<number, Line>()
  process.on('message', async (request: Request) => {
    const line = request.do === 'add' ? undefined : lines.get(request.port)
    let port = request.port
    if (request.do === 'add') port = await listen(lines, request)
    if (request.do === 'cut') for (const socket of line?.sockets ?? []) socket.resetAndDestroy()
    if (line && (request.do === 'stall' || request.do === 'resume')) {
      line.stalled = request.do === 'stall'
      for (const socket of line.sockets) line.stalled ? socket.pause() : socket.resume()
    }
    process.send?.({ id: request.id, port, up: line?.bytes.up ?? 0, down: line?.bytes.down ?? 0 })
  })
  process.once('disconnect', () => process.exit(0))
  process.send?.('ready')
}

async function listen(lines: Map<number, Line>, request: Request): Promise<number> {
  const line: Line = { sockets: new Set(), bytes: { up: 0, down: 0 }, stalled: false }
  const { host = '127.0.0.1', port, rttMs = 0 } = request
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, client => {
    keep(line, client)
    // The client's own handshake with the proxy is free, so the round trip that it would cost is waited here.
    later(rttMs, () => {
      const target = connect({ host, port, allowHalfOpen: true, noDelay: true })
      keep(line, target)
      client.once('close', () => target.destroy())
      target.once('close', () => client.destroy())
      pass(line, client, target, rttMs / 2, 'up')
      pass(line, target, client, rttMs / 2, 'down')
      if (line.stalled) return
      client.resume()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const own = (server.address() as AddressInfo).port
  lines.set(own, line)
  return own
}

function keep(line: Line, socket: Socket): void {
  line.sockets.add(socket)
  socket.on('error', () => {})
  socket.once('close', () => line.sockets.delete(socket))
}

function pass(line: Line, from: Socket, to: Socket, delayMs: number, direction: keyof Bytes): void {
  let inFlight = 0
  from.on('data', (chunk: Buffer) => {
    line.bytes[direction] += chunk.length
    inFlight += chunk.length
    if (inFlight > window) from.pause()
    later(delayMs, () => {
      if (to.destroyed) return
      to.write(chunk, () => {
        inFlight -= chunk.length
        if (inFlight <= window && !line.stalled) from.resume()
      })
    })
  })
  from.once('end', () => later(delayMs, () => to.end()))
}

function later(ms: number, action: () => void): void {
  if (ms === 0) action()
  else setTimeout(action, ms)
}

if (import.meta.main) serve()
