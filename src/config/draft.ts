// What can be understood of a config that may have mistakes: each entry by itself, so that one wrong service does not
// hide what is wrong between the others.
import { isMapping, type Path, valueAt } from './path.ts'
import { type Backup, backup } from './schema/backup.ts'
import { type Build, build } from './schema/build.ts'
import { type Check, check } from './schema/check.ts'
import { type Database, database } from './schema/database.ts'
import { type Environment, environment } from './schema/environment.ts'
import { type Identity, identity } from './schema/identity.ts'
import { type Release, release } from './schema/release.ts'
import { type Router, router } from './schema/router.ts'
import { type Service, service } from './schema/service.ts'

export interface Draft {
  /** The sections as written, overrides merged and variables replaced. */
  readonly raw: unknown
  /** Entries that are valid by themselves. */
  readonly services: ReadonlyMap<string, Service>
  readonly checks: ReadonlyMap<string, Check>
  readonly databases: ReadonlyMap<string, Database>
  readonly build: Build | undefined
  readonly release: Release | undefined
  readonly backup: Backup | undefined
  readonly router: Router | undefined
  readonly identity: Identity | undefined
  /** The chosen environment; undefined when none is chosen or it has mistakes. */
  readonly environment: (Environment & { readonly name: string }) | undefined
}

interface Parser<T> {
  safeParse(value: unknown): { readonly success: boolean; readonly data?: T }
}

export function makeDraft(raw: unknown, name?: string): Draft {
  const chosen = name === undefined ? undefined : parse(environment, valueAt(raw, ['environments', name]))
  return {
    raw,
    services: entries(raw, 'services', service),
    checks: entries(raw, 'checks', check),
    databases: entries(raw, 'databases', database),
    build: parse(build, valueAt(raw, ['build'])),
    release: parse(release, valueAt(raw, ['release'])),
    backup: parse(backup, valueAt(raw, ['backup'])),
    router: parse(router, valueAt(raw, ['router'])),
    identity: parse(identity, valueAt(raw, ['verify', 'identity'])),
    environment: chosen && name !== undefined ? { ...chosen, name } : undefined,
  }
}

function entries<T>(raw: unknown, section: string, parser: Parser<T>): Map<string, T> {
  const found = new Map<string, T>()
  for (const name of names(raw, section)) {
    const value = parse(parser, valueAt(raw, [section, name]))
    if (value !== undefined) found.set(name, value)
  }
  return found
}

function parse<T>(parser: Parser<T>, value: unknown): T | undefined {
  if (value === undefined) return undefined
  const result = parser.safeParse(value)
  return result.success ? result.data : undefined
}

/** The names of a section's entries, valid or not. */
export function names(raw: unknown, section: string): string[] {
  const value = valueAt(raw, [section])
  return isMapping(value) ? Object.keys(value) : []
}

/** A word of the raw sections and where it stands. */
export interface Named {
  readonly value: string
  readonly path: Path
}

/** The keys of a mapping in the raw sections, each with its path. */
export function keys(raw: unknown, path: Path): Named[] {
  const value = valueAt(raw, path)
  return isMapping(value) ? Object.keys(value).map(key => ({ value: key, path: [...path, key] })) : []
}

/** The string at a path of the raw sections: one or none. */
export function string(raw: unknown, path: Path): Named[] {
  const value = valueAt(raw, path)
  return typeof value === 'string' ? [{ value, path }] : []
}

/** The strings of a list in the raw sections, each with its path. */
export function strings(raw: unknown, path: Path): Named[] {
  const value = valueAt(raw, path)
  if (!Array.isArray(value)) return []
  return value.flatMap((item, index) =>
    typeof item === 'string' ? [{ value: item, path: [...path, index] }] : [],
  )
}
