// The addresses, as the API sees them: nginx has taken /api away. Each one reads, calls one function and answers.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { relative } from 'node:path'
import { grantStepUp, listUsers, requireAdmin, setRole, stepUpHeader } from './admin.ts'
import { hash, requestCode, same, type Visitor, verifyCode, visitor } from './auth.ts'
import type { Databases } from './database.ts'
import { HttpError, readBody, readJson, send, sendJson } from './http.ts'
import type { Log } from './log.ts'
import { proveMail, sendCode, takeProbeCode } from './mail.ts'
import { pendingMigrations, readMigrations } from './migrations.ts'
import { qrPage, sitePage, unknownPage } from './pages.ts'
import type { Settings } from './settings.ts'
import { addDocument, addEntry, addVehicle, publicPage } from './vehicles.ts'

export interface Parts {
  readonly databases: Databases
  readonly settings: Settings
  readonly log: Log
  /** True while the process ends: clients are told to open their next connection elsewhere. */
  readonly ending: () => boolean
  /** Processes that answer now. */
  readonly workers: () => number
}

export interface Call {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** What the group of the path matched. */
  readonly word: string
}

export interface Route {
  readonly method: string
  readonly path: RegExp
  readonly handle: (call: Call) => unknown
}

const maxDocument = 20 * 1024 * 1024

export function makeRoutes(parts: Parts): readonly Route[] {
  const who = (request: IncomingMessage) => visitor(parts.databases.app, parts.settings, request, Date.now())
  const needed = (request: IncomingMessage): Visitor => {
    const one = who(request)
    if (one) return one
    throw new HttpError(401, 'unauthorized')
  }
  return [...watched(parts, who), ...signIn(parts, needed), ...book(parts, needed), ...admin(parts, who)]
}

function watched(
  { databases, settings, workers }: Parts,
  who: (request: IncomingMessage) => Visitor | undefined,
): readonly Route[] {
  const known = readMigrations(settings.root)
  return [
    {
      method: 'GET',
      path: /^\/health$/,
      handle: ({ request, response }) => {
        if (who(request)?.role === 'moderator') throw new HttpError(403, 'role_not_allowed')
        sendJson(response, 200, { ok: true, release: settings.release, version: settings.version })
      },
    },
    {
      method: 'GET',
      path: /^\/ready$/,
      handle: ({ response }) => {
        const pending = pendingMigrations(databases, known).length
        databases.app.prepare('SELECT count(*) FROM users').get()
        databases.documents.prepare('SELECT count(*) FROM documents').get()
        const { production, root, appFile, documentsFile } = settings
        const files = { app: relative(root, appFile), documents: relative(root, documentsFile) }
        const state = { ok: pending === 0, pending, production, workers: workers(), files }
        sendJson(response, pending === 0 ? 200 : 503, state)
      },
    },
    {
      method: 'GET',
      path: /^\/health\/mail$/,
      handle: async ({ response }) => {
        const ok = await proveMail(settings).then(
          () => true,
          () => false,
        )
        sendJson(response, ok ? 200 : 503, { ok, mode: settings.mailer.mode })
      },
    },
    {
      method: 'GET',
      path: /^\/$/,
      handle: ({ response }) => response.writeHead(307, { Location: '/public/site' }).end(),
    },
    {
      method: 'GET',
      path: /^\/public\/site$/,
      handle: ({ response }) => send(response, 200, 'text/html; charset=utf-8', sitePage(settings.version)),
    },
    {
      method: 'GET',
      path: /^\/public\/qr\/([\w-]{1,64})$/,
      handle: ({ request, response, word }) => {
        const page = publicPage(databases, word)
        const status = page === undefined ? 404 : 200
        if (request.headers.accept?.includes('text/html'))
          send(response, status, 'text/html; charset=utf-8', page ? qrPage(page) : unknownPage())
        else sendJson(response, status, page ?? { detail: 'vehicle_not_found' })
      },
    },
    {
      method: 'GET',
      path: /^\/(?:docs|openapi\.json)$/,
      handle: ({ response }) => {
        if (settings.production) throw new HttpError(404, 'Not Found')
        sendJson(response, 200, {
          openapi: '3.1.0',
          info: { title: 'ServiceHeft', version: settings.version },
        })
      },
    },
  ]
}

