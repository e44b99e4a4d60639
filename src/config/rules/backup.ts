// What a backup needs of the rest of the file, and what makes it worth less than it looks.
import { closest } from '../../core/closest.ts'
import { type Draft, keys, type Named, names, string, strings } from '../draft.ts'
import { formatPath, type Path, valueAt } from '../path.ts'
import { type Finding, faults, finding } from '../problems.ts'
import { hasBothDays } from '../schedule-syntax.ts'
import type { DestinationConfig } from '../schema/destination.ts'
import { isWithin, machineOf } from './directories.ts'

/** A database that is wrong by itself counts: its kind may be what is wrong. */
export function checkNothingToSave({ raw }: Draft): Finding[] {
  if (valueAt(raw, ['backup']) === undefined) return []
  const stored = names(raw, 'databases').some(name => valueAt(raw, ['databases', name, 'kind']) !== 'other')
  if (stored || keys(raw, ['backup', 'files']).length > 0) return []
  return [finding(faults.nothingToSave(), { path: ['backup'], on: 'key' })]
}

/** The names of `dated` promise gzip and SQL text; an `.age` at their end keeps that promise. */
export function checkDated({ backup, databases }: Draft): Finding[] {
  if (backup?.naming !== 'dated') return []
  const needs = (path: Path, wanted: string) =>
    finding(faults.datedNeeds(formatPath(path), wanted), { path, on: 'value' })
  return [
    ...(backup.compression === 'gzip' ? [] : [needs(['backup', 'compression'], 'gzip')]),
    ...[...databases].flatMap(([name, database]) =>
      database.kind === 'postgres' && database.dump.format !== 'plain'
        ? [needs(['databases', name, 'dump', 'format'], 'plain')]
        : [],
    ),
  ]
}

const servers = ['postgres', 'mysql', 'mariadb']
const restored = [...servers, 'sqlite']

/** Only some databases have a server, and only what is saved can be asked. */
export function checkDrill({ raw, databases }: Draft): Finding[] {
  const wrong = (key: string, allowed: readonly string[]) =>
    keys(raw, ['backup', 'drill', key]).flatMap(({ value, path }) => {
      const kind = databases.get(value)?.kind
      if (kind === undefined || allowed.includes(kind)) return []
      const where = formatPath(path.slice(0, -1))
      return [finding(faults.drillDatabase(where, value, kind, allowed), { path, on: 'key' })]
    })
  return [...wrong('servers', servers), ...wrong('queries', restored)]
}

/** A class that nothing makes is a misspelt one: the real one would keep its default, or lack a store of files. */
export function unknownClasses({ raw }: Draft): Finding[] {
  const destinations = keys(raw, ['backup', 'destinations'])
  const times = keys(raw, ['backup', 'schedule']).map(({ value }) => value)
  const classes = [
    ...new Set([
      'daily',
      'pre-deploy',
      'manual',
      'safety',
      'shadow',
      ...times.filter(time => !['drill', 'aftercare'].includes(time)),
    ]),
  ]
  const unknown = (used: readonly Named[], on: 'key' | 'value', known: readonly string[]) =>
    used
      .filter(({ value }) => !known.includes(value))
      .map(({ value, path }) => {
        const where = formatPath(path.slice(0, -1))
        return finding(faults.unknownClass(where, value, closest(value, known), known), { path, on })
      })
  return [
    ...unknown(keys(raw, ['backup', 'keep']), 'key', [...classes, ...destinations.map(({ value }) => value)]),
    ...destinations.flatMap(({ path }) => unknown(keys(raw, [...path, 'keep']), 'key', classes)),
    ...keys(raw, ['backup', 'files']).flatMap(({ path }) =>
      unknown(strings(raw, [...path, 'classes']), 'value', classes),
    ),
  ]
}

export function bothDays({ raw }: Draft): Finding[] {
  return keys(raw, ['backup', 'schedule'])
    .flatMap(({ path }) => string(raw, path))
    .filter(({ value }) => hasBothDays(value))
    .map(({ value, path }) => finding(faults.bothDays(formatPath(path), value), { path, on: 'value' }))
}

export function noIdentity({ backup }: Draft): Finding[] {
  if (backup?.encrypt === undefined || backup.encrypt.identity !== undefined) return []
  return [finding(faults.noIdentity(), { path: ['backup', 'encrypt'], on: 'key' })]
}

/** Where other disks and shares are mounted by custom. */
const mounts = ['/mnt', '/media', '/net']

/** Every destination on a machine of the app: the place of the backup burns with the place of the data. */
export function nothingOffSite({ backup, environment }: Draft): Finding[] {
  if (backup === undefined || environment === undefined) return []
  const addresses = Object.values(environment.hosts).map(host =>
    host === 'local' ? undefined : host.address,
  )
  const machines = addresses.flatMap(address => (address === undefined ? [] : [machineOf(address)]))
  const isHere = (destination: DestinationConfig): boolean => {
    switch (destination.kind) {
      case 'directory':
        if (mounts.some(mount => isWithin(destination.path, mount))) return false
        // Without a host it is the machine that runs the command.
        return destination.host !== undefined || addresses.includes(undefined)
      case 'sftp':
      case 'rsync':
        return machines.includes(machineOf(destination.address))
      case 's3':
        return false
    }
  }
  if (!Object.values(backup.destinations).every(isHere)) return []
  return [finding(faults.nothingOffSite(), { path: ['backup', 'destinations'], on: 'key' })]
}
