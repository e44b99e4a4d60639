// One request: who may, which route, what is answered when it fails.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { HttpError, sendJson } from './http.ts'
import { reason } from './log.ts'
import { observe } from './metrics.ts'
import type { Parts } from './parts.ts'
import { makeRoutes, type Route } from './routes.ts'

export function createApp(parts: Parts): RequestListener {
  const routes = makeRoutes(parts)
  const { settings, metrics, log } = parts
  return (request, response) => {
    const begin = performance.now()
    response.setHeader('X-Release', settings.release)
    response.setHeader('X-Content-Type-Options', 'nosniff')
    if (parts.ending()) response.setHeader('Connection', 'close')
    allowOrigin(settings.corsOrigins, request, response)
    response.on('close', () => {
      const ms = performance.now() - begin
      observe(metrics, request.method ?? '', response.statusCode, ms / 1000)
      const path = request.url?.split('?')[0]
      log('INFO', 'request', {
        method: request.method,
        path,
        status: response.statusCode,
        ms: Math.round(ms * 10) / 10,
      })
    })
    answer(routes, request, response).catch((error: unknown) => refuse(parts, response, error))
  }
}

async function answer(routes: readonly Route[], request: IncomingMessage, response: ServerResponse) {
  const url = URL.parse(request.url ?? '/', 'http://ablage')
  if (!url) throw new HttpError(400, 'die Adresse ist nicht lesbar')
  const method = request.method === 'HEAD' ? 'GET' : request.method
  const here = routes
    .map(route => ({ route, match: route.path.exec(url.pathname) }))
    .filter(({ match }) => match !== null)
  const found = here.find(({ route }) => route.method === method)
  if (found) return found.route.handle({ request, response, url, word: found.match?.[1] ?? '' })
  if (here.length === 0) throw new HttpError(404, 'Not Found')
  throw new HttpError(405, 'Method Not Allowed', { Allow: here.map(({ route }) => route.method).join(', ') })
}

function refuse({ log }: Parts, response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy()
  } else if (error instanceof HttpError) {
    for (const [name, value] of Object.entries(error.headers)) response.setHeader(name, value)
    sendJson(response, error.status, { detail: error.message })
  } else {
    log('ERROR', 'request failed', { reason: reason(error) })
    sendJson(response, 500, { detail: 'interner Fehler; das Log sagt, welcher' })
  }
}

function allowOrigin(allowed: readonly string[], request: IncomingMessage, response: ServerResponse): void {
  const { origin } = request.headers
  if (origin === undefined || !allowed.includes(origin)) return
  response.setHeader('Access-Control-Allow-Origin', origin)
  response.setHeader('Vary', 'Origin')
}