function signIn(
  { databases: { app }, settings, log }: Parts,
  needed: (request: IncomingMessage) => Visitor,
): readonly Route[] {
  return [
    {
      method: 'POST',
      path: /^\/auth\/request$/,
      handle: async ({ request, response }) => {
        const mail = requestCode(app, settings, (await readJson(request))['email'], Date.now())
        await sendCode(app, settings, mail)
        log('INFO', 'code sent', { challenge: mail.challengeId })
        sendJson(response, 200, {
          ok: true,
          challenge_id: mail.challengeId,
          message: 'Der Code ist unterwegs.',
          ...(settings.development.exposeCode ? { dev_otp: mail.code } : {}),
        })
      },
    },
    {
      method: 'POST',
      path: /^\/auth\/verify$/,
      handle: async ({ request, response }) => {
        const { challenge_id, code, otp } = await readJson(request)
        const session = verifyCode(
          app,
          settings,
          String(challenge_id ?? ''),
          String(code ?? otp ?? ''),
          Date.now(),
        )
        sendJson(response, 200, session)
      },
    },
    {
      method: 'GET',
      path: /^\/auth\/me$/,
      handle: ({ request, response }) => {
        const { userId, role, consent } = needed(request)
        sendJson(response, 200, { user_id: userId, role, consent })
      },
    },
    {
      method: 'POST',
      path: /^\/consent\/accept$/,
      handle: ({ request, response }) => {
        const { userId } = needed(request)
        app.prepare('UPDATE users SET consent = ? WHERE id = ?').run(settings.termsVersion, userId)
        sendJson(response, 200, { ok: true, terms_version: settings.termsVersion })
      },
    },
    {
      method: 'GET',
      path: /^\/probe\/mailbox\/([\w-]{1,64})$/,
      handle: ({ request, response, word }) => {
        const { token } = settings.probe
        if (token === undefined) throw new HttpError(404, 'Not Found')
        const given = hash(settings, request.headers.authorization ?? '')
        if (!same(hash(settings, `Bearer ${token}`), given)) throw new HttpError(401, 'unauthorized')
        const code = takeProbeCode(app, word)
        if (code === undefined) throw new HttpError(404, 'no_mail')
        sendJson(response, 200, { code })
      },
    },
  ]
}

function book(
  { databases, settings }: Parts,
  needed: (request: IncomingMessage) => Visitor,
): readonly Route[] {
  return [
    {
      method: 'POST',
      path: /^\/vehicles$/,
      handle: async ({ request, response }) => {
        const owner = needed(request)
        sendJson(response, 201, addVehicle(databases, owner, await readJson(request), new Date()))
      },
    },
    {
      method: 'POST',
      path: /^\/vehicles\/([\w-]{1,64})\/entries$/,
      handle: async ({ request, response, word }) => {
        const owner = needed(request)
        sendJson(response, 201, addEntry(databases, owner, word, await readJson(request)))
      },
    },
    {
      method: 'POST',
      path: /^\/vehicles\/([\w-]{1,64})\/documents$/,
      handle: async ({ request, response, word }) => {
        const owner = needed(request)
        const name = decodeURIComponent(String(request.headers['x-file-name'] ?? 'Beleg'))
        const content = await readBody(request, maxDocument)
        const upload = { vehicleId: word, name, content, now: new Date() }
        sendJson(response, 201, addDocument(databases, settings.storage, owner, upload))
      },
    },
  ]
}

function admin(
  { databases: { app }, settings }: Parts,
  who: (request: IncomingMessage) => Visitor | undefined,
): readonly Route[] {
  return [
    {
      method: 'GET',
      path: /^\/admin\/users$/,
      handle: ({ request, response }) => {
        requireAdmin(who(request))
        sendJson(response, 200, listUsers(app))
      },
    },
    {
      method: 'POST',
      path: /^\/admin\/step-up\/grant$/,
      handle: async ({ request, response }) => {
        const one = requireAdmin(who(request))
        sendJson(response, 200, grantStepUp(app, settings, one, await readJson(request), Date.now()))
      },
    },
    {
      method: 'POST',
      path: /^\/admin\/users\/([\w-]{1,64})\/role$/,
      handle: async ({ request, response, word }) => {
        const one = requireAdmin(who(request))
        const header = request.headers[stepUpHeader.toLowerCase()]
        const stepUp = typeof header === 'string' ? header : undefined
        const { role } = await readJson(request)
        sendJson(response, 200, setRole(app, settings, one, { userId: word, role, stepUp }, Date.now()))
      },
    },
  ]
}
