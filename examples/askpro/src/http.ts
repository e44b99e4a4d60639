// The few words of HTTP that the routes need.
import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'

/** An answer that ends the request; thrown anywhere below a route. */
export class HttpError extends Error {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: number,
    error: string,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message)
    this.status = status
    this.body = { error, message }
    this.headers = headers
  }
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  send(response, status, 'application/json; charset=utf-8', JSON.stringify(body))
}

export function send(
  response: ServerResponse,
  status: number,
  contentType: string,
  body: string | Buffer,
): void {
  const length = Buffer.byteLength(body)
  response.writeHead(status, { 'Content-Type': contentType, 'Content-Length': length }).end(body)
}

const maxJson = 256 * 1024

export async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    bytes += chunk.length
    if (bytes > maxJson)
      throw new HttpError(413, 'too_large', `the body may hold ${maxJson} bytes`, { Connection: 'close' })
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    throw new HttpError(400, 'invalid_json', 'the body is not JSON')
  }
}

export function requireToken(request: IncomingMessage, token: string | undefined): void {
  if (token === undefined) return
  const given = Buffer.from(request.headers.authorization ?? '')
  const wanted = Buffer.from(`Bearer ${token}`)
  if (given.length === wanted.length && timingSafeEqual(given, wanted)) return
  throw new HttpError(401, 'unauthorized', 'this request needs the API token', {
    'WWW-Authenticate': 'Bearer',
  })
}
