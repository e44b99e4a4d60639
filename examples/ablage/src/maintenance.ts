// Maintenance is a key in Redis, so that every process of every release sees it at once. While it is on, people without the rights
// of an administrator get 503.
import { HttpError } from './http.ts'
import type { Redis } from './redis.ts'

const key = 'ablage:wartung'
const retryAfter = '300'

export interface Maintenance {
  readonly aktiv: boolean
  readonly seit: string | null
  readonly von: string | null
}

export async function maintenance(redis: Redis): Promise<Maintenance> {
  const value = await redis.send('GET', key)
  return typeof value === 'string'
    ? { aktiv: true, ...JSON.parse(value) }
    : { aktiv: false, seit: null, von: null }
}

/** Switched on twice, it keeps when and by whom it was first. */
export async function switchMaintenance(redis: Redis, on: boolean, von: string): Promise<Maintenance> {
  if (on) await redis.send('SET', key, JSON.stringify({ seit: new Date().toISOString(), von }), 'NX')
  else await redis.send('DEL', key)
  return maintenance(redis)
}

export async function refuseWhileMaintenance(redis: Redis): Promise<void> {
  if ((await maintenance(redis)).aktiv)
    throw new HttpError(503, 'Wartung: in wenigen Minuten wieder da', { 'Retry-After': retryAfter })
}
