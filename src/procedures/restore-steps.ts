// The phases that bring databases of a set back, as restore and rollback --with-data share them: a safety copy, the parts, each
// database beside the live one, compared, and only then in its place.

import { namingOfSet } from '../backup/names.ts'
import { type Part, type StoredSet, storedFiles } from '../backup/set.ts'
import { backupDirectory } from '../backup/spool.ts'
import type { FetchStep } from '../backup/steps/fetch.ts'
import type { BesideStep } from '../backup/steps/restore/beside.ts'
import type { CompareStep } from '../backup/steps/restore/compare.ts'
import { type ClearStep, type PlaceStep, workDirectory } from '../backup/steps/restore/place.ts'
import type { SwapStep } from '../backup/steps/restore/swap.ts'
import { besideNames } from '../backup/steps/return.ts'
import type { Config, HostConfig } from '../config/config.ts'
import type { Backup } from '../config/schema/backup.ts'
import { text } from '../core/lang.ts'
import type { Phase } from '../engine/plan.ts'
import type { Step } from '../engine/step.ts'
import { type SetInput, type SetSteps, setSteps } from './backup-steps.ts'
import { noUndo, second } from './release-steps.ts'
import type { DatabaseStore } from './stores.ts'

export type DatabasePart = Exclude<Part, { kind: 'files' }>

export interface RestoredStore extends DatabaseStore {
  readonly part: DatabasePart
}

export interface RestoreProps {
  readonly config: Config
  readonly backup: Backup
  readonly run: string
  readonly by: string
  readonly set: StoredSet
  /** Destination that it is fetched from. */
  readonly from: string
  readonly stores: readonly RestoredStore[]
  /** The set made of what is live before anything is replaced; absent with `to`. Its time names what is kept, made or not. */
  readonly safety?: Pick<SetInput, 'set' | 'expected' | 'pinned' | 'release' | 'raw'>
  /** What no copy is made of: it does not exist, or a person said so. */
  readonly unsaved?: Unsaved | undefined
  /** Restores beside under this name and replaces nothing. */
  readonly to?: string
}

/** Names of stores; `missing`: databases that do not exist today. */
export interface Unsaved {
  readonly databases: readonly string[]
  readonly files: readonly string[]
  readonly missing: readonly string[]
}

export interface RestorePhases {
  /** Hosts that the phases work on. */
  readonly hosts: readonly HostConfig[]
  /** Up to the swap: what comes after them belongs to the restored data. */
  readonly before: readonly Phase[]
  readonly settle: readonly Step[]
  /** Whether a safety copy is made. */
  readonly saves: boolean
}

export function restorePhases(props: RestoreProps): RestorePhases {
  const { config, stores } = props
  const copy = safetySteps(props)
  const hosts = hostsOf(stores)
  const before: readonly Phase[] = [
    {
      id: 'safety',
      title: text('Copy what is live', 'Das Bisherige sichern'),
      steps: copy ? [...copy.open, ...copy.dump] : [],
    },
    {
      id: 'safety-store',
      title: text('Store and verify the safety copy', 'Die Sicherheitskopie ablegen und verifizieren'),
      steps: copy ? copy.store : [],
    },
    {
      id: 'place',
      title: text('Make room', 'Platz schaffen'),
      steps: hosts.map(host => placeStep(props, host, sizeOn(props, host))),
    },
    ...fetchPhases(props, stores),
    {
      id: 'beside',
      title: text('Restore beside and compare', 'Daneben wiederherstellen und vergleichen'),
      steps: stores.flatMap(store => [besideStep(props, store), compareStep(props, store)]),
    },
    {
      id: 'swap',
      title: text('Swap', 'Tauschen'),
      steps: props.to === undefined ? stores.map(store => swapOf(props, store)) : [],
    },
  ]
  return {
    hosts: config.hosts.filter(host => hosts.includes(host) || (copy?.hosts.includes(host) ?? false)),
    before: before.filter(({ steps }) => steps.length > 0),
    settle: [...hosts.map(host => clearStep(props, host)), ...(copy ? [...copy.settle, ...copy.prune] : [])],
    saves: copy !== undefined,
  }
}

