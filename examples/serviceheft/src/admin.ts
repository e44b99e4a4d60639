// Administration. What gives somebody power needs a step-up: a token for one purpose, for some minutes, for one use.
import { randomBytes } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { hash, toRole, type Visitor } from './auth.ts'
import { HttpError } from './http.ts'
import type { Settings } from './settings.ts'

export const stepUpHeader = 'X-Admin-Step-Up'
const scopes = ['role_grant', 'moderator_accredit', 'vip_business_approve', 'vip_business_staff']

export function requireAdmin(visitor: Visitor | undefined): Visitor {
  if (!visitor) throw new HttpError(401, 'unauthorized')
  if (visitor.role !== 'admin') throw new HttpError(403, 'role_not_allowed')
  if (!visitor.consent) throw new HttpError(403, 'consent_required')
  return visitor
}

export function grantStepUp(
  app: DatabaseSync,
  settings: Settings,
  { userId }: Visitor,
  wish: Readonly<Record<string, unknown>>,
  now: number,
) {
  const scope = String(wish['scope'] ?? '')
  const seconds = Number(wish['ttl_seconds'] ?? 300)
  if (!scopes.includes(scope)) throw new HttpError(400, 'invalid_step_up_scope')
  if (!(seconds >= 60 && seconds <= 600)) throw new HttpError(422, 'invalid_ttl')
  const token = randomBytes(32).toString('base64url')
  const expires = now + seconds * 1000
  app.prepare('INSERT INTO step_ups VALUES (?, ?, ?, ?)').run(hash(settings, token), userId, scope, expires)
  return {
    ok: true,
    scope,
    step_up_token: token,
    token,
    expires_at: new Date(expires).toISOString(),
    ttl_seconds: seconds,
    one_time: true,
    header: stepUpHeader,
  }
}

export function setRole(
  app: DatabaseSync,
  settings: Settings,
  admin: Visitor,
  change: { readonly userId: string; readonly role: unknown; readonly stepUp: string | undefined },
  now: number,
) {
  useStepUp(app, settings, admin, change.stepUp, now)
  const role = toRole(change.role)
  const { changes } = app.prepare('UPDATE users SET role = ? WHERE id = ?').run(role, change.userId)
  if (changes !== 1) throw new HttpError(404, 'user_not_found')
  return { ok: true, user_id: change.userId, role }
}

function useStepUp(
  app: DatabaseSync,
  settings: Settings,
  { userId }: Visitor,
  token: string | undefined,
  now: number,
): void {
  if (token === undefined) throw new HttpError(403, 'admin_step_up_required')
  const use = app.prepare(
    "DELETE FROM step_ups WHERE token_hash = ? AND user_id = ? AND scope = 'role_grant' AND expires_at > ?",
  )
  if (use.run(hash(settings, token), userId, now).changes !== 1)
    throw new HttpError(403, 'admin_step_up_invalid')
}

export function listUsers(app: DatabaseSync) {
  const rows = app.prepare('SELECT id, role, created_at FROM users ORDER BY created_at LIMIT 100').all()
  return { users: rows }
}
