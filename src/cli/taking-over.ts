// The locks of a run that is no more, for whoever brings it to its end.
import type { HostConfig } from '../config/config.ts'
import type { Problem } from '../core/problem.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { EngineDeps } from '../engine/engine.ts'
import type { Owner } from '../engine/lease.ts'
import { acquireAll, releaseAll } from '../engine/lock.ts'
import { placeFor } from '../procedures/fleet.ts'
import type { Session } from './session.ts'

export interface TakenOver {
  /** Host to the token of its lock. */
  readonly tokens: ReadonlyMap<string, number>
  giveBack(): Promise<void>
}

/** At once or not at all. `dead`: host to the token of the lock that may be replaced; without it no lock is. */
export async function takeOver(
  session: Session,
  hosts: readonly HostConfig[],
  owner: Owner,
  dead: ReadonlyMap<string, number | undefined> | undefined,
  deps: EngineDeps,
): Promise<Result<TakenOver, Problem>> {
  const places = hosts.map(placeFor)
  const { name: environment } = session.config.environment
  const leases = await acquireAll(
    {
      places,
      environment,
      owner,
      payload: () => '',
      wait: 0,
      ...(dead ? { recover: dead } : {}),
      isDead: () => false,
    },
    deps,
  )
  if (!leases.ok) return err(leases.error)
  return ok({
    tokens: new Map([...leases.value].map(([host, { token }]) => [host, token])),
    giveBack: async () => void (await releaseAll(places, owner, deps)),
  })
}
