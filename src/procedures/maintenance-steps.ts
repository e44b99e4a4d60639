// How an app is put under maintenance, from its config: which hosts, which way, and the steps there and back.
import { authority } from '../checks/context.ts'
import type { Config, HostConfig } from '../config/config.ts'
import { routerOn } from '../config/roles.ts'
import type { MaintenanceRequest } from '../config/schema/maintenance.ts'
import { text } from '../core/lang.ts'
import type {
  AnyMaintenanceStep,
  MaintenanceOff,
  MaintenanceOn,
  Notice,
  Pending,
  Way,
} from '../traffic/maintenance/index.ts'
import { noUndo, second } from './release-steps.ts'
import { addressOf } from './verify-steps.ts'

/** Undefined: this host has no part in it. `first`: the first host that takes part. */
export function wayOf(config: Config, host: HostConfig, first: string | undefined): Way | undefined {
  const { maintenance, router } = config
  if (maintenance === undefined) return undefined
  const { endpoint, command } = maintenance
  if (command !== undefined) return host.name === first ? { how: 'command', ...command } : undefined
  if (endpoint !== undefined) {
    const whole = [endpoint.on, endpoint.off, endpoint.status].every(({ url }) => !url.startsWith('/'))
    if (whole && host.name !== first) return undefined
    const { on: isOn, off: isOff, ...status } = endpoint.status
    const at = (request: MaintenanceRequest) => onHost(config, host, request)
    return {
      how: 'endpoint',
      on: at(endpoint.on),
      off: at(endpoint.off),
      status: { ...at({ ...status, method: 'GET' }), isOn, isOff },
    }
  }
  const drainMs = router !== undefined && router.kind !== 'symlink' ? router.drain : 30 * second
  if (maintenance.nginx !== undefined) {
    if (router !== undefined && routerOn(config, host) === undefined) return undefined
    const own = router?.kind === 'nginx' ? router : undefined
    return {
      how: 'nginx',
      include: maintenance.nginx.include,
      test: maintenance.nginx.test ?? own?.test ?? 'nginx -t',
      reload: maintenance.nginx.reload ?? own?.reload ?? 'nginx -s reload',
      drainMs,
    }
  }
  return routerOn(config, host)?.kind === 'embedded' ? { how: 'embedded', drainMs } : undefined
}

function onHost(config: Config, host: HostConfig, { url, method, headers, body }: MaintenanceRequest) {
  const address = addressOf(config, host)
  const base = url.startsWith('/') && address !== undefined ? `http://${authority(address)}` : ''
  return { url: `${base}${url}`, method, headers, ...(body === undefined ? {} : { body }) }
}

function noticeOf(config: Config, until: Date | undefined): Notice | undefined {
  const { maintenance, language } = config
  if (maintenance === undefined) return undefined
  const { mode, pauseFor, retryAfter, allow, allowHeader, page } = maintenance
  return {
    mode,
    pauseMs: pauseFor,
    retryAfter: Math.max(1, Math.ceil(retryAfter / 1000)),
    allow,
    ...(allowHeader === undefined ? {} : { header: allowHeader }),
    ...(page === undefined ? {} : { page }),
    language,
    ...(until === undefined ? {} : { until: until.toISOString() }),
  }
}

export interface StepsInput {
  readonly config: Config
  /** The hosts that take part, sorted by name. */
  readonly hosts: readonly HostConfig[]
  /** Hosts where nobody can be asked: no router runs there yet. */
  readonly silent?: readonly string[]
  readonly release?: string
  readonly pending?: readonly Pending[]
  readonly until?: Date | undefined
  readonly what: MaintenanceOff['what']
}

export interface MaintenanceSteps {
  readonly on: readonly AnyMaintenanceStep[]
  readonly off: readonly AnyMaintenanceStep[]
}

export function maintenanceSteps(input: StepsInput): MaintenanceSteps {
  const { config, hosts, pending = [], what } = input
  const notice = noticeOf(config, input.until)
  const [first] = hosts
  const both = hosts.flatMap(host => {
    const way = wayOf(config, host, first?.name)
    if (way === undefined || notice === undefined) return []
    const place = {
      host: host.name,
      root: host.root,
      environment: config.environment.name,
      known: [...config.secrets.keys(), ...config.secretCommands.keys()].toSorted(),
      ...(input.release === undefined ? {} : { release: input.release }),
      way,
      timeout: ('drainMs' in way ? way.drainMs : 0) + 180 * second,
    }
    const on: MaintenanceOn = {
      ...place,
      id: `maintenance/${host.name}/on`,
      kind: 'maintenance.on',
      notice,
      pending,
      title: text('Maintenance on', 'Wartung ein'),
      undo: { how: 'auto', title: text('Maintenance off', 'Wartung aus') },
    }
    const off: MaintenanceOff = {
      ...place,
      id: `maintenance-off/${host.name}/off`,
      kind: 'maintenance.off',
      what,
      title: text('Maintenance off', 'Wartung aus'),
      undo:
        what === 'all'
          ? noUndo('to end it is what was asked for', 'sie zu beenden ist, was verlangt war')
          : {
              how: 'auto',
              title: text('Maintenance on until all is back', 'Wartung ein, bis alles zurück ist'),
            },
    }
    return [{ on: [on, ...proof(input, host, on)], off: [off, ...proof(input, host, off)] }]
  })
  return { on: both.flatMap(({ on }) => on), off: both.flatMap(({ off }) => off) }
}

// The app's own mode is proven by its status; a page is proven by asking for it.
function proof({ config, silent = [] }: StepsInput, host: HostConfig, of: MaintenanceOn | MaintenanceOff) {
  const { how } = of.way
  const address = addressOf(config, host)
  if ((how !== 'embedded' && how !== 'nginx') || config.router?.listen === undefined || address === undefined)
    return []
  if (of.kind === 'maintenance.on' && silent.includes(host.name)) return []
  return [
    {
      id: `${of.id}-proof`,
      kind: 'maintenance.prove' as const,
      host: host.name,
      of: { root: of.root, environment: of.environment, known: of.known, way: of.way },
      address,
      title: text('Do visitors get it?', 'Bekommen Besucher sie?'),
      timeout: 90 * second,
      undo: noUndo('it only looks', 'es schaut nur'),
    },
  ]
}
