// One slot of an app as the router sees it: a small server that says which release it is and can be made to behave badly.
import http from 'node:http'
import type net from 'node:net'

export interface Slot {
  readonly port: number
  readonly release: string
  /** Requests that have reached the handler. */
  readonly seen: readonly {
    readonly method: string
    readonly url: string
    readonly headers: http.IncomingHttpHeaders
  }[]
  /** Resolves when the next request reaches the handler. */
  arrival(): Promise<void>
  /** Stops at once, with everything that is open. */
  close(): Promise<void>
}

export type Handler = (request: http.IncomingMessage, response: http.ServerResponse) => void

/** Starts a server on a free port of 127.0.0.1. Without a handler it echoes what it got as JSON. */
export async function startSlot(
  release: string,
  handler: Handler = echo,
  onUpgrade?: http.Server['emit'],
): Promise<Slot> {
  const seen: { method: string; url: string; headers: http.IncomingHttpHeaders }[] = []
  let arrived: (() => void)[] = []
  const server = http.createServer((request, response) => {
    seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers })
    response.setHeader('X-Release', release)
    for (const tell of arrived) tell()
    arrived = []
    handler(request, response)
  })
  // An upgraded connection is no longer the server's; it is ended here.
  const sockets = new Set<net.Socket>()
  server.on('connection', socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  if (onUpgrade) server.on('upgrade', onUpgrade as (...values: unknown[]) => void)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as net.AddressInfo).port,
    release,
    seen,
    arrival: () => new Promise(resolve => arrived.push(resolve)),
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

/** Answers with the request's method, path, headers and body. */
export function echo(request: http.IncomingMessage, response: http.ServerResponse): void {
  const parts: Buffer[] = []
  request.on('data', part => parts.push(part))
  request.on('end', () => {
    const { method, url, headers, rawTrailers } = request
    const body = JSON.stringify({
      method,
      url,
      headers,
      trailers: rawTrailers,
      body: Buffer.concat(parts).toString('latin1'),
    })
    response.setHeader('Content-Type', 'application/json')
    response.end(body)
  })
}
