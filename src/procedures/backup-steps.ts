// The steps that make a set, as backup, deploy (before a migration) and restore (safety copy) share them.

import { namingFor } from '../backup/names.ts'
import type { Manifest } from '../backup/set.ts'
import { backupDirectory, spooledPart, spoolOf, sumsEnding } from '../backup/spool.ts'
import type { PlannedPart } from '../backup/spooled.ts'
import type { CompleteStep } from '../backup/steps/complete.ts'
import type { DatabaseStep } from '../backup/steps/database.ts'
import type { FilesStep } from '../backup/steps/files.ts'
import type { OpenStep } from '../backup/steps/open.ts'
import type { PruneStep } from '../backup/steps/prune.ts'
import type { SettleStep } from '../backup/steps/settle.ts'
import type { ShadowStep } from '../backup/steps/shadow.ts'
import type { StoreStep } from '../backup/steps/store.ts'
import type { Config, HostConfig } from '../config/config.ts'
import type { Backup } from '../config/schema/backup.ts'
import { text } from '../core/lang.ts'
import { engineFor } from '../databases/engines.ts'
import { noUndo, second } from './release-steps.ts'
import {
  type DatabaseStore,
  databaseStores,
  type FilesStore,
  filesStores,
  knownSecrets,
  packingOf,
} from './stores.ts'

export interface SetInput {
  readonly config: Config
  readonly backup: Backup
  readonly set: string
  readonly class: string
  readonly run: string
  readonly by: string
  readonly release?: Manifest['release']
  /** Release that is about to come. */
  readonly before?: string
  /** Bytes that the last set needed on each host. */
  readonly expected: ReadonlyMap<string, number>
  /** Sets that must stay, because a release on a host refers to them. */
  readonly pinned: readonly string[]
  /** SQLite databases whose files are saved as they are; a set of class `shadow` holds nothing else. */
  readonly raw?: readonly string[]
  /** A store that fails leaves the others kept as evidence; the run fails once they are safe. */
  readonly keepSound?: boolean
  /** Questions by host: the set is only made when one says that a migration is pending. */
  readonly pending?: ReadonlyMap<string, OpenStep['pending']>
}

export interface SetSteps {
  readonly hosts: readonly HostConfig[]
  readonly open: readonly OpenStep[]
  readonly dump: readonly (DatabaseStep | FilesStep | ShadowStep)[]
  readonly store: readonly StoreStep[]
  /** After `store`: says what failed meanwhile. */
  readonly complete: readonly CompleteStep[]
  readonly settle: readonly SettleStep[]
  readonly prune: readonly PruneStep[]
}

export function setSteps(input: SetInput): SetSteps {
  const { config } = input
  const all = databaseStores(config)
  const raw = all.filter(isFile).filter(({ name }) => input.raw?.includes(name) ?? false)
  const isShadow = input.class === 'shadow'
  const databases = isShadow ? [] : all.filter(({ name }) => !raw.some(store => store.name === name))
  const files = isShadow ? [] : filesStores(config, input.class)
  const hosts = config.hosts.filter(host =>
    [...databases, ...files, ...raw].some(store => store.host.name === host.name),
  )
  const parts = [
    ...databases.map(store => databasePart(input, store)),
    ...files.map(store => filesPart(input, store)),
    ...raw.map(store => shadowPart(input, store)),
  ]
  // A store that is alone leaves nothing to keep.
  const keepSound = (input.keepSound ?? false) && !isShadow && parts.length > 1
  const failing = keepSound ? { failsLater: true as const } : {}
  return {
    hosts,
    open: hosts.map(host => openStep(input, host)),
    dump: [
      ...databases.map(store => ({ ...databaseStep(input, store), ...failing })),
      ...files.map(store => ({ ...filesStep(input, store), ...failing })),
      ...raw.map(store => shadowStep(input, store)),
    ],
    store: storeSteps(input, parts),
    complete: keepSound ? hosts.map(host => completeStep(input, host, parts)) : [],
    settle: hosts.map(host => settleStep(input, host)),
    prune: pruneSteps(input),
  }
}

function directoryOn({ backup }: SetInput, host: HostConfig): string {
  return backupDirectory(host.root, backup.directory)
}

const again = () => noUndo('a set is made anew, not mended', 'ein Satz wird neu gemacht, nicht geflickt')

