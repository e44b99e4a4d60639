// One request: which route, what is answered when it fails. The log holds no address, no header and no query: they may be personal.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { HttpError, sendJson } from './http.ts'
import { reason } from './log.ts'
import { makeRoutes, type Parts, type Route } from './routes.ts'

export function createApp(parts: Parts): RequestListener {
  const routes = makeRoutes(parts)
  const { settings, log } = parts
  return (request, response) => {
    const begin = performance.now()
    response.setHeader('X-Release', settings.release)
    response.setHeader('X-Content-Type-Options', 'nosniff')
    if (parts.ending()) response.setHeader('Connection', 'close')
    response.on('close', () => {
      const path = (request.url ?? '').split('?')[0]?.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '*')
      const ms = Math.round((performance.now() - begin) * 10) / 10
      log('INFO', 'request', { method: request.method, path, status: response.statusCode, ms })
    })
    answer(routes, request, response).catch((error: unknown) => refuse(parts, response, error))
  }
}

async function answer(routes: readonly Route[], request: IncomingMessage, response: ServerResponse) {
  const url = URL.parse(request.url ?? '/', 'http://serviceheft')
  if (!url) throw new HttpError(400, 'invalid_url')
  const method = request.method === 'HEAD' ? 'GET' : request.method
  const here = routes.filter(({ path }) => path.test(url.pathname))
  const route = here.find(one => one.method === method)
  if (route) return route.handle({ request, response, word: route.path.exec(url.pathname)?.[1] ?? '' })
  throw new HttpError(here.length > 0 ? 405 : 404, here.length > 0 ? 'Method Not Allowed' : 'Not Found')
}

function refuse({ log, settings }: Parts, response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy()
  } else if (error instanceof HttpError) {
    sendJson(response, error.status, { detail: error.message })
  } else {
    log('ERROR', 'request failed', { reason: reason(error) })
    // What went wrong inside is for the log; only a developer sees it here.
    sendJson(response, 500, { detail: settings.production ? 'internal_error' : reason(error) })
  }
}
