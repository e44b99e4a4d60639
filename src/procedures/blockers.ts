// What speaks against a deploy before anything is changed: everything at once, each with what mends it.
import type { Config, HostConfig } from '../config/config.ts'
import { routerOn } from '../config/roles.ts'
import { formatBytes } from '../core/bytes.ts'
import { text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { required } from '../core/required.ts'
import { selectExpired } from '../release/retention.ts'
import { serviceBlockers } from '../services/index.ts'
import { type RouterFile, routerBlockers } from '../traffic/index.ts'
import type { HostFacts } from './facts.ts'

/** What every host needs for a deploy; all of it is part of every Linux, BusyBox included. */
const neededTools = ['tar', 'gzip', 'sha256sum', 'base64', 'stat', 'mktemp']

/** Room beside the files themselves: journals, logs, the app's first writes. */
const margin = 64_000_000

interface BlockerInput {
  readonly config: Config
  readonly hosts: readonly HostConfig[]
  readonly facts: ReadonlyMap<string, HostFacts>
  readonly uploads: ReadonlyMap<string, { readonly delta: { readonly bytes: number } }>
  readonly routerFile: RouterFile | undefined
}

export function blockers(input: BlockerInput): readonly Problem[] {
  return input.hosts.flatMap(host => {
    const facts = required(input.facts, host.name)
    const bytes = input.uploads.get(host.name)?.delta.bytes ?? 0
    return [
      ...layoutBlockers(host, facts),
      ...toolBlockers(host, facts),
      ...diskBlockers(input.config, host, facts, bytes),
      ...runningBlockers(input.config, host, facts, input.routerFile),
    ]
  })
}

/** What rollback and deploy share: the layout must be ours. */
export function layoutBlockers(host: HostConfig, { release }: HostFacts): readonly Problem[] {
  const problems: Problem[] = []
  if (release.currentProblem !== undefined) {
    problems.push({
      code: 'STW-D101',
      what: text(
        `${host.root}/current on ${host.name} is not a link into releases/`,
        `${host.root}/current auf ${host.name} ist kein Link nach releases/`,
      ),
      where: { host: host.name },
      why: text(`it is: ${release.currentProblem}`, `es ist: ${release.currentProblem}`),
      next: [
        text(
          `Move it away once nobody uses it: mv ${host.root}/current ${host.root}/current.before-stellwerk`,
          `Beiseitelegen, wenn niemand es mehr nutzt: mv ${host.root}/current ${host.root}/current.before-stellwerk`,
        ),
      ],
    })
  }
  for (const file of release.sharedMissing) {
    const path = `${host.root}/shared/${file}`
    problems.push({
      code: 'STW-D102',
      what: text(
        `The shared file ${path} does not exist on ${host.name}`,
        `Die gemeinsame Datei ${path} fehlt auf ${host.name}`,
      ),
      where: { host: host.name },
      why: text('it is listed under release.shared.files', 'sie steht unter release.shared.files'),
      next: [
        text(
          `On ${host.name}: mkdir -p ${dirname(path)} && install -m 600 /dev/null ${path}, then fill it`,
          `Auf ${host.name}: mkdir -p ${dirname(path)} && install -m 600 /dev/null ${path}, dann füllen`,
        ),
      ],
    })
  }
  return problems
}

function dirname(path: string): string {
  return path.slice(0, path.lastIndexOf('/'))
}

export function toolBlockers(host: HostConfig, { release }: HostFacts): readonly Problem[] {
  const missing = neededTools.filter(tool => !release.tools.includes(tool))
  if (missing.length === 0) return []
  const list = missing.join(', ')
  return [
    {
      code: 'STW-D103',
      what: text(`${host.name} lacks ${list}`, `${host.name} fehlt ${list}`),
      where: { host: host.name },
      next: [
        text(
          `Install it there, on Debian: sudo apt-get install ${missing.join(' ')}`,
          `Dort installieren, auf Debian: sudo apt-get install ${missing.join(' ')}`,
        ),
      ],
    },
  ]
}

/** Services and router: facts that are not knowledge, units and programs that are missing. */
export function runningBlockers(
  config: Config,
  host: HostConfig,
  facts: HostFacts,
  routerFile: BlockerInput['routerFile'],
): readonly Problem[] {
  const { current } = facts.release
  const services = serviceBlockers(config.services, {
    host,
    facts: facts.services,
    ...(current === undefined ? {} : { previous: current }),
  })
  const router = routerOn(config, host)
  return router ? [...services, ...routerBlockers(router, host.name, facts.router, routerFile)] : services
}

/** Ids that go before the upload: superfluous failed releases always, or a row of failed deploys would fill the disk;
 *  superfluous proven ones only when the disk would be short otherwise. */
export function roomFor(config: Config, { release }: HostFacts, bytes: number): readonly string[] {
  const expired = selectExpired(release.releases, config.release, {
    current: release.current,
    pinned: release.pinned,
  })
  if (!enough(config, release.freeBytes, bytes)) return expired
  const proven = new Set(release.releases.filter(({ state }) => state === 'proven').map(({ id }) => id))
  return expired.filter(id => !proven.has(id))
}

function enough(config: Config, free: number, bytes: number): boolean {
  return free >= bytes + Math.max(margin, config.release.minFree ?? 0)
}

export function diskBlockers(
  config: Config,
  host: HostConfig,
  facts: HostFacts,
  bytes: number,
): readonly Problem[] {
  const { release } = facts
  const removable = release.releases.filter(({ id }) => roomFor(config, facts, bytes).includes(id))
  const freed = removable.reduce((sum, { bytes: size }) => sum + size, 0)
  if (enough(config, release.freeBytes + freed, bytes) && !(release.freeInodes < 1000)) return []
  const need = bytes + Math.max(margin, config.release.minFree ?? 0)
  const unknown = Number.isNaN(release.freeBytes)
  return [
    {
      code: 'STW-D104',
      what: text(
        `There is not enough room on ${host.name} for the new release`,
        `Auf ${host.name} ist nicht genug Platz für das neue Release`,
      ),
      where: { host: host.name },
      why: unknown
        ? text('df gave no answer about the free space', 'df gab keine Auskunft über den freien Platz')
        : text(
            `${formatBytes(need)} needed, ${formatBytes(release.freeBytes)} free (${release.freeInodes} inodes), ${formatBytes(freed)} more by removing old releases`,
            `${formatBytes(need)} nötig, ${formatBytes(release.freeBytes)} frei (${release.freeInodes} Inodes), ${formatBytes(freed)} mehr durch Entfernen alter Releases`,
          ),
      next: [
        text(
          `On ${host.name}: du -xh ${host.root} | sort -h | tail`,
          `Auf ${host.name}: du -xh ${host.root} | sort -h | tail`,
        ),
      ],
    },
  ]
}
