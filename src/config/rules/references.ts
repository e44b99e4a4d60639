// Names that must exist elsewhere in the file.
import { closest } from '../../core/closest.ts'
import { type Draft, keys, type Named, names, string, strings } from '../draft.ts'
import { formatPath } from '../path.ts'
import { type Finding, faults, finding } from '../problems.ts'

/** gates, verify.health and verify.smoke name checks; after and router.service name services; drain.check a check. */
export function checkReferences({ raw }: Draft): Finding[] {
  const services = names(raw, 'services')
  const checks = names(raw, 'checks')
  return [
    ...[['gates'], ['verify', 'health'], ['verify', 'smoke']].flatMap(path =>
      unknown(strings(raw, path), 'checks', checks),
    ),
    ...unknown(keys(raw, ['waivers']), 'checks', checks, 'key'),
    ...services.flatMap(service =>
      unknown(strings(raw, ['services', service, 'after']), 'services', services),
    ),
    ...services.flatMap(service =>
      unknown(string(raw, ['services', service, 'drain', 'check']), 'checks', checks),
    ),
    ...unknown(string(raw, ['router', 'service']), 'services', services),
  ]
}

/** The names that the backup section uses: databases, destinations and times of its own, hosts of the environment. */
export function checkBackupReferences({ raw, environment }: Draft): Finding[] {
  const databases = names(raw, 'databases')
  const destinations = keys(raw, ['backup', 'destinations'])
  const times = keys(raw, ['backup', 'schedule']).map(({ value }) => value)
  const hosts = [
    ...destinations.flatMap(({ path }) => string(raw, [...path, 'host'])),
    ...string(raw, ['backup', 'drill', 'host']),
  ]
  return [
    ...['servers', 'queries'].flatMap(key =>
      unknown(keys(raw, ['backup', 'drill', key]), 'databases', databases, 'key'),
    ),
    ...unknown(
      string(raw, ['backup', 'drill', 'from']),
      'backup.destinations',
      destinations.map(({ value }) => value),
    ),
    ...unknown(keys(raw, ['backup', 'ping']), 'backup.schedule', [...new Set([...times, 'drill'])], 'key'),
    ...(environment === undefined
      ? []
      : unknown(hosts, `environments.${environment.name}.hosts`, Object.keys(environment.hosts))),
  ]
}

export function unknown(
  used: readonly Named[],
  section: string,
  known: readonly string[],
  on: 'key' | 'value' = 'value',
): Finding[] {
  const near = nearest(known)
  return missing(used, known).map(({ value, path }) => {
    const where = formatPath(on === 'key' ? path.slice(0, -1) : path)
    return finding(faults.unknownReference(where, value, section, near(value), known), { path, on })
  })
}

function missing(used: readonly Named[], known: readonly string[]) {
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

/** Roles that services, checks, the router, databases, backups and operations name exist on some host of the environment. */
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
    ...names(raw, 'databases').flatMap(name => [
      ...string(raw, ['databases', name, 'role']),
      ...string(raw, ['databases', name, 'migrate', 'role']),
    ]),
    ...keys(raw, ['backup', 'files']).flatMap(({ path }) => string(raw, [...path, 'role'])),
    ...keys(raw, ['operations']).flatMap(({ path }) => string(raw, [...path, 'role'])),
  ]
  const near = nearest(known)
  return missing(used, known).map(({ value, path }) =>
    finding(faults.unknownRole(formatPath(path), value, environment.name, near(value), known), {
      path,
      on: 'value',
    }),
  )
}
