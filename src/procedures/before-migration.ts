// What a deploy does around a migration: a verified set before it, and the way back when it fails half-way.

import type { Manifest } from '../backup/set.ts'
import { backupDirectory } from '../backup/spool.ts'
import type { OpenStep } from '../backup/steps/open.ts'
import type { PruneStep } from '../backup/steps/prune.ts'
import type { KeepStep, ReturnStep } from '../backup/steps/return.ts'
import type { SettleStep } from '../backup/steps/settle.ts'
import type { StoreStep } from '../backup/steps/store.ts'
import type { Config, HostConfig } from '../config/config.ts'
import { concerns } from '../config/roles.ts'
import { text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import type { Step } from '../engine/step.ts'
import { setSteps } from './backup-steps.ts'
import { noUndo, second } from './release-steps.ts'
import { databaseStores, filesStores, packingOf } from './stores.ts'

/** What only the command knows about the set that a deploy makes. */
export interface PreDeploySet {
  readonly set: string
  readonly expected: ReadonlyMap<string, number>
  readonly pinned: readonly string[]
}

interface Input {
  readonly config: Config
  /** The hosts that take part. */
  readonly hosts: readonly HostConfig[]
  readonly release: string
  readonly run: string
  readonly by: string
  readonly backup?: PreDeploySet | undefined
  readonly live: Manifest['release']
}

export interface AroundMigration {
  /** Open the set and dump. */
  readonly dump: readonly Step[]
  readonly store: readonly StoreStep[]
  /** Before the migration: what its undo restores. */
  readonly back: readonly ReturnStep[]
  /** After it: what its undo keeps. */
  readonly keep: readonly KeepStep[]
  readonly settle: readonly (SettleStep | PruneStep)[]
}

const none: AroundMigration = { dump: [], store: [], back: [], keep: [], settle: [] }

/** Whether this app's deploys make a set at all. */
export function wantsSet(config: Config): boolean {
  const { backup } = config
  if (!backup || backup.beforeDeploy === 'never') return false
  if (backup.beforeDeploy === 'always') return true
  return databaseStores(config).some(({ database }) => database.migrate !== undefined)
}

/** A set needs every host that holds a part of it. */
export function leftOutBlockers({ config, hosts, backup }: Input): readonly Problem[] {
  if (!backup) return []
  const stores = [...databaseStores(config), ...filesStores(config, 'pre-deploy')]
  const needed = new Set(stores.map(store => store.host.name))
  const missing = [...needed].filter(name => !hosts.some(host => host.name === name))
  return missing.map(name => ({
    code: 'STW-B061',
    what: text(
      `The backup before the migration needs ${name}, which --hosts or --roles leaves out`,
      `Das Backup vor der Migration braucht ${name}, das --hosts oder --roles auslässt`,
    ),
    where: { host: name },
    next: [
      text(`stellwerk deploy ${config.environment.name}`, `stellwerk deploy ${config.environment.name}`),
    ],
  }))
}

export function aroundMigration(input: Input): AroundMigration {
  const { config, backup: wanted } = input
  const { backup } = config
  if (!backup || !wanted) return none
  const pending = backup.beforeDeploy === 'migration' ? questions(input) : undefined
  const steps = setSteps({
    config,
    backup,
    class: 'pre-deploy',
    run: input.run,
    by: input.by,
    before: input.release,
    ...wanted,
    ...(input.live === undefined ? {} : { release: input.live }),
    ...(pending === undefined ? {} : { pending }),
  })
  const migrating = databaseStores(config).filter(({ database }) => database.migrate !== undefined)
  return {
    dump: [...steps.open, ...steps.dump],
    store: steps.store,
    back: migrating.map(({ name, host, access, format, database }) => ({
      id: `migrate/${host.name}/back-${name}`,
      kind: 'backup.return',
      host: host.name,
      directory: backupDirectory(host.root, backup.directory),
      set: wanted.set,
      store: name,
      access,
      format,
      fingerprint: database.fingerprint,
      ...(database.schemaVersion === undefined ? {} : { schemaVersion: database.schemaVersion }),
      packing: packingOf(config),
      ...(backup.encrypt?.identity === undefined ? {} : { identity: backup.encrypt.identity }),
      title: text(`The way back of ${name}`, `Der Rückweg von ${name}`),
      timeout: backup.timeout,
      undo: {
        how: 'auto',
        title: text(
          `Restore ${name} from set ${wanted.set} when its schema changed`,
          `${name} aus Satz ${wanted.set} wiederherstellen, wenn sich das Schema geändert hat`,
        ),
      },
    })),
    keep: migrating.flatMap(({ name, host, database }) =>
      database.migrate?.undo === 'restore'
        ? []
        : [
            {
              id: `migrated/${host.name}/${name}`,
              kind: 'backup.keep' as const,
              host: host.name,
              store: name,
              title: text(`${name} is migrated`, `${name} ist migriert`),
              timeout: 30 * second,
              undo: noUndo(
                'a schema that grew suits the old release as well (migrate.undo: keep)',
                'ein gewachsenes Schema passt auch zum alten Release (migrate.undo: keep)',
              ),
            },
          ],
    ),
    settle: [...steps.settle, ...steps.prune],
  }
}

/** Asks before the dump whether a migration is pending, when one host can answer for all; otherwise the set is always made. */
function questions({ config, hosts, release }: Input): ReadonlyMap<string, OpenStep['pending']> | undefined {
  const asked = Object.values(config.databases).flatMap(({ migrate }) => {
    if (!migrate) return []
    const host = hosts.find(candidate =>
      concerns(migrate.role === undefined ? undefined : [migrate.role], candidate),
    )
    return host ? [{ host, migrate }] : []
  })
  const [first] = asked
  const dumping = new Set(
    [...databaseStores(config), ...filesStores(config, 'pre-deploy')].map(store => store.host.name),
  )
  if (!first || dumping.size !== 1 || !dumping.has(first.host.name)) return undefined
  if (asked.some(({ host, migrate }) => host.name !== first.host.name || migrate.pending === undefined))
    return undefined
  const { host } = first
  return new Map([
    [
      host.name,
      asked.map(({ migrate }) => ({
        directory: `${host.root}/releases/${release}`,
        command: migrate.pending ?? '',
        env: {
          STELLWERK_RELEASE: release,
          STELLWERK_ROOT: host.root,
          STELLWERK_ENVIRONMENT: config.environment.name,
          ...host.env,
          ...migrate.env,
        },
      })),
    ],
  ])
}
