// One running router: the listening socket, its connections, the control of its target, and its end.
import net from 'node:net'
import { type Address, type Arguments, formatListen } from './arguments.ts'
import { Client } from './client.ts'
import { Control } from './control.ts'
import { Gatekeeper } from './gatekeeper.ts'
import { accessLine, LogFile } from './log-file.ts'
import { processIdentity, StateDirectory } from './state-directory.ts'
import { steadyNow, Traffic } from './traffic.ts'

/** Keep-alive clients get this long to send one more request and be told to reconnect, before idle ones are closed. */
const politeMs = 2000

/** A listening socket from another process, not yet listened on by this one. */
export interface ListeningHandle {
  close(): void
}

/** Every address that a router with these arguments serves. */
export function addressesOf({ listen, also }: Arguments): readonly Address[] {
  return also === undefined ? [listen] : [listen, also]
}

export class Router {
  readonly arguments: Arguments
  readonly directory: StateDirectory
  readonly log: LogFile
  readonly #servers = new Map<string, net.Server>()
  readonly #traffic: Traffic
  readonly #file: string
  readonly #startedAt = new Date().toISOString()
  readonly #gatekeeper: Gatekeeper
  #control: Control
  readonly #sweeping: NodeJS.Timeout
  #ending = false

  constructor(args: Arguments, file: string) {
    this.arguments = args
    this.directory = new StateDirectory(args.state)
    const log = new LogFile(args.log)
    this.log = log
    const access = args.access
      ? (...entry: Parameters<typeof accessLine>) => log.later(accessLine(...entry))
      : undefined
    const traffic = new Traffic(args.limits, access)
    this.#traffic = traffic
    this.#file = file
    this.#gatekeeper = new Gatekeeper(traffic, this.directory, line => log.line(line))
    this.#control = this.#makeControl()
    const finest = Math.min(
      args.limits.head,
      args.limits.idle,
      args.limits.stall,
      args.limits.connect,
      args.limits.response,
    )
    this.#sweeping = setInterval(() => this.#sweep(), Math.max(20, Math.min(500, finest / 4)))
  }

  /** The listening sockets that are open, by address. */
  get servers(): ReadonlyMap<string, net.Server> {
    return this.#servers
  }

  /** Opens its addresses, or takes over the sockets that another router opened for them. Rejects when that is not
   *  possible. */
  async listen(inherited: ReadonlyMap<string, ListeningHandle>): Promise<void> {
    for (const address of addressesOf(this.arguments)) {
      const handle = inherited.get(formatListen(address))
      const server = this.#makeServer()
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        const ready = (): void => {
          server.off('error', reject)
          resolve()
        }
        if (handle) server.listen(handle, ready)
        else server.listen({ ...address, backlog: 4096 }, ready)
      })
      server.on('error', error => this.log.line(`listening socket: ${error.message}`))
      this.#servers.set(formatListen(address), server)
    }
  }

  async restore(): Promise<void> {
    await this.#gatekeeper.restore()
    await this.#control.restore()
  }

  /** Says who serves now and takes orders. */
  async open(): Promise<void> {
    await this.directory.write('router.pid', `${processIdentity(process.pid)}\n`)
    await this.#control.start()
    this.log.line(`serving on ${[...this.#servers.keys()].join(' and ')}, process ${process.pid}`)
  }

  look(): void {
    this.#control.look()
  }

  setPredecessor(alive: boolean): void {
    this.#control.setPredecessor(alive)
  }

  /** Hands the word over: no orders, no reports; still serves. */
  async retire(): Promise<void> {
    this.#control.retire()
    // What was being written is on disk before the successor reads and writes.
    await this.directory.settled()
  }

  /** Takes the word back after a successor failed. */
  async resume(): Promise<void> {
    this.#control.stop()
    this.#control = this.#makeControl()
    await this.#control.restore()
    await this.open()
  }

  /** Stops accepting, lets requests end, then resolves. `polite`: idle connections get a moment to be told. */
  async end(polite: boolean): Promise<void> {
    if (this.#ending) return
    this.#ending = true
    const until = steadyNow() + this.#control.drainMs
    this.#traffic.closing = true
    for (const server of this.#servers.values()) server.close()
    this.log.line(`ending, ${this.#traffic.clients.size} connections are open`)
    if (polite) await pause(politeMs, () => this.#traffic.clients.size === 0)
    this.#gatekeeper.giveUp()
    for (const client of this.#traffic.clients) client.retire()
    await pause(until - steadyNow(), () => this.#traffic.clients.size === 0)
    clearInterval(this.#sweeping)
    this.#control.stop()
    this.#gatekeeper.stop()
    this.log.line(`ended, ${this.#traffic.clients.size} connections cut`)
    this.log.flush()
  }

  #makeServer(): net.Server {
    const server = net.createServer(
      { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 },
      socket => void new Client(socket, this.#traffic),
    )
    server.maxConnections = this.arguments.limits.connections
    return server
  }

  #makeControl(): Control {
    const { listen, also } = this.arguments
    const settings = {
      file: this.#file,
      listen: formatListen(listen),
      ...(also === undefined ? {} : { also: formatListen(also) }),
      startedAt: this.#startedAt,
    }
    return new Control(this.#traffic, this.directory, this.#gatekeeper, settings, line => this.log.line(line))
  }

  #sweep(): void {
    const now = steadyNow()
    this.#traffic.now = now
    for (const client of this.#traffic.clients) client.sweep(now)
    this.#traffic.target?.sweep(now)
    // Its order names a time of the day.
    this.#gatekeeper.sweep(Date.now())
  }
}

async function pause(ms: number, done: () => boolean): Promise<void> {
  const until = steadyNow() + ms
  while (!done() && steadyNow() < until) await new Promise(resolve => setTimeout(resolve, 20))
}
