// Sign-in without a password: a code goes to the address, the code becomes a session. Codes and tokens are kept as keyed hashes.
import { createHmac, randomBytes, randomInt, randomUUID, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { DatabaseSync } from 'node:sqlite'
import { transaction } from './database.ts'
import { HttpError } from './http.ts'
import type { CodeMail } from './mail.ts'
import type { Settings } from './settings.ts'

export const roles = ['user', 'vip', 'dealer', 'moderator', 'admin'] as const
export type Role = (typeof roles)[number]

export interface Visitor {
  readonly userId: string
  readonly role: Role
  readonly consent: boolean
}

const minute = 60_000
const codeLife = 10 * minute
const sessionLife = 12 * 60 * minute
const maxAttempts = 5
/** Requests for a code in a quarter of an hour; probes come again and again. */
const limits = { person: 5, probe: 60 }

export function hash(settings: Settings, text: string): string {
  return createHmac('sha256', settings.secretKey).update(text).digest('hex')
}

/** A new challenge; the code is for the mail alone. */
export function requestCode(app: DatabaseSync, settings: Settings, address: unknown, now: number): CodeMail {
  const email = String(address ?? '')
    .trim()
    .toLowerCase()
  if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) throw new HttpError(422, 'INVALID_EMAIL')
  const challengeId = randomUUID()
  const code = String(randomInt(1_000_000)).padStart(6, '0')
  const limit = settings.probe.emails.includes(email) ? limits.probe : limits.person
  transaction(app, () => {
    const recent = app.prepare('SELECT count(*) AS n FROM challenges WHERE email = ? AND created_at > ?')
    if (Number(recent.get(email, now - 15 * minute)?.['n']) >= limit) throw new HttpError(429, 'RATE_LIMIT')
    const insert = app.prepare(
      'INSERT INTO challenges (id, email, code_hash, created_at) VALUES (?, ?, ?, ?)',
    )
    insert.run(challengeId, email, hash(settings, `${challengeId}:${code}`), now)
  })
  return { email, challengeId, code }
}

export function verifyCode(
  app: DatabaseSync,
  settings: Settings,
  challengeId: string,
  code: string,
  now: number,
): { readonly access_token: string; readonly expires_at: string } {
  const row = app.prepare('SELECT * FROM challenges WHERE id = ?').get(challengeId)
  if (!row || Number(row['used']) === 1) throw new HttpError(400, 'INVALID')
  if (now - Number(row['created_at']) > codeLife) throw new HttpError(400, 'EXPIRED')
  if (Number(row['attempts']) >= maxAttempts) throw new HttpError(429, 'LOCKED')
  app.prepare('UPDATE challenges SET attempts = attempts + 1 WHERE id = ?').run(challengeId)
  if (!same(String(row['code_hash']), hash(settings, `${challengeId}:${code}`)))
    throw new HttpError(400, 'INVALID')
  const token = randomBytes(32).toString('base64url')
  const expires = now + sessionLife
  transaction(app, () => {
    // Twice at the same time, the second finds the code used.
    const used = app.prepare('UPDATE challenges SET used = 1 WHERE id = ? AND used = 0').run(challengeId)
    if (used.changes !== 1) throw new HttpError(400, 'INVALID')
    const user = userOf(app, settings, String(row['email']), now)
    app.prepare('INSERT INTO sessions VALUES (?, ?, ?)').run(hash(settings, token), user, expires)
  })
  return { access_token: token, expires_at: new Date(expires).toISOString() }
}

/** Undefined: nobody is signed in. */
export function visitor(
  app: DatabaseSync,
  settings: Settings,
  request: IncomingMessage,
  now: number,
): Visitor | undefined {
  const developer = devVisitor(settings, request)
  if (developer) return developer
  const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1]
  if (token === undefined) return undefined
  const find = app.prepare(
    'SELECT users.* FROM sessions JOIN users ON users.id = user_id WHERE token_hash = ? AND expires_at > ?',
  )
  const row = find.get(hash(settings, token), now)
  if (!row) return undefined
  return {
    userId: String(row['id']),
    role: toRole(row['role']),
    consent: row['consent'] === settings.termsVersion,
  }
}

export function same(wanted: string, given: string): boolean {
  const [a, b] = [Buffer.from(wanted), Buffer.from(given)]
  return a.length === b.length && timingSafeEqual(a, b)
}

export function toRole(value: unknown): Role {
  const role = roles.find(one => one === value)
  if (role === undefined) throw new HttpError(422, 'invalid_role')
  return role
}

/** Headers that make anybody anyone, for work on this machine alone. */
function devVisitor({ development }: Settings, request: IncomingMessage): Visitor | undefined {
  const { 'x-ltc-role': role, 'x-ltc-uid': uid } = request.headers
  if (role === undefined && uid === undefined) return undefined
  if (!development.headers) throw new HttpError(400, 'dev_headers_refused')
  return { userId: String(uid ?? 'dev'), role: toRole(role), consent: true }
}

function userOf(app: DatabaseSync, settings: Settings, email: string, now: number): string {
  const known = app.prepare('SELECT id FROM users WHERE email = ?').get(email)
  const admin = settings.adminEmails.includes(email)
  if (known) {
    if (admin) app.prepare("UPDATE users SET role = 'admin' WHERE email = ?").run(email)
    return String(known['id'])
  }
  const id = randomUUID()
  const insert = app.prepare('INSERT INTO users (id, email, role, created_at) VALUES (?, ?, ?, ?)')
  insert.run(id, email, admin ? 'admin' : 'user', new Date(now).toISOString())
  return id
}
