// Names that must exist elsewhere in the file.
import { closest } from '../../core/closest.ts'
import { type Draft, names, strings } from '../draft.ts'
import { formatPath, type Path, valueAt } from '../path.ts'
import { type Finding, faults, finding } from '../problems.ts'

/** gates, verify.health and verify.smoke name checks; after and router.service name services. */
export function checkReferences({ raw }: Draft): Finding[] {
  const services = names(raw, 'services')
  const checks = names(raw, 'checks')
  const routed = valueAt(raw, ['router', 'service'])
  return [
    ...[['gates'], ['verify', 'health'], ['verify', 'smoke']].flatMap(path =>
      unknown(strings(raw, path), 'checks', checks),
    ),
    ...services.flatMap(service =>
      unknown(strings(raw, ['services', service, 'after']), 'services', services),
    ),
    ...(typeof routed === 'string'
      ? unknown([{ value: routed, path: ['router', 'service'] }], 'services', services)
      : []),
  ]
}

function unknown(
  used: readonly { value: string; path: Path }[],
  section: string,
  known: readonly string[],
): Finding[] {
  const near = nearest(known)
  return missing(used, known).map(({ value, path }) =>
    finding(faults.unknownReference(formatPath(path), value, section, near(value), known), {
      path,
      on: 'value',
    }),
  )
}

function missing(used: readonly { value: string; path: Path }[], known: readonly string[]) {
  const names = new Set(known)
  return used.filter(({ value }) => !names.has(value))
}

/** `closest` for many words: it compares letters, so only the first words that nobody knows get a suggestion. */
function nearest(known: readonly string[]): (value: string) => string | undefined {
  const found = new Map<string, string | undefined>()
  return value => {
    if (!found.has(value) && found.size < 50) found.set(value, closest(value, known))
    return found.get(value)
  }
}

/** Services that wait for each other; each circle once, at the entry that closes it. */
export function checkCycles({ raw }: Draft): Finding[] {
  const findings: Finding[] = []
  const done = new Set<string>()
  const visit = (service: string, open: readonly string[]): void => {
    for (const { value, path } of strings(raw, ['services', service, 'after'])) {
      const start = [...open, service].indexOf(value)
      if (start !== -1) {
        const circle = [...[...open, service].slice(start), value]
        findings.push(finding(faults.serviceCycle(circle), { path, on: 'value' }))
      } else if (!done.has(value)) visit(value, [...open, service])
    }
    done.add(service)
  }
  for (const service of names(raw, 'services')) if (!done.has(service)) visit(service, [])
  return findings
}

/** Roles that services, checks, the router and migrations name exist on some host of the environment. */
export function checkRoles({ raw, environment }: Draft): Finding[] {
  if (environment === undefined) return []
  const known = [
    ...new Set(Object.values(environment.hosts).flatMap(host => (host === 'local' ? ['web'] : host.roles))),
  ]
  const used = [
    ...['services', 'checks'].flatMap(section =>
      names(raw, section).flatMap(name => strings(raw, [section, name, 'roles'])),
    ),
    ...strings(raw, ['router', 'roles']),
    ...names(raw, 'databases').flatMap(name => {
      const path = ['databases', name, 'migrate', 'role']
      const value = valueAt(raw, path)
      return typeof value === 'string' ? [{ value, path }] : []
    }),
  ]
  const near = nearest(known)
  return missing(used, known).map(({ value, path }) =>
    finding(faults.unknownRole(formatPath(path), value, environment.name, near(value), known), {
      path,
      on: 'value',
    }),
  )
}
