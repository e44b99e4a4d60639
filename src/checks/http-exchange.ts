// One HTTP request over one fresh connection, by undici: real TLS verification, no keep-alive, no redirect, no retry, so
// that what answers is what answers now.
import { checkServerIdentity, type PeerCertificate } from 'node:tls'
import type { buildConnector } from 'undici'
import type { Address } from './context.ts'
import { type Body, BodyReader } from './http-body.ts'

export interface ExchangeRequest {
  readonly url: URL
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** Where to connect instead of the URL's own address (a tunnel); Host, SNI and certificate stay the URL's. */
  readonly through?: Address
}

export interface Answer {
  readonly status: number
  /** Names in lower case; several values joined by ", ". */
  readonly headers: Readonly<Record<string, string>>
  /** The Set-Cookie lines, each by itself: joined they could not be told apart. */
  readonly cookies: readonly string[]
  readonly body: Body
}

/** How far an exchange has come: read when it fails or runs out of time. */
export interface Progress {
  stage: 'connecting' | 'waiting' | 'receiving'
  bytes: number
}

/** Rejects with the error of the connection; `progress` says how far it came. An answer that breaks off is an answer
 *  with `body.broken`. */
export async function exchange(
  request: ExchangeRequest,
  signal: AbortSignal,
  progress: Progress,
): Promise<Answer> {
  // A third of the whole program: a command without such a check need not load it.
  // By its default export: that is what CommonJS has in the bundle and in the source alike.
  const { buildConnector, Client } = (await import('undici')).default
  const client = new Client(request.url.origin, {
    connect: connector(request, progress, buildConnector),
    allowH2: false,
    // The caller's limit covers the whole attempt; a second clock here would only blur its message.
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  try {
    const response = await client.request({
      path: `${request.url.pathname}${request.url.search}`,
      method: request.method,
      headers: request.headers,
      body: request.body ?? null,
      reset: true,
      signal,
    })
    progress.stage = 'receiving'
    const headers = flat(response.headers)
    const reader = new BodyReader(headers)
    const body = await reader.read(response.body, signal, bytes => {
      progress.bytes = bytes
    })
    const cookies = [response.headers['set-cookie'] ?? []].flat()
    return { status: response.statusCode, headers, cookies, body }
  } finally {
    await client.destroy()
  }
}

function connector(
  { url, through }: ExchangeRequest,
  progress: Progress,
  build: typeof buildConnector,
): buildConnector.connector {
  const name = url.hostname.replace(/^\[|\]$/g, '')
  const connect = build({
    allowH2: false,
    timeout: 0,
    maxCachedSessions: 0,
    // Through a tunnel Node would compare the certificate with the tunnel's own address when the URL names an IP.
    checkServerIdentity: (_: string, certificate: PeerCertificate) => checkServerIdentity(name, certificate),
  })
  return (options, done) => {
    // undici takes the server name from a Host header of the user; without it, from the URL.
    const { servername: _, ...rest } = options
    const target = through ? { hostname: through.host, port: String(through.port) } : {}
    connect({ ...rest, ...target }, (...result) => {
      if (result[0] === null) progress.stage = 'waiting'
      done(...result)
    })
  }
}

function flat(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const entries = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
  )
  return Object.fromEntries(entries)
}
