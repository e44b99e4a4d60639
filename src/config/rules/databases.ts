// Databases: what could be lost, and passwords that stand in the file.
import { type Draft, names } from '../draft.ts'
import { formatPath, isMapping, type Path, valueAt } from '../path.ts'
import { type Finding, faults, finding } from '../problems.ts'
import { isSecretKey } from '../secret-name.ts'
import { references } from '../variables.ts'
import { isWithin } from './directories.ts'

/** A migration is the moment in which a backup is needed most. */
export function migrationWithoutBackup({ raw, databases }: Draft): Finding[] {
  if (valueAt(raw, ['backup']) !== undefined) return []
  return [...databases].flatMap(([name, { kind, migrate }]) => {
    if (kind === 'other' || migrate === undefined) return []
    const path = ['databases', name, 'migrate']
    return [finding(faults.migrationWithoutBackup(formatPath(path)), { path, on: 'key' })]
  })
}

/** A file below <root> that is not shared belongs to one release. */
export function sqliteNotShared({ databases, release, environment }: Draft): Finding[] {
  const shared = [...(release?.shared.directories ?? []), ...(release?.shared.files ?? [])]
  const hosts = Object.values(environment?.hosts ?? {})
  const roots = hosts.flatMap(host => (host === 'local' ? undefined : host.root) ?? environment?.root ?? [])
  const isLost = (file: string): boolean => {
    if (!file.startsWith('/')) return !shared.some(path => isWithin(file, path))
    return roots.some(
      root => isWithin(file, root) && !shared.some(path => isWithin(file, `${root}/shared/${path}`)),
    )
  }
  return [...databases].flatMap(([name, database]) => {
    if (database.kind !== 'sqlite' || !isLost(database.file)) return []
    const path = ['databases', name, 'file']
    const fault = faults.sqliteNotShared(formatPath(path), database.file, sharing(database.file))
    return [finding(fault, { path, on: 'value' })]
  })
}

/** What would share the file. */
function sharing(file: string): string {
  const directory = file.split('/').slice(0, -1).join('/')
  if (file.startsWith('/')) return '{ directories: [storage] }'
  return directory === '' ? `{ files: [${file}] }` : `{ directories: [${directory}] }`
}

/** Passwords and keys of databases, backups and channels that are no reference to a secret. */
export function clearSecrets({ raw }: Draft): Finding[] {
  const declared = new Set(names(raw, 'secrets'))
  const clear = (value: unknown, path: Path): Finding[] => {
    if (isMapping(value)) return Object.entries(value).flatMap(([key, inner]) => clear(inner, [...path, key]))
    const key = path.at(-1)
    if (typeof value !== 'string' || typeof key !== 'string' || !isSecretKey(key)) return []
    // A reference that is still one is a secret, or a variable that nobody has set yet.
    if (references(value).length > 0) return []
    return [finding(faults.clearSecret(formatPath(path), freeName(path, declared)), { path, on: 'value' })]
  }
  return ['databases', 'backup', 'notify'].flatMap(section => clear(valueAt(raw, [section]), [section]))
}

/** MAIN_PASSWORD for databases.main.password. */
function freeName(path: Path, taken: ReadonlySet<string>): string {
  const words = path.slice(-2).map(part =>
    String(part)
      .replaceAll(/[a-z](?=[A-Z])/g, '$&_')
      .replaceAll(/[^A-Za-z0-9_]/g, '_')
      .toUpperCase(),
  )
  const name = words.join('_')
  return taken.has(name) ? `${name}_2` : name
}