function openStep(input: SetInput, host: HostConfig): OpenStep {
  return {
    id: `backup/${host.name}/open`,
    kind: 'backup.open',
    host: host.name,
    directory: directoryOn(input, host),
    set: input.set,
    expected: input.expected.get(host.name) ?? 0,
    reserve: input.backup.reserve,
    pending: input.pending?.get(host.name) ?? [],
    known: knownSecrets(input.config),
    title: text(`Open set ${input.set}`, `Satz ${input.set} öffnen`),
    timeout: 600 * second,
    undo: { how: 'auto', title: text('Give up the set', 'Den Satz verwerfen') },
  }
}

function databaseStep(
  input: SetInput,
  { name, database, host, access, format }: DatabaseStore,
): DatabaseStep {
  return {
    id: `backup/${host.name}/db-${name}`,
    kind: 'backup.database',
    host: host.name,
    directory: directoryOn(input, host),
    set: input.set,
    store: name,
    access,
    format,
    fingerprint: database.fingerprint,
    ...(database.schemaVersion === undefined ? {} : { schemaVersion: database.schemaVersion }),
    packing: packingOf(input.config),
    title: text(`Dump ${name}`, `${name} ausgeben`),
    timeout: input.backup.timeout,
    undo: { how: 'auto', title: text('Remove the dump', 'Den Dump entfernen') },
  }
}

type FileDatabase = DatabaseStore & { readonly access: ShadowStep['access'] }

function isFile(store: DatabaseStore): store is FileDatabase {
  return store.access.kind === 'sqlite'
}

function shadowStep(input: SetInput, { name, host, access }: FileDatabase): ShadowStep {
  return {
    id: `backup/${host.name}/shadow-${name}`,
    kind: 'backup.shadow',
    host: host.name,
    directory: directoryOn(input, host),
    set: input.set,
    store: name,
    access,
    packing: packingOf(input.config),
    title: text(`Save the files of ${name}`, `Die Dateien von ${name} sichern`),
    timeout: input.backup.timeout,
    undo: { how: 'auto', title: text('Remove the copy', 'Die Kopie entfernen') },
  }
}

function filesStep(input: SetInput, { name, files, host }: FilesStore): FilesStep {
  return {
    id: `backup/${host.name}/files-${name}`,
    kind: 'backup.files',
    host: host.name,
    root: host.root,
    directory: directoryOn(input, host),
    set: input.set,
    store: name,
    paths: files.paths,
    exclude: files.exclude,
    destinations: destinationsOn(input, host),
    minFiles: files.minFiles,
    packing: packingOf(input.config),
    title: text(`Pack ${name}`, `${name} packen`),
    timeout: input.backup.timeout,
    undo: { how: 'auto', title: text('Remove the archive', 'Das Archiv entfernen') },
  }
}

function destinationsOn({ backup }: SetInput, host: HostConfig): readonly string[] {
  return Object.values(backup.destinations).flatMap(destination => {
    if (destination.kind !== 'directory') return []
    // Without a host it is the machine that runs the command, which a host without an address is as well.
    const isHere =
      destination.host === undefined ? host.address === undefined : destination.host === host.name
    return isHere ? [destination.path] : []
  })
}

function databasePart(input: SetInput, store: DatabaseStore): PlannedPart {
  const engine = engineFor(store.access)
  return {
    ...partOf(input, store.host, 'db', store.name, engine.ending(store.format)),
    kind: engine.kind,
    format: store.format,
  }
}

function filesPart(input: SetInput, store: FilesStore): PlannedPart {
  const { out, path, file } = partOf(input, store.host, 'files', store.name, sumsEnding)
  return {
    ...partOf(input, store.host, 'files', store.name, 'tar'),
    kind: 'files',
    sums: { out, path, file },
  }
}

function shadowPart(input: SetInput, store: FileDatabase): PlannedPart {
  return { ...partOf(input, store.host, 'db', store.name, 'tar'), kind: 'files' }
}

function partOf(
  input: SetInput,
  host: HostConfig,
  of: 'db' | 'files',
  store: string,
  ending: string,
): Omit<PlannedPart, 'kind' | 'format'> {
  const packing = packingOf(input.config)
  const spool = spoolOf(directoryOn(input, host), input.set)
  const { out, file, name } = spooledPart(spool, of, store, ending, packing)
  return {
    store,
    host: host.name,
    spool,
    out,
    path: file,
    file: namingOf(input).partFile(input.set, name),
    compression: packing.compression,
    encrypted: packing.recipients.length > 0,
  }
}

