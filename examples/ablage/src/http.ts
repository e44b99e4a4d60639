// The few words of HTTP that the routes need.
import type { IncomingMessage, ServerResponse } from 'node:http'

/** An answer that ends the request; thrown anywhere below a route. */
export class HttpError extends Error {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail)
    this.status = status
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

export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  // The stream stays open when it is too long: destroying it would take the connection, and the answer, with it.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    bytes += chunk.length
    if (bytes > limit) throw new HttpError(413, `höchstens ${limit} Bytes`, { Connection: 'close' })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** A JSON object, whatever content type was claimed: `curl -d` claims a form. */
export async function readJson(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const body = await readBody(request, 64 * 1024)
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    if (typeof value === 'object' && value !== null) return { ...value }
  } catch {
    // Not JSON: refused below.
  }
  throw new HttpError(422, 'der Inhalt ist kein JSON-Objekt')
}

/** The fields of a multipart form; Node's own parser does the work. */
export async function readForm(request: IncomingMessage, limit: number): Promise<FormData> {
  const contentType = request.headers['content-type'] ?? ''
  if (!contentType.startsWith('multipart/form-data'))
    throw new HttpError(422, 'erwartet multipart/form-data mit dem Feld "file"')
  const body = await readBody(request, limit)
  try {
    const parsed = new Response(new Uint8Array(body), { headers: { 'Content-Type': contentType } })
    return await parsed.formData()
  } catch {
    throw new HttpError(422, 'das Formular ist nicht lesbar')
  }
}