function safetySteps(props: RestoreProps): SetSteps | undefined {
  const { backup, safety, unsaved } = props
  if (!safety) return undefined
  const config = unsaved ? without(props.config, unsaved) : props.config
  const steps = setSteps({ ...props, config, backup, class: 'safety', ...safety })
  return steps.dump.length > 0 ? steps : undefined
}

/** However few files there are by now: what is there is saved. */
function without(config: Config, { databases, files }: Unsaved): Config {
  const { backup } = config
  const left = <T>(all: Readonly<Record<string, T>>, names: readonly string[]) =>
    Object.entries(all).filter(([name]) => !names.includes(name))
  const few = left(backup?.files ?? {}, files).map(([name, store]) => [name, { ...store, minFiles: 0 }])
  return {
    ...config,
    databases: Object.fromEntries(left(config.databases, databases)),
    ...(backup ? { backup: { ...backup, files: Object.fromEntries(few) } } : {}),
  }
}

export function hostsOf(stores: readonly { readonly host: HostConfig }[]): readonly HostConfig[] {
  return [...new Map(stores.map(({ host }) => [host.name, host])).values()]
}

type Place = Pick<RestoreProps, 'backup' | 'run'>

export function workOn({ backup, run }: Place, host: HostConfig): string {
  return workDirectory(backupDirectory(host.root, backup.directory), run)
}

/** A database takes up more than its dump; what is compressed, much more. */
function sizeOn({ stores }: RestoreProps, host: HostConfig): number {
  return stores
    .filter(store => store.host === host)
    .reduce((sum, { part }) => sum + part.bytes * (part.compression === 'none' ? 2 : 4), 0)
}

export function placeStep(props: Place, host: HostConfig, expected: number): PlaceStep {
  return {
    id: `place/${host.name}/directory`,
    kind: 'restore.place',
    host: host.name,
    directory: workOn(props, host),
    expected,
    reserve: props.backup.reserve,
    title: text('Make room', 'Platz schaffen'),
    timeout: 600 * second,
    undo: { how: 'auto', title: text('Remove what was fetched', 'Das Geholte entfernen') },
  }
}

export function clearStep(props: Place, host: HostConfig): ClearStep {
  return {
    id: `settle/${host.name}/clear`,
    kind: 'restore.clear',
    host: host.name,
    directory: workOn(props, host),
    title: text('Remove what was fetched', 'Das Geholte entfernen'),
    timeout: 600 * second,
    undo: noUndo('it is needed no more', 'es wird nicht mehr gebraucht'),
  }
}

type Fetching = Pick<RestoreProps, 'backup' | 'run' | 'set' | 'from'>

/** One part a host and phase: a script has one standard input. */
export function fetchPhases(
  props: Fetching,
  stores: readonly { readonly host: HostConfig; readonly part: Part }[],
): readonly Phase[] {
  const turns: FetchStep[][] = []
  const fetches = stores.flatMap(({ host, part }) =>
    storedFiles(part).map(stored => fetchStep(props, host, part, stored)),
  )
  for (const step of fetches) {
    const turn = turns.find(steps => steps.every(other => other.host !== step.host))
    if (turn) turn.push(step)
    else turns.push([step])
  }
  return turns.map((steps, index) => ({
    id: turns.length > 1 ? `fetch-${index + 1}` : 'fetch',
    title: text('Fetch', 'Holen'),
    steps,
  }))
}

