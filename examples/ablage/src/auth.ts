// Tokens: those of a login are signed and end after some hours, those of machines stand in the settings.
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { HttpError } from './http.ts'
import type { Account, Settings } from './settings.ts'

export interface Visitor {
  readonly email: string
  readonly role: Account['role']
}

const life = 8 * 3_600_000

export function logIn(settings: Settings, email: string, password: string): string {
  const account = settings.accounts.find(one => one.email === email)
  if (!account || !same(account.password, password))
    throw new HttpError(401, 'E-Mail-Adresse oder Passwort ist falsch')
  const { role } = account
  const claims = { email, role, id: randomUUID(), bis: Date.now() + life }
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url')
  return `${payload}.${sign(settings, payload)}`
}

/** Undefined: nobody, or a token that does not hold. */
export function visitor(settings: Settings, request: IncomingMessage): Visitor | undefined {
  const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1]
  if (token === undefined) return undefined
  const { admin, user } = settings.tokens
  if (admin !== undefined && same(admin, token)) return { email: 'maschine', role: 'admin' }
  if (user !== undefined && same(user, token)) return { email: 'maschine', role: 'user' }
  const [payload = '', signature = ''] = token.split('.')
  if (!same(sign(settings, payload), signature)) return undefined
  const claims: Visitor & { bis: number } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
  return claims.bis > Date.now() ? claims : undefined
}

/** Whether maintenance concerns this request: not an administrator's, and not one that shows the pass. */
export function mustWait(settings: Settings, request: IncomingMessage): boolean {
  const { maintenancePass: pass } = settings
  const given = request.headers['x-stellwerk-pass']
  if (pass !== undefined && typeof given === 'string' && same(pass, given)) return false
  return visitor(settings, request)?.role !== 'admin'
}

export function requireRole(settings: Settings, request: IncomingMessage, role: Account['role']): Visitor {
  const who = visitor(settings, request)
  if (!who) throw new HttpError(401, 'Anmeldung erforderlich', { 'WWW-Authenticate': 'Bearer' })
  if (role === 'admin' && who.role !== 'admin') throw new HttpError(403, 'nur für Administratoren')
  return who
}

function sign(settings: Settings, payload: string): string {
  return createHmac('sha256', settings.secretKey).update(payload).digest('base64url')
}

function same(wanted: string, given: string): boolean {
  const [a, b] = [wanted, given].map(word => createHmac('sha256', 'length').update(word).digest())
  return a !== undefined && b !== undefined && timingSafeEqual(a, b)
}
