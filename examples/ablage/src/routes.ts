// The addresses. Each one reads, calls one function and answers.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { logIn, mustWait, requireRole } from './auth.ts'
import { backupStatus, fullBackup } from './backup.ts'
import {
  addDocument,
  type Document,
  detectType,
  findDocument,
  listDocuments,
  markWaiting,
  readContent,
} from './documents.ts'
import { sendExport } from './export.ts'
import { gpuMemory } from './gpu.ts'
import { basicHealth, completeHealth, detailedHealth, isReady, pipelineHealth } from './health.ts'
import { HttpError, readForm, readJson, send, sendJson } from './http.ts'
import { maintenance, refuseWhileMaintenance, switchMaintenance } from './maintenance.ts'
import { metricsText } from './metrics.ts'
import { panelPage, panelScript, panelStyle } from './panel.ts'
import type { Parts } from './parts.ts'
import { enqueue, pauseQueue, queueLength } from './queue.ts'

export interface Call {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly url: URL
  /** What the group of the path matched. */
  readonly word: string
}

export interface Route {
  readonly method: string
  readonly path: RegExp
  readonly handle: (call: Call) => unknown
}

export function makeRoutes(parts: Parts): readonly Route[] {
  return [...watched(parts), ...documents(parts), ...administration(parts), ...panel(parts)]
}

function watched(parts: Parts): readonly Route[] {
  const json = (path: RegExp, body: () => unknown): Route => ({
    method: 'GET',
    path,
    handle: async ({ response }) => sendJson(response, 200, await body()),
  })
  return [
    json(/^\/api\/v1\/health\/?$/, () => basicHealth(parts)),
    json(/^\/api\/v1\/health\/detailed$/, () => detailedHealth(parts)),
    json(/^\/api\/v1\/health\/complete$/, () => completeHealth(parts)),
    json(/^\/api\/v1\/health\/pipeline$/, () => pipelineHealth(parts)),
    json(/^\/api\/v1\/health\/gpu-memory$/, () => gpuMemory(parts.settings)),
    json(/^(?:\/api\/v1\/health)?\/live$/, () => ({ status: 'alive' })),
    json(/^\/api\/v1\/queue\/length$/, () => queueLength(parts.redis)),
    {
      method: 'GET',
      path: /^(?:\/api\/v1\/health)?\/ready$/,
      handle: async ({ response }) =>
        (await isReady(parts))
          ? sendJson(response, 200, { status: 'ready', datenbank: true })
          : sendJson(response, 503, { detail: 'Datenbank nicht verfügbar' }),
    },
    {
      method: 'GET',
      path: /^\/metrics$/,
      handle: async ({ response }) =>
        send(response, 200, 'text/plain; version=0.0.4; charset=utf-8', await metricsText(parts)),
    },
  ]
}