function namingOf({ config, backup, class: setClass }: SetInput) {
  const alone = [
    ...(databaseStores(config).length === 1 ? ['db' as const] : []),
    ...(filesStores(config, setClass).length === 1 ? ['files' as const] : []),
  ]
  return namingFor(backup.naming, { app: config.app, environment: config.environment.name, alone })
}

function storeSteps(input: SetInput, parts: readonly PlannedPart[]): readonly StoreStep[] {
  const { config, backup } = input
  const expect = Object.fromEntries(
    databaseStores(config).map(({ name, database }) => [name, database.expect]),
  )
  const destinations = Object.entries(backup.destinations)
  const allOptional = destinations.every(([, { optional }]) => optional)
  return destinations.map(([name, destination], index) => ({
    id: `backup/store/${name}`,
    kind: 'backup.store',
    destination: name,
    others: destinations.map(([other]) => other).filter(other => other !== name),
    optional: destination.optional,
    decides: allOptional && index === destinations.length - 1,
    set: input.set,
    class: input.class,
    naming: backup.naming,
    head: {
      app: config.app,
      environment: config.environment.name,
      run: input.run,
      by: input.by,
      ...(input.release === undefined ? {} : { release: input.release }),
      ...(input.before === undefined ? {} : { before: input.before }),
    },
    parts,
    expect,
    shrinkPercent: backup.shrink,
    strict: input.before !== undefined,
    title: text(
      `Bring the set to ${name} and prove it there`,
      `Den Satz zu ${name} bringen und dort beweisen`,
    ),
    timeout: backup.timeout,
    undo: again(),
  }))
}

function completeStep(input: SetInput, { name }: HostConfig, parts: readonly PlannedPart[]): CompleteStep {
  return {
    id: `complete/${name}/backup`,
    kind: 'backup.complete',
    host: name,
    environment: input.config.environment.name,
    stores: parts
      .filter(({ host }) => host === name)
      .map(({ store, kind, out }) => ({ store, of: kind === 'files' ? 'files' : 'db', out })),
    title: text('See that no store failed', 'Prüfen, dass nichts gescheitert ist'),
    timeout: 60 * second,
    undo: again(),
  }
}

function settleStep(input: SetInput, host: HostConfig): SettleStep {
  return {
    id: `settle/${host.name}/backup`,
    kind: 'backup.settle',
    host: host.name,
    directory: directoryOn(input, host),
    set: input.set,
    ...(input.before === undefined
      ? {}
      : { record: `${host.root}/releases/${input.before}/.stellwerk.json` }),
    title: text('Clear the spool', 'Das Zwischenlager leeren'),
    timeout: 600 * second,
    undo: again(),
  }
}

function pruneSteps(input: SetInput): readonly PruneStep[] {
  const { config, backup } = input
  return Object.keys(backup.destinations).map(name => ({
    id: `settle/prune-${name}`,
    kind: 'backup.prune',
    destination: name,
    app: config.app,
    environment: config.environment.name,
    naming: backup.naming,
    policy: policyAt(backup, name),
    pinned: input.pinned,
    title: text(`Keep what retention says at ${name}`, `Bei ${name} behalten, was die Aufbewahrung sagt`),
    timeout: 3600 * second,
    undo: noUndo(
      'what is removed was superfluous by the retention rule',
      'Entferntes war nach der Aufbewahrungsregel überflüssig',
    ),
  }))
}

/** Counts per class, and in all at the destination of that name. */
export function policyAt(backup: Backup, destination: string): PruneStep['policy'] {
  const names = Object.keys(backup.destinations)
  const classes = Object.entries(backup.keep).filter(([name]) => !names.includes(name))
  const total = backup.keep[destination]
  return {
    classes: { ...Object.fromEntries(classes), ...backup.destinations[destination]?.keep },
    ...(total === undefined ? {} : { total }),
  }
}

/** Bytes of a set by host, from the newest one: what the next will need in the spool. */
export function expectedBytes(manifest: Manifest | undefined): ReadonlyMap<string, number> {
  const bytes = new Map<string, number>()
  for (const part of manifest?.parts ?? []) bytes.set(part.host, (bytes.get(part.host) ?? 0) + part.bytes)
  return bytes
}
