// Everything known about one host before a plan is made, and the digest by which a saved plan knows whether it still holds.
import { createHash } from 'node:crypto'
import type { ReleaseFacts } from '../release/facts.ts'
import type { PeopleFacts } from '../runbook/waiting.ts'
import type { ServiceFacts } from '../services/index.ts'
import type { RouterFacts } from '../traffic/index.ts'
import type { MaintenanceFacts } from '../traffic/maintenance/index.ts'

export interface HostFacts {
  readonly release: ReleaseFacts
  readonly services: ServiceFacts
  readonly router: RouterFacts
  readonly maintenance?: MaintenanceFacts
  readonly people: PeopleFacts
}

/** Over what a plan relies on: releases and their states, what is live, what runs where. Not over what always moves
 *  (free space, clock, process ids). */
export function factsDigest(facts: ReadonlyMap<string, HostFacts>): string {
  const lasting = [...facts]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([host, { release, services, router }]) => ({
      host,
      current: release.current ?? null,
      currentProblem: release.currentProblem ?? null,
      releases: release.releases.map(({ id, state }) => [id, state]),
      sharedMissing: release.sharedMissing,
      slots: services.slots.map(({ service, slot, state, release: id, port }) => [
        service,
        slot,
        state,
        id,
        port ?? null,
      ]),
      units: services.units.map(({ unit, load, active }) => [unit, load, active]),
      composes: services.composes.map(({ service, engine, image, containers }) => [
        service,
        engine ?? null,
        image ?? null,
        containers.map(({ id, state, image: of }) => [id, state, of]),
      ]),
      router: router.target ?? null,
    }))
  return createHash('sha256').update(JSON.stringify(lasting)).digest('hex')
}