function documents({ database, redis, settings }: Parts): readonly Route[] {
  /** Needs a login; while maintenance is on, one of an administrator, or the pass. */
  const signedIn =
    (handle: Route['handle']): Route['handle'] =>
    async call => {
      if (mustWait(settings, call.request)) await refuseWhileMaintenance(redis)
      requireRole(settings, call.request, 'user')
      return handle(call)
    }
  const wanted = async (id: string): Promise<Document> => {
    const document = await findDocument(database, id)
    if (document) return document
    throw new HttpError(404, 'Dokument nicht gefunden')
  }
  return [
    {
      method: 'POST',
      path: /^\/api\/v1\/auth\/login$/,
      handle: async ({ request, response }) => {
        const { email, passwort, password } = await readJson(request)
        const token = logIn(settings, String(email ?? ''), String(passwort ?? password ?? ''))
        sendJson(response, 200, { access_token: token, token_type: 'bearer' })
      },
    },
    {
      method: 'POST',
      path: /^\/api\/v1\/documents\/?$/,
      handle: signedIn(async ({ request, response }) => {
        const form = await readForm(request, settings.maxUpload)
        const file = form.get('file')
        if (!(file instanceof File)) throw new HttpError(422, 'das Feld "file" fehlt')
        const content = Buffer.from(await file.arrayBuffer())
        const typ = detectType(content)
        if (typ === undefined) throw new HttpError(415, 'gelesen werden PDF, PNG und JPEG')
        const titel = String(form.get('title') ?? form.get('titel') ?? file.name)
        const document = await addDocument(database, settings.storage, {
          titel,
          typ,
          content,
          dateiname: file.name,
        })
        await enqueue(redis, document.id)
        sendJson(response, 201, document)
      }),
    },
    {
      method: 'GET',
      path: /^\/api\/v1\/documents\/?$/,
      handle: signedIn(async ({ response }) => {
        const dokumente = await listDocuments(database)
        sendJson(response, 200, { anzahl: dokumente.length, dokumente })
      }),
    },
    {
      method: 'GET',
      path: /^\/api\/v1\/documents\/export$/,
      handle: signedIn(async ({ response, url }) =>
        sendExport(response, url.searchParams.get('format') ?? 'json', await listDocuments(database, 10_000)),
      ),
    },
    {
      method: 'GET',
      path: /^\/api\/v1\/documents\/([^/]+)\/export$/,
      handle: signedIn(async ({ response, url, word }) =>
        sendExport(response, url.searchParams.get('format') ?? 'json', [await wanted(word)]),
      ),
    },
    {
      method: 'GET',
      path: /^\/api\/v1\/documents\/([^/]+)\/file$/,
      handle: signedIn(async ({ response, word }) => {
        const document = await wanted(word)
        send(response, 200, document.typ, await readContent(settings.storage, document))
      }),
    },
    {
      method: 'GET',
      path: /^\/api\/v1\/documents\/([^/]+)$/,
      handle: signedIn(async ({ response, word }) => sendJson(response, 200, await wanted(word))),
    },
    {
      method: 'POST',
      path: /^\/api\/v1\/ocr\/process$/,
      handle: signedIn(async ({ request, response }) => {
        const { document_id, backend = 'auto' } = await readJson(request)
        if (backend !== 'auto' && backend !== 'tesseract')
          throw new HttpError(422, 'backend muss auto oder tesseract sein')
        const { id } = await wanted(String(document_id ?? ''))
        await markWaiting(database, id)
        await enqueue(redis, id)
        sendJson(response, 202, { document_id: id, backend: 'tesseract', status: 'wartet' })
      }),
    },
  ]
}

function administration({ settings, redis, log }: Parts): readonly Route[] {
  const admin = (method: string, path: RegExp, body: (email: string) => unknown): Route => ({
    method,
    path,
    handle: async ({ request, response }) => {
      const { email } = requireRole(settings, request, 'admin')
      sendJson(response, 200, await body(email))
    },
  })
  const maintain = (on: boolean) => async (email: string) => {
    log('WARNING', on ? 'maintenance on' : 'maintenance off', { by: email })
    return switchMaintenance(redis, on, email)
  }
  const pause = (on: boolean) => async () => {
    await pauseQueue(redis, on)
    return queueLength(redis)
  }
  return [
    admin('POST', /^\/api\/v1\/admin\/maintenance\/enable$/, maintain(true)),
    admin('POST', /^\/api\/v1\/admin\/maintenance\/disable$/, maintain(false)),
    admin('GET', /^\/api\/v1\/admin\/maintenance\/status$/, () => maintenance(redis)),
    admin('POST', /^\/api\/v1\/admin\/queue\/pause$/, pause(true)),
    admin('POST', /^\/api\/v1\/admin\/queue\/resume$/, pause(false)),
    admin('POST', /^\/api\/v1\/backup\/full$/, () => fullBackup(settings)),
    admin('GET', /^\/api\/v1\/backup\/status$/, () => backupStatus(settings)),
  ]
}

function panel({ settings }: Parts): readonly Route[] {
  const page = (path: RegExp, type: string, body: string): Route => ({
    method: 'GET',
    path,
    handle: ({ response }) => {
      response.setHeader('Content-Security-Policy', "default-src 'self'; img-src data:")
      send(response, 200, `${type}; charset=utf-8`, body)
    },
  })
  return [
    page(/^\/admin\/?$/, 'text/html', panelPage(settings)),
    page(/^\/admin\/panel\.css$/, 'text/css', panelStyle),
    page(/^\/admin\/panel\.js$/, 'text/javascript', panelScript),
  ]
}
