// A deploy that nobody has looked at a host for: what an ordinary host of this config would answer, and a bundle with no name yet.
// The same compile functions make the plan of it, so a guide cannot say anything else than `plan` does.
import { setId } from '../backup/set.ts'
import type { Config, HostConfig } from '../config/config.ts'
import { concerns } from '../config/roles.ts'
import type { Service } from '../config/schema/service.ts'
import type { ReleaseRecord } from '../release/record.ts'
import type { ServiceFacts } from '../services/index.ts'
import { wantsSet } from './before-migration.ts'
import type { DeployInput } from './deploy.ts'
import type { HostFacts } from './facts.ts'

const supposedRelease = '<release>'
const supposedPrevious = '<previous>'
const version = '<version>'

/** Every moment of a supposed plan. */
export const supposedMoment = new Date(0)

/** Every host runs the release before. */
export function supposedFacts(config: Config): ReadonlyMap<string, HostFacts> {
  return new Map(config.hosts.map(host => [host.name, factsOf(config, host)]))
}

/** The same hosts once `release` is proven: where its services moved to the other port, so did they. */
export function afterDeploy(
  config: Config,
  facts: ReadonlyMap<string, HostFacts>,
  release: string,
): ReadonlyMap<string, HostFacts> {
  const portOf = (service: string, port: number | undefined) =>
    config.services[service]?.ports.find(other => other !== port) ?? port
  return new Map(
    [...facts].map(([name, { release: known, services, router, ...rest }]) => {
      const slots = services.slots.map(({ slot, port, ...one }) => {
        const next = portOf(one.service, port)
        const moved = next !== port
        return {
          ...one,
          release,
          slot: moved ? ((1 - slot) as typeof slot) : slot,
          ...(next === undefined ? {} : { port: next }),
        }
      })
      const composes = services.composes.map(({ containers, ...one }) => ({
        ...one,
        containers: containers.map(container => ({ ...container, release })),
      }))
      const port = config.router && config.router.kind !== 'symlink' ? config.router.service : ''
      const target = router.target && {
        ...router.target,
        release,
        port: portOf(port, router.target.port) ?? 0,
      }
      const before = known.releases.filter(({ id }) => id !== release)
      return [
        name,
        {
          ...rest,
          release: { ...known, current: release, releases: [...before, recordOf(config, release)] },
          services: { ...services, slots, composes },
          router: { ...router, ...(target ? { target } : {}) },
        },
      ]
    }),
  )
}

function factsOf(config: Config, host: HostConfig): HostFacts {
  const current = supposedPrevious
  const { router } = config
  const port = router && router.kind !== 'symlink' ? config.services[router.service]?.ports[0] : undefined
  return {
    release: {
      user: config.release.user ?? 'deploy',
      uid: 1000,
      current,
      releases: [recordOf(config, current)],
      pinned: [],
      strangers: [],
      freeBytes: Number.MAX_SAFE_INTEGER,
      freeInodes: Number.MAX_SAFE_INTEGER,
      tools: [
        'tar',
        'gzip',
        'zstd',
        'sha256sum',
        'base64',
        'setsid',
        'stat',
        'mktemp',
        'sudo',
        'systemctl',
        'node',
      ],
      clockSkew: 0,
      sharedMissing: [],
    },
    services: servicesOf(config, host, current),
    router: {
      installed: [],
      running: true,
      generation: 1,
      node: 'v24.0.0',
      include: 'ours',
      ...(router?.kind === 'embedded' ? { listen: router.listen } : {}),
      ...(port === undefined ? {} : { target: { host: '127.0.0.1', port, release: current } }),
    },
    people: { waiting: [], unreadable: [], before: [] },
  }
}

function recordOf(config: Config, id: string): ReleaseRecord {
  return {
    schema: 'stellwerk.release/1',
    id,
    app: config.app,
    environment: config.environment.name,
    version,
    gitSha: '0'.repeat(40),
    dirty: false,
    digest: '0'.repeat(64),
    bytes: 0,
    files: 0,
    by: '',
    notes: '',
    state: 'proven',
    stateAt: supposedMoment.toISOString(),
    run: '<run>',
    shared: [],
  }
}

/** Everything runs, on the first of its ports. */
function servicesOf(config: Config, host: HostConfig, release: string): ServiceFacts {
  const here = Object.entries(config.services).filter(([, service]) => concerns(service.roles, host))
  const of = <K extends Service['kind']>(kind: K) =>
    here.flatMap(([name, service]) =>
      service.kind === kind ? [{ name, service: service as Extract<Service, { kind: K }> }] : [],
    )
  return {
    complete: true,
    slots: of('process').map(({ name, service: { ports } }) => ({
      service: name,
      slot: 0 as const,
      state: 'running' as const,
      supervised: true,
      ...(ports[0] === undefined ? {} : { port: ports[0] }),
      release,
      restarts: 0,
    })),
    units: of('systemd').map(({ name, service }) => ({
      service: name,
      unit: service.unit ?? name,
      load: 'loaded',
      active: 'active',
      sub: 'running',
      result: 'success',
      restarts: 0,
    })),
    commands: of('command').map(({ name }) => ({ service: name, state: 'running' as const })),
    composes: of('compose').map(({ name, service }) => ({
      service: name,
      engine: service.engine ?? ('docker' as const),
      containers: [{ id: '<container>', state: 'running', image: '<image>', release, restarts: 0 }],
    })),
  }
}

/** Of a run that nobody has begun. */
export function supposedRun(config: Config): Pick<DeployInput, 'run' | 'notes' | 'backup'> {
  const backup = { set: supposedSet, expected: new Map<string, number>(), pinned: [] }
  return { run: '<run>', notes: '', backup: wantsSet(config) ? backup : undefined }
}

/** Names of sets carry their moment: this one must be a name, and is shown as `<set>`. */
export const supposedSet = setId(supposedMoment, new Uint8Array(2))

export const supposedRouterFile = { sha256: '0'.repeat(64), bytes: 0 }

/** The bundle that nobody has built. */
export function supposedBundle(config: Config): Pick<DeployInput, 'bundle' | 'uploads' | 'release'> {
  const delta = {
    added: [],
    changed: [],
    removed: [],
    unchanged: [],
    links: { added: [], changed: [], removed: [] },
    bytes: 0,
  }
  return {
    bundle: {
      digest: '0'.repeat(64),
      manifest: {
        schema: 'stellwerk.bundle/1',
        app: config.app,
        version,
        gitSha: '0'.repeat(40),
        dirty: false,
        builtAt: supposedMoment.toISOString(),
        entries: [],
        totals: { files: 0, links: 0, directories: 0, bytes: 0 },
        directories: [],
        links: [],
        files: [],
      },
    },
    uploads: new Map(config.hosts.map(({ name }) => [name, { delta }])),
    release: supposedRelease,
  }
}
