// Routes. Each one reads, calls one function and answers.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { book, listAppointments, parseAppointment } from './appointments.ts'
import { loadAssets } from './assets.ts'
import { addCall, findCall, listCalls, parseCall } from './calls.ts'
import type { Database } from './database.ts'
import { examine, healthStatus } from './health.ts'
import { HttpError, readJson, requireToken, send, sendJson } from './http.ts'
import { InvalidInput } from './input.ts'
import type { Migration } from './migrations.ts'
import type { Settings } from './settings.ts'
import { openUpload, saveUpload } from './uploads.ts'

type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  match: RegExpExecArray,
  url: URL,
) => unknown
interface Route {
  readonly path: RegExp
  readonly methods: Readonly<Record<string, Handler>>
}

export interface Parts {
  readonly database: Database
  readonly migrations: readonly Migration[]
  readonly settings: Settings
  readonly log: (entry: Readonly<Record<string, unknown>>) => void
  /** True while the process ends: clients are told to open their next connection elsewhere. */
  readonly ending: () => boolean
}

export function createApp(parts: Parts): RequestListener {
  const routes = makeRoutes(parts)
  const { settings, log } = parts
  return (request, response) => {
    const begin = performance.now()
    response.setHeader('X-Release', settings.release)
    response.setHeader('X-Content-Type-Options', 'nosniff')
    if (parts.ending()) response.setHeader('Connection', 'close')
    response.on('close', () => {
      const ms = Math.round(performance.now() - begin)
      const complete = response.writableFinished
      log({
        method: request.method,
        path: request.url?.split('?')[0],
        status: response.statusCode,
        ms,
        complete,
      })
    })
    answer(routes, request, response).catch((error: unknown) => refuse(response, error, log))
  }
}

async function answer(
  routes: readonly Route[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = URL.parse(request.url ?? '/', 'http://gateway')
  if (!url) throw new HttpError(400, 'invalid_url', 'the address cannot be read')
  for (const route of routes) {
    const match = route.path.exec(url.pathname)
    if (!match) continue
    const method = request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET')
    const handler = Object.hasOwn(route.methods, method) ? route.methods[method] : undefined
    if (handler) {
      await handler(request, response, match, url)
      return
    }
    const allow = Object.keys(route.methods).join(', ')
    throw new HttpError(405, 'method_not_allowed', `${request.method} is not possible here`, { Allow: allow })
  }
  throw new HttpError(404, 'not_found', `nothing is at ${url.pathname}`)
}

function refuse(response: ServerResponse, error: unknown, log: Parts['log']): void {
  if (response.headersSent || response.destroyed) {
    response.destroy()
  } else if (error instanceof HttpError) {
    for (const [name, value] of Object.entries(error.headers)) response.setHeader(name, value)
    sendJson(response, error.status, error.body)
  } else if (error instanceof InvalidInput) {
    sendJson(response, 400, { error: 'invalid_request', problems: error.problems })
  } else {
    log({ level: 'error', error: error instanceof Error ? error.stack : String(error) })
    sendJson(response, 500, { error: 'internal', message: 'the gateway could not answer; its log says why' })
  }
}

function makeRoutes({ database, migrations, settings }: Parts): readonly Route[] {
  const assets = loadAssets(settings)
  const write =
    (handler: Handler): Handler =>
    (request, ...rest) => {
      requireToken(request, settings.apiToken)
      return handler(request, ...rest)
    }
  return [
    {
      path: /^\/$/,
      methods: {
        GET(_request, response) {
          response.setHeader('Content-Security-Policy', "default-src 'self'")
          send(response, 200, 'text/html; charset=utf-8', assets.page)
        },
      },
    },
    {
      path: /^\/api\/health$/,
      methods: {
        GET: (_request, response) =>
          sendJson(response, 200, { status: 'ok', release: settings.release, version: settings.version }),
      },
    },
    {
      path: /^\/api\/health\/detailed$/,
      methods: {
        async GET(_request, response) {
          const health = await examine(database, migrations, settings)
          sendJson(response, healthStatus(health), health)
        },
      },
    },
    {
      path: /^\/api\/calls$/,
      methods: {
        GET: async (_request, response) => sendJson(response, 200, { calls: await listCalls(database) }),
        POST: write(async (request, response) => {
          const { call, created } = await addCall(database, parseCall(await readJson(request)), new Date())
          sendJson(response, created ? 201 : 200, call)
        }),
      },
    },
    {
      path: /^\/api\/calls\/([1-9]\d{0,14})$/,
      methods: {
        async GET(_request, response, match) {
          const call = await findCall(database, Number(match[1]))
          if (!call) throw new HttpError(404, 'not_found', `no call has the id ${match[1]}`)
          sendJson(response, 200, call)
        },
      },
    },
    {
      path: /^\/api\/appointments$/,
      methods: {
        GET: async (_request, response) =>
          sendJson(response, 200, { appointments: await listAppointments(database) }),
        POST: write(async (request, response) => {
          const appointment = await book(database, parseAppointment(await readJson(request)), new Date())
          if (!appointment) throw new HttpError(409, 'taken', 'another appointment starts at that time')
          sendJson(response, 201, appointment)
        }),
      },
    },
    {
      path: /^\/api\/uploads$/,
      methods: {
        POST: write(async (request, response, _match, url) => {
          const wished = url.searchParams.get('name') ?? ''
          const upload = await saveUpload(request, wished, settings.uploads, settings.maxUpload)
          if (!upload)
            throw new HttpError(413, 'too_large', `a file may hold ${settings.maxUpload} bytes`, {
              Connection: 'close',
            })
          sendJson(response, 201, upload)
        }),
      },
    },
    {
      path: /^\/uploads\/([^/]+)$/,
      methods: {
        async GET(request, response, match) {
          const upload = await openUpload(match[1] ?? '', settings.uploads)
          if (!upload) throw new HttpError(404, 'not_found', 'no such file')
          response.setHeader('Cache-Control', 'public, max-age=31536000, immutable')
          response.writeHead(200, { 'Content-Type': upload.contentType, 'Content-Length': upload.bytes })
          if (request.method !== 'HEAD') return pipeline(upload.stream, response)
          upload.stream.destroy()
          response.end()
        },
      },
    },
    {
      path: /^\/build\/[\w.-]+$/,
      methods: {
        GET(_request, response, match) {
          const file = assets.files.get(match[0])
          if (!file) throw new HttpError(404, 'not_found', 'no such file')
          response.setHeader('Cache-Control', 'public, max-age=31536000, immutable')
          send(response, 200, file.contentType, file.body)
        },
      },
    },
  ]
}
