// Ports and the addresses that checks ask.
import { type Draft, names } from '../draft.ts'
import { formatPath, type Path, valueAt } from '../path.ts'
import { type Finding, faults, finding } from '../problems.ts'
import { concerns } from '../roles.ts'
import type { Service } from '../schema/service.ts'

interface Use {
  readonly port: number
  readonly by: string
  readonly path: Path
  readonly roles: readonly string[] | undefined
}

/** Every port that the app itself opens. */
export function portUses({ services, router }: Draft): Use[] {
  const uses: Use[] = []
  for (const [name, service] of services) {
    service.ports.forEach((port, index) => {
      uses.push({
        port,
        by: `services.${name}`,
        path: ['services', name, 'ports', index],
        roles: service.roles,
      })
    })
  }
  if (router?.kind === 'embedded') {
    const port = Number(router.listen.slice(router.listen.lastIndexOf(':') + 1))
    uses.push({ port, by: 'router.listen', path: ['router', 'listen'], roles: router.roles })
  }
  return uses
}

/** Two services, or a service and the router, on one port of one host. */
export function checkPorts(draft: Draft): Finding[] {
  const findings = [...draft.services].flatMap(([name, service]) => twice(name, service))
  const uses = portUses(draft)
  const reported = new Set<Use>()
  for (const [name, host] of Object.entries(draft.environment?.hosts ?? {})) {
    const taken = new Map<number, Use>()
    for (const use of uses) {
      if (!concerns(use.roles, host === 'local' ? { roles: ['web'] } : host)) continue
      const first = taken.get(use.port)
      if (first === undefined) taken.set(use.port, use)
      else if (first.by !== use.by && !reported.has(use)) {
        reported.add(use)
        findings.push(finding(faults.portTaken(use.port, first.by, name), { path: use.path, on: 'value' }))
      }
    }
  }
  return findings
}

function twice(name: string, { ports }: Service): Finding[] {
  const [first, second] = ports
  if (first === undefined || first !== second) return []
  const path = ['services', name, 'ports']
  return [finding(faults.samePort(formatPath(path), first), { path: [...path, 1], on: 'value' })]
}

/** A URL that is only a path needs an address that answers it. */
export function checkPaths(draft: Draft): Finding[] {
  const { raw, services, router, checks, identity } = draft
  const broken =
    services.size < names(raw, 'services').length ||
    (router === undefined && valueAt(raw, ['router']) !== undefined)
  const single = [...services.values()].filter(service => service.ports.length === 1)
  const answered =
    (router !== undefined && router.listen !== undefined) || (router === undefined && single.length === 1)
  // With a service or router that is itself wrong nothing can be said about the address.
  if (broken || answered) return []
  const asked: { url: string; path: Path }[] = []
  for (const [name, check] of checks) {
    if (check.kind === 'http' || check.kind === 'page')
      asked.push({ url: check.url, path: ['checks', name, 'url'] })
    if (check.kind !== 'flow') continue
    check.steps.forEach(({ url }, index) => {
      asked.push({ url, path: ['checks', name, 'steps', index, 'url'] })
    })
  }
  if (identity && 'url' in identity) asked.push({ url: identity.url, path: ['verify', 'identity', 'url'] })
  return asked
    .filter(({ url }) => url.startsWith('/'))
    .map(({ url, path }) => finding(faults.pathWithoutAddress(formatPath(path), url), { path, on: 'value' }))
}

/** A router that switches slots needs a service that has two. */
export function checkRouter({ services, router }: Draft): Finding[] {
  if (router === undefined || router.kind === 'symlink') return []
  const service = services.get(router.service)
  if (service === undefined || service.ports.length === 2) return []
  return [
    finding(faults.routerNeedsSlots(router.kind, router.service), {
      path: ['router', 'service'],
      on: 'value',
    }),
  ]
}
