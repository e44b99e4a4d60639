// Directories that must not meet: shared paths, roots of environments, the system's own.
import { type Draft, names } from '../draft.ts'
import { formatPath, isMapping, type Path, valueAt } from '../path.ts'
import { type Finding, faults, finding } from '../problems.ts'
import type { Environment } from '../schema/environment.ts'
import { portUses } from './addresses.ts'

/** `storage/` and `./storage` are the same place. */
export function normalize(path: string): string {
  const parts = path.split('/').filter(part => part !== '' && part !== '.')
  return `${path.startsWith('/') ? '/' : ''}${parts.join('/')}`
}

/** Whether a path is the directory or lies in it. */
export function isWithin(path: string, directory: string): boolean {
  return `${normalize(path)}/`.startsWith(`${normalize(directory)}/`)
}

/** Whether one directory is the other or lies in it. */
function meets(one: string, other: string): boolean {
  return isWithin(one, other) || isWithin(other, one)
}

/** Shared paths overlap neither each other nor an entry file. */
export function checkShared({ release, build }: Draft): Finding[] {
  const findings: Finding[] = []
  const before: { readonly shared: string; readonly place: string }[] = []
  for (const kind of ['directories', 'files'] as const) {
    for (const [index, shared] of (release?.shared[kind] ?? []).entries()) {
      const path = ['release', 'shared', kind, index]
      const place = `${normalize(shared)}/`
      if (place === '/') {
        findings.push(finding(faults.sharedRelease(formatPath(path), shared), { path, on: 'value' }))
        continue
      }
      const other = before.find(earlier => earlier.place.startsWith(place) || place.startsWith(earlier.place))
      const entry = build?.entries.find(file => meets(shared, file))
      if (other !== undefined)
        findings.push(
          finding(faults.sharedOverlap(formatPath(path), shared, other.shared), { path, on: 'value' }),
        )
      if (entry !== undefined)
        findings.push(finding(faults.sharedEntry(formatPath(path), shared, entry), { path, on: 'value' }))
      before.push({ shared, place })
    }
  }
  return findings
}

/** Nothing but the system may live directly in these. */
const shelves = [
  '/',
  '/home',
  '/media',
  '/mnt',
  '/opt',
  '/root',
  '/srv',
  '/tmp',
  '/usr',
  '/usr/local',
  '/usr/share',
  '/var',
  '/var/lib',
  '/var/log',
  '/var/tmp',
  '/var/www',
  '/var/spool',
  '/var/cache',
]
/** Nor may anything live below these. */
const forbidden = [
  '/bin',
  '/boot',
  '/dev',
  '/etc',
  '/lib',
  '/lib32',
  '/lib64',
  '/proc',
  '/run',
  '/sbin',
  '/sys',
  '/usr/bin',
  '/usr/lib',
  '/usr/sbin',
  '/var/run',
  '/var/lib/dpkg',
  '/var/log',
]

/** Looks at the raw values: a mistake elsewhere in the environment must not hide this one. */
export function checkRoots({ raw }: Draft): Finding[] {
  const findings: Finding[] = []
  for (const environment of names(raw, 'environments')) {
    const base = ['environments', environment]
    const hosts = valueAt(raw, [...base, 'hosts'])
    const own = isMapping(hosts) ? Object.keys(hosts).map(host => [...base, 'hosts', host, 'root']) : []
    for (const path of [[...base, 'root'], ...own]) {
      const root = valueAt(raw, path)
      if (typeof root === 'string' && isSystem(root)) {
        findings.push(finding(faults.systemDirectory(formatPath(path), root), { path, on: 'value' }))
      }
    }
  }
  return findings
}

function isSystem(root: string): boolean {
  const path = normalize(root)
  return shelves.includes(path) || forbidden.some(directory => `${path}/`.startsWith(`${directory}/`))
}

interface Root {
  readonly host: string
  readonly machine: string
  readonly root: string
  readonly path: Path
}

/** Each host's directory, once for each place in the file that names it. */
function roots(environment: Environment & { readonly name: string }): Root[] {
  const base = ['environments', environment.name]
  return Object.entries(environment.hosts).map(([host, entry]) => {
    const own = entry === 'local' ? undefined : entry.root
    return {
      host,
      machine: machine(entry),
      root: own ?? environment.root,
      path: own === undefined ? [...base, 'root'] : [...base, 'hosts', host, 'root'],
    }
  })
}

/** Two entries with the same machine are the same computer, as far as the file can tell. */
function machine(host: Environment['hosts'][string]): string {
  if (host === 'local' || host.address === undefined) return 'local'
  return `${machineOf(host.address)}:${host.port ?? ''}`
}

/** The machine of `user@host`. */
export function machineOf(address: string): string {
  return address.slice(address.indexOf('@') + 1).toLowerCase()
}

/** Two environments on one machine need a root and ports of their own. `second` stands later in the file and is the one
 *  that is reported; its paths may lie in its override. */
export function checkNeighbours(first: Draft, second: Draft, overridden: (path: Path) => boolean): Finding[] {
  if (first.environment === undefined || second.environment === undefined) return []
  const findings: Finding[] = []
  const others = roots(first.environment)
  for (const mine of roots(second.environment)) {
    const other = others.find(root => root.machine === mine.machine && meets(root.root, mine.root))
    if (other === undefined) continue
    findings.push(
      finding(faults.sameRoot(mine.root, mine.host, `environments.${first.environment.name}`, other.root), {
        path: mine.path,
        on: 'value',
      }),
    )
  }
  const shared = roots(second.environment).find(mine => others.some(other => other.machine === mine.machine))
  if (shared === undefined) return findings
  const taken = new Set(portUses(first).map(use => use.port))
  for (const use of portUses(second)) {
    if (!taken.has(use.port)) continue
    const path = ['environments', second.environment.name, 'override', ...use.path]
    findings.push(
      finding(
        faults.environmentPort(use.port, use.by, `environments.${first.environment.name}`, shared.host),
        {
          path: overridden(path) ? path : use.path,
          on: 'value',
        },
      ),
    )
  }
  return findings
}

/** The directories of one environment's own hosts, where two entries mean the same machine. */
export function checkHosts({ environment }: Draft): Finding[] {
  if (environment === undefined) return []
  const all = roots(environment)
  return all.flatMap((mine, index) => {
    const other = all
      .slice(0, index)
      .find(root => root.machine === mine.machine && meets(root.root, mine.root))
    if (other === undefined) return []
    const path = ['environments', environment.name, 'hosts', mine.host]
    return [
      finding(faults.sameRoot(mine.root, mine.host, `hosts.${other.host}`, other.root), { path, on: 'key' }),
    ]
  })
}
