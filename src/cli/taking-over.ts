// The locks of a run that is no more, for whoever brings it to its end.
import type { HostConfig } from '../config/config.ts'
import { formatDuration } from '../core/duration.ts'
import { text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { EngineDeps } from '../engine/engine.ts'
import type { Owner } from '../engine/lease.ts'
import { acquireAll, releaseAll } from '../engine/lock.ts'
import type { Remains } from '../engine/recover.ts'
import { placeFor } from '../procedures/fleet.ts'
import { type Context, textFlag } from './context.ts'
import type { Session } from './session.ts'
import { ranHereAndIsGone } from './wiring.ts'

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

/** The locks that were found. */
export function tokensOf(found: readonly Remains[]): ReadonlyMap<string, number | undefined> {
  return new Map(found.map(({ host, owner }) => [host, owner?.token]))
}

/** A run is dead when its lease has expired, or its process is gone from this very machine. */
export function livingOwner(context: Context, found: readonly Remains[]): Problem | undefined {
  const steal = textFlag(context, 'steal')
  const living = found.find(
    rest =>
      rest.owner &&
      !ranHereAndIsGone(context.wiring, rest.owner) &&
      rest.ageSeconds <= (rest.owner.lease ?? 60),
  )
  if (!living?.owner || steal !== undefined) return undefined
  const { owner } = living
  const left = formatDuration(((owner.lease ?? 60) - living.ageSeconds + 1) * 1000)
  return {
    code: 'STW-E113',
    what: text(
      `The run on ${living.host} may still be alive`,
      `Der Lauf auf ${living.host} lebt vielleicht noch`,
    ),
    where: { host: living.host, ...(owner.run === undefined ? {} : { run: owner.run }) },
    why: text(
      `${owner.procedure ?? 'run'} by ${owner.by ?? '?'} @ ${owner.machine ?? '?'}, pid ${owner.pid ?? '?'}; its last sign of life is ${formatDuration(living.ageSeconds * 1000)} old`,
      `${owner.procedure ?? 'Lauf'} von ${owner.by ?? '?'} @ ${owner.machine ?? '?'}, pid ${owner.pid ?? '?'}; sein letztes Lebenszeichen ist ${formatDuration(living.ageSeconds * 1000)} alt`,
    ),
    next: [
      text(
        `Wait ${left}: without a sign of life it counts as dead`,
        `${left} warten: ohne Lebenszeichen gilt er als tot`,
      ),
      text(
        'If you know that it is dead: stellwerk recover --steal "<why>"',
        'Wenn er sicher tot ist: stellwerk recover --steal "<warum>"',
      ),
    ],
  }
}
