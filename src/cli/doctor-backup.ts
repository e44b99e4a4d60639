// What doctor asks about backups: the destinations from here, the hosts that hold something, and the machine that drills.
import type { StoredSet } from '../backup/set.ts'
import { tryDestination } from '../backup/trial.ts'
import type { HostConfig } from '../config/config.ts'
import type { Problem } from '../core/problem.ts'
import { inParallel } from '../engine/parallel.ts'
import { hostFindings, hostProbes } from '../procedures/doctor-backup.ts'
import {
  ageFindings,
  drillFindings,
  drillHost,
  drillProbes,
  productionProbes,
} from '../procedures/doctor-drill.ts'
import { connectionTo } from './ask.ts'
import { askProbes } from './asking-probes.ts'
import type { Context } from './context.ts'
import { chosen, type Seen, seeDestinations } from './destinations.ts'
import type { Session } from './session.ts'

/** Nothing without a section backup. `reached`: hosts that answered doctor. */
export async function backupFindings(
  context: Context,
  session: Session,
  reached: readonly HostConfig[],
): Promise<readonly Problem[]> {
  const { config, hosts } = session
  const wanted = chosen(config, undefined)
  if (!wanted.ok) return []
  const seen = await seeDestinations(session, wanted.value)
  const tried = await Promise.all(seen.map(one => tryOne(context, one)))
  const sets = seen.flatMap(({ catalogue }) => catalogue?.sets ?? [])
  const [newest] = sets.toSorted((a, b) => (a.id < b.id ? 1 : -1))
  const outputs = new Map<string, string>()
  const onHosts = await inParallel(reached, config.environment.parallel, async host => {
    const probes = [...hostProbes(config, host), ...productionProbes(config, host)]
    const output = await askProbes(context, session, connectionTo(session, host), probes)
    outputs.set(host.name, output)
    return hostFindings(config, host, output, newest?.manifest)
  })
  const place = drillHost(config)
  // A host that did not answer was told already.
  const silent = place !== undefined && hosts.includes(place) && !reached.includes(place)
  return [
    ...onHosts.flat(),
    ...tried.flat(),
    ...(silent ? [] : await drill(context, session, outputs)),
    ...ageOf(context, session, sets),
  ]
}

/** A destination that cannot be listed is not written to. */
async function tryOne(context: Context, seen: Seen): Promise<readonly Problem[]> {
  if (seen.problem) return [seen.problem]
  const { wiring, interrupt } = context
  const steps = await tryDestination({
    destination: seen.destination,
    content: wiring.random(70_000),
    name: Buffer.from(wiring.random(4)).toString('hex'),
    elapsed: () => wiring.clock.elapsed(),
    signal: interrupt,
  })
  return steps.flatMap(({ problem }) => problem ?? [])
}

async function drill(
  context: Context,
  session: Session,
  live: ReadonlyMap<string, string>,
): Promise<readonly Problem[]> {
  const { config } = session
  const place = drillHost(config)
  const host = place === undefined ? context.wiring.here : connectionTo(session, place)
  const output = await askProbes(context, session, host, drillProbes(config))
  return drillFindings(config, output, live)
}

function ageOf(context: Context, { config }: Session, sets: readonly StoredSet[]): readonly Problem[] {
  return ageFindings(config, sets, context.wiring.clock.now())
}
