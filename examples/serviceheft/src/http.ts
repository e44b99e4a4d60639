// The few words of HTTP that the routes need.
import type { IncomingMessage, ServerResponse } from 'node:http'

/** An answer that ends the request; thrown anywhere below a route. `detail` is a word for programs. */
export class HttpError extends Error {
  readonly status: number

  constructor(status: number, detail: string) {
    super(detail)
    this.status = status
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

export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    bytes += chunk.length
    if (bytes > limit) throw new HttpError(413, 'too_large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

export async function readJson(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const body = await readBody(request, 64 * 1024)
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    if (typeof value === 'object' && value !== null) return { ...value }
  } catch {
    // Not JSON: refused below.
  }
  throw new HttpError(422, 'invalid_json')
}