function fetchStep(
  props: Fetching,
  host: HostConfig,
  { kind, store, file: main }: Part,
  part: Pick<Part, 'file' | 'bytes' | 'sha256'>,
): FetchStep {
  const { set, from, backup } = props
  const of = kind === 'files' ? (part.file === main ? 'files' : 'sums') : 'db'
  return {
    id: `fetch/${host.name}/${of}-${store}`,
    kind: 'backup.fetch',
    host: host.name,
    destination: from,
    path: namingOfSet(set.manifest).path(set.class, set.id, part.file),
    to: fetchedPath(props, host, part),
    bytes: part.bytes,
    sha256: part.sha256,
    title: text(`Fetch ${part.file}`, `${part.file} holen`),
    timeout: backup.timeout,
    undo: noUndo(
      'it goes with the directory of the restore',
      'es geht mit dem Verzeichnis der Wiederherstellung',
    ),
  }
}

export function fetchedPath(props: Place, host: HostConfig, { file }: Pick<Part, 'file'>): string {
  return `${workOn(props, host)}/${file}`
}

function besideStep(props: RestoreProps, { name, host, access, database, part }: RestoredStore): BesideStep {
  const { backup, to } = props
  const identity = backup.encrypt?.identity
  const { schemaVersion } = database
  const target = targetOf(props, { name, access })
  return {
    id: `beside/${host.name}/${name}`,
    kind: 'restore.beside',
    host: host.name,
    store: name,
    access,
    target,
    from: fetchedPath(props, host, part),
    out: factsPath(props, host, name),
    format: part.format,
    // As the set was made, whatever is configured by now.
    fingerprint: part.facts.tables.some(table => table.fingerprint !== undefined) ? 'content' : 'rows',
    ...(schemaVersion === undefined || part.facts.version === undefined ? {} : { schemaVersion }),
    ...(identity === undefined ? {} : { identity }),
    title: text(`Restore ${name} beside`, `${name} daneben wiederherstellen`),
    timeout: backup.timeout,
    undo:
      to === undefined
        ? { how: 'auto', title: text(`Drop ${target}`, `${target} löschen`) }
        : noUndo(
            'nothing live was touched; it stays for a look',
            'nichts im Betrieb wurde berührt; es bleibt zum Ansehen',
          ),
  }
}

function targetOf(
  { safety, set, to }: RestoreProps,
  { name, access }: Pick<RestoredStore, 'name' | 'access'>,
) {
  return to ?? besideNames(access, safety?.set ?? set.id, name).beside
}

function factsPath(props: RestoreProps, host: HostConfig, store: string): string {
  return `${workOn(props, host)}/restored-${store}`
}

function compareStep(props: RestoreProps, { name, host, part }: RestoredStore): CompareStep {
  return {
    id: `compare/${host.name}/${name}`,
    kind: 'restore.compare',
    host: host.name,
    store: name,
    saved: part.facts,
    facts: `${factsPath(props, host, name)}.facts`,
    title: text(`Compare ${name} with the manifest`, `${name} mit dem Manifest vergleichen`),
    timeout: 600 * second,
    undo: noUndo('it only looks', 'es schaut nur'),
  }
}

function swapOf(props: RestoreProps, { name, host, access }: RestoredStore): SwapStep {
  const names = besideNames(access, props.safety?.set ?? props.set.id, name)
  return swapStep({ name, host, access }, names, props.unsaved?.missing.includes(name))
}

/** `none`: there is no live database today. */
export function swapStep(
  { name, host, access }: Pick<DatabaseStore, 'name' | 'host' | 'access'>,
  { beside, old }: { readonly beside: string; readonly old: string },
  none = false,
): SwapStep {
  return {
    id: `swap/${host.name}/${name}`,
    kind: 'restore.swap',
    host: host.name,
    store: name,
    access,
    beside,
    old,
    ...(none ? { none } : {}),
    title: text(`Swap ${name}`, `${name} tauschen`),
    timeout: 1800 * second,
    undo: {
      how: 'auto',
      title: none
        ? text('None is live again', 'Wieder ist keine in Betrieb')
        : text(`${old} becomes live again`, `${old} geht wieder in Betrieb`),
    },
  }
}
