// What an app has to save, from its configuration: each database and each store of files with the host that holds it.
import type { Config, HostConfig } from '../config/config.ts'
import { concerns } from '../config/roles.ts'
import type { FileStore } from '../config/schema/backup.ts'
import type { StoredDatabase } from '../config/schema/database.ts'
import type { Access } from '../databases/access.ts'
import type { DumpFormat } from '../databases/facts.ts'
import type { Packing } from '../databases/stream.ts'

export interface DatabaseStore {
  readonly name: string
  readonly database: StoredDatabase
  readonly host: HostConfig
  readonly access: Access
  readonly format: DumpFormat
}

export interface FilesStore {
  readonly name: string
  readonly files: FileStore
  readonly host: HostConfig
}

/** The first host of a role, which has the tools and makes the dump. */
function hostOf(config: Config, role: string | undefined): HostConfig | undefined {
  return config.hosts.find(host => concerns(role === undefined ? undefined : [role], host))
}

/** Every secret that a value of the config may refer to. */
export function knownSecrets(config: Config): readonly string[] {
  return [...config.secrets.keys(), ...config.secretCommands.keys()].toSorted()
}

export function databaseStores(config: Config): readonly DatabaseStore[] {
  return Object.entries(config.databases).flatMap(([name, database]) => {
    if (database.kind === 'other') return []
    const host = hostOf(config, database.role)
    if (!host) return []
    return [{ name, database, host, access: accessOf(config, host, database), format: formatOf(database) }]
  })
}

export function accessOf(config: Config, host: HostConfig, database: StoredDatabase): Access {
  const known = knownSecrets(config)
  if (database.kind === 'sqlite') {
    const { file } = database
    return { kind: 'sqlite', file: file.startsWith('/') ? file : `${host.root}/shared/${file}`, known }
  }
  const { address, port, socket, user, password, admin } = database
  return {
    kind: database.kind === 'postgres' ? 'postgres' : 'mysql',
    address,
    database: database.database,
    known,
    ...(port === undefined ? {} : { port }),
    ...(socket === undefined ? {} : { socket }),
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    ...(admin === undefined ? {} : { admin: given(admin) }),
  }
}

function given(admin: { user?: string | undefined; password?: string | undefined }) {
  return {
    ...(admin.user === undefined ? {} : { user: admin.user }),
    ...(admin.password === undefined ? {} : { password: admin.password }),
  }
}

function formatOf(database: StoredDatabase): DumpFormat {
  if (database.kind === 'sqlite') return 'file'
  return database.kind === 'postgres' ? database.dump.format : 'plain'
}

/** Stores of files that sets of a class hold. */
export function filesStores(config: Config, setClass: string): readonly FilesStore[] {
  return filesOfAnyClass(config).filter(({ files }) => files.classes?.includes(setClass) ?? true)
}

export function filesOfAnyClass(config: Config): readonly FilesStore[] {
  return Object.entries(config.backup?.files ?? {}).flatMap(([name, files]) => {
    const host = hostOf(config, files.role)
    return host ? [{ name, files, host }] : []
  })
}

export function packingOf(config: Config): Packing {
  return {
    compression: config.backup?.compression ?? 'zstd',
    recipients: config.backup?.encrypt?.recipients ?? [],
  }
}
