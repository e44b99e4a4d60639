// What `stellwerk status` shows about services: one row for each place where one runs, or should.

import type { HostConfig } from '../config/config.ts'
import { concerns } from '../config/roles.ts'
import type { Service } from '../config/schema/service.ts'
import { type ContainerFact, isContainerUp } from './compose/facts.ts'
import {
  isUp,
  type LastExit,
  type ServiceFacts,
  type ServiceState,
  type SlotFact,
  type UnitFact,
} from './facts.ts'
import type { Slot } from './process/spec.ts'

export interface StatusRow {
  readonly service: string
  readonly kind: Service['kind']
  readonly slot?: Slot
  readonly unit?: string
  /** The first 12 digits of its number. */
  readonly container?: string
  /** Id of the image that a container was made from. */
  readonly image?: string
  /** What the health check of a container says: healthy, starting, unhealthy. */
  readonly health?: string
  /** never: it was not started here yet. */
  readonly state: ServiceState | 'never'
  /** Milliseconds since 1970: since when it runs, or when it ended. */
  readonly since?: number
  readonly release?: string
  readonly pid?: number
  readonly port?: number
  readonly restarts: number
  readonly lastExit?: LastExit
  readonly retryAt?: number
  /** false while running: nobody would restart it after a crash. */
  readonly supervised?: boolean
}

/** Rows of the services that belong to the host, by name; then what runs although the config does not name it. */
export function statusRows(
  services: Readonly<Record<string, Service>>,
  host: Pick<HostConfig, 'roles'>,
  facts: ServiceFacts,
): StatusRow[] {
  const names = Object.keys(services).sort()
  const rows = names.flatMap(name => {
    const service = services[name]
    return service && concerns(service.roles, host) ? rowsOf(name, service, facts) : []
  })
  const shown = new Set(rows.map(row => row.service))
  const strays = facts.slots.filter(slot => !shown.has(slot.service) && isUp(slot))
  return [...rows, ...strays.map(slotRow)]
}

function rowsOf(name: string, service: Service, facts: ServiceFacts): StatusRow[] {
  const nothing: StatusRow = {
    service: name,
    kind: service.kind,
    state: facts.complete ? 'never' : 'unknown',
    restarts: 0,
  }
  if (service.kind === 'systemd') {
    const unit = facts.units.find(fact => fact.service === name)
    return [unit ? unitRow(unit) : nothing]
  }
  if (service.kind === 'compose') {
    const fact = facts.composes.find(each => each.service === name)
    if (fact?.engine === undefined) return [{ ...nothing, state: 'unknown' }]
    const up = fact.containers.filter(isContainerUp)
    const shown = up.length > 0 ? up : fact.containers.slice(0, 1)
    return shown.length > 0 ? shown.map(one => containerRow(name, one)) : [nothing]
  }
  if (service.kind === 'command') {
    const fact = facts.commands.find(each => each.service === name)
    return [{ ...nothing, state: fact?.state ?? 'unknown' }]
  }
  const slots = facts.slots.filter(fact => fact.service === name)
  // A slot that was asked to stop is the normal other half of one that runs.
  // So is one of another release that went down with its machine.
  const up = slots.find(isUp)
  const past = (slot: SlotFact) =>
    slot.state === 'stopped' ||
    (['ended', 'crashed'].includes(slot.state) && up !== undefined && up.release !== slot.release)
  const loud = slots.filter(slot => !past(slot))
  const shown =
    loud.length > 0
      ? loud
      : slots.toSorted((a, b) => (b.lastExit?.at ?? 0) - (a.lastExit?.at ?? 0)).slice(0, 1)
  return shown.length > 0 ? shown.map(slotRow) : [nothing]
}

function containerRow(service: string, fact: ContainerFact): StatusRow {
  const { state, health, image, release, since, restarts } = fact
  return {
    service,
    kind: 'compose',
    container: fact.id.slice(0, 12),
    state: containerState(fact),
    image,
    restarts,
    ...(health === undefined ? {} : { health }),
    ...(release === undefined ? {} : { release }),
    ...(state === 'running' && since !== undefined ? { since } : {}),
  }
}

function containerState({ state, exitCode }: ContainerFact): StatusRow['state'] {
  if (state === 'running') return 'running'
  if (state === 'restarting') return 'waiting'
  if (state === 'paused' || state === 'created' || state === 'configured') return 'stopped'
  if (state === 'exited' || state === 'stopped' || state === 'dead')
    return exitCode === 0 || exitCode === 143 || exitCode === 137 ? 'stopped' : 'crashed'
  return 'unknown'
}

function slotRow(slot: SlotFact): StatusRow {
  const { service, state, supervised, since, lastExit, pid, ...rest } = slot
  const running = state === 'running'
  const from = running ? since : lastExit?.at
  return {
    ...rest,
    service,
    kind: 'process',
    state,
    ...(from === undefined ? {} : { since: from }),
    ...(running && pid !== undefined ? { pid } : {}),
    ...(lastExit === undefined ? {} : { lastExit }),
    ...(running ? { supervised } : {}),
  }
}

function unitRow(fact: UnitFact): StatusRow {
  const { service, unit, pid, release, since, restarts } = fact
  return {
    service,
    kind: 'systemd',
    unit,
    state: unitState(fact),
    restarts,
    ...(since === undefined ? {} : { since }),
    ...(release === undefined ? {} : { release }),
    ...(pid === undefined ? {} : { pid }),
  }
}

function unitState({ load, active, sub }: UnitFact): StatusRow['state'] {
  if (load === '') return 'unknown'
  if (load === 'not-found') return 'never'
  if (sub === 'auto-restart') return 'waiting'
  if (active === 'active' || active === 'reloading') return 'running'
  if (active === 'activating' || active === 'deactivating') return 'waiting'
  if (active === 'failed') return 'crashed'
  return active === 'inactive' ? 'stopped' : 'unknown'
}
