// The phases of a drill, from the first byte that is fetched to the last file that is removed.

import { queryId } from '../backup/drill-record.ts'
import { namingOfSet } from '../backup/names.ts'
import { type FileFacts, type Part, storedFiles } from '../backup/set.ts'
import type { DrillAnswersStep } from '../backup/steps/drill/answers.ts'
import type { DrillAppStep } from '../backup/steps/drill/app.ts'
import type { DrillCloseStep } from '../backup/steps/drill/close.ts'
import type { ComparedDatabase, ComparedFiles, DrillCompareStep } from '../backup/steps/drill/compare.ts'
import type { DrillFetchStep } from '../backup/steps/drill/fetch.ts'
import type { DrillGuardStep } from '../backup/steps/drill/guard.ts'
import type { DrillOpenStep } from '../backup/steps/drill/open.ts'
import { type Scratch, workDirectory } from '../backup/steps/drill/place.ts'
import type { DrillQueryStep } from '../backup/steps/drill/query.ts'
import type { DrillRecordStep } from '../backup/steps/drill/record.ts'
import type { DrillRestoreStep } from '../backup/steps/drill/restore.ts'
import type { DrillUnpackStep } from '../backup/steps/drill/unpack.ts'
import type { Backup } from '../config/schema/backup.ts'
import { text } from '../core/lang.ts'
import type { Access } from '../databases/access.ts'
import type { DatabaseFacts } from '../databases/facts.ts'
import type { Phase } from '../engine/plan.ts'
import type { Step } from '../engine/step.ts'
import type { DrillInput, DrillPlace } from './drill.ts'
import { noUndo, second } from './release-steps.ts'
import { knownSecrets } from './stores.ts'

type DatabasePart = Exclude<Part, { kind: 'files' }>
type FilesPart = Extract<Part, { kind: 'files' }>

/** What the set holds, with the place where each is restored. */
export interface DrillStores {
  readonly databases: readonly (Scratch & { readonly part: DatabasePart })[]
  readonly files: readonly { readonly store: string; readonly part: FilesPart }[]
  /** Databases that need a server and have none. */
  readonly withoutServer: readonly string[]
}

export function drillStores({ config, set }: DrillInput, backup: Backup, place: DrillPlace): DrillStores {
  const known = knownSecrets(config)
  const withoutServer: string[] = []
  const parts = set.manifest.parts.filter(part => part.kind !== 'files')
  const databases = parts.flatMap((part, index) => {
    const { store } = part
    const name = index === 0 ? place.scratch : `${place.scratch}_${index + 1}`
    if (part.kind === 'sqlite') {
      const target = `${place.directory}/${name}.sqlite`
      return [{ store, part, target, access: { kind: 'sqlite', file: target, known } as const }]
    }
    const server = backup.drill.servers[store]
    if (server) return [{ store, part, target: name, access: serverAccess(part.kind, server, name, known) }]
    withoutServer.push(store)
    return []
  })
  const files = set.manifest.parts.filter(part => part.kind === 'files')
  return { databases, files: files.map(part => ({ store: part.store, part })), withoutServer }
}

export function serverAccess(
  kind: 'postgres' | 'mysql',
  { address, port, socket, user, password }: Backup['drill']['servers'][string],
  database: string,
  known: readonly string[],
): Access {
  return {
    kind,
    address,
    database,
    known,
    ...(port === undefined ? {} : { port }),
    ...(socket === undefined ? {} : { socket }),
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
  }
}

/** Each phase is made from the whole of this. */
interface Drill {
  readonly input: DrillInput
  readonly backup: Backup
  readonly place: DrillPlace
  readonly stores: DrillStores
}

export function drillPhases(
  input: DrillInput,
  backup: Backup,
  place: DrillPlace,
  stores: DrillStores,
): readonly Phase[] {
  const drill = { input, backup, place, stores }
  const phases: readonly Phase[] = [
    {
      id: 'open',
      title: text('Open the drill', 'Die Übung öffnen'),
      steps: [...guardSteps(drill), openStep(drill)],
    },
    // One phase each: a script has one standard input.
    ...input.set.manifest.parts
      .flatMap(part => storedFiles(part).map(stored => ({ part, stored })))
      .map(({ part, stored }, index) => ({
        id: `fetch-${index + 1}`,
        title: text(`Fetch ${part.store}`, `${part.store} holen`),
        steps: [fetchStep(drill, part, stored)],
      })),
    { id: 'restore', title: text('Restore', 'Wiederherstellen'), steps: restoreSteps(drill) },
    { id: 'compare', title: text('Compare', 'Vergleichen'), steps: [compareStep(drill)] },
    { id: 'queries', title: text('Ask', 'Fragen'), steps: querySteps(drill) },
    { id: 'app', title: text("The app's own check", 'Die Prüfung der App'), steps: appSteps(drill) },
    { id: 'record', title: text('Measure and record', 'Messen und festhalten'), steps: [recordStep(drill)] },
    { id: 'close', title: text('Leave nothing behind', 'Nichts zurücklassen'), steps: [closeStep(drill)] },
  ]
  return phases.filter(({ steps }) => steps.length > 0)
}

const looks = () => noUndo('it only looks', 'es schaut nur')
const goes = () => noUndo('it goes with the directory of the drill', 'es geht mit dem Verzeichnis der Übung')

function guardSteps({ input, backup, place, stores }: Drill): readonly DrillGuardStep[] {
  return stores.databases
    .filter(({ access }) => access.kind !== 'sqlite')
    .map(({ store, access, target, part }) => ({
      id: `open/${place.name}/guard-${store}`,
      kind: 'drill.guard',
      host: place.name,
      store,
      access,
      target,
      production: part.facts.identity,
      live: input.live.flatMap(one => ('identity' in one && one.kind === part.kind ? [one.identity] : [])),
      sameServer: backup.drill.sameServer,
      prefix: place.prefix,
      title: text(`See that ${store} is not production's`, `Prüfen, dass ${store} nicht die Produktion ist`),
      timeout: 300 * second,
      undo: looks(),
    }))
}

function openStep({ input, backup, place }: Drill): DrillOpenStep {
  const expected = input.set.manifest.parts
    .map(part => part.bytes + (part.kind === 'files' ? part.facts.bytes : 3 * part.bytes))
    .reduce((sum, bytes) => sum + bytes, 0)
  return {
    id: `open/${place.name}/directory`,
    kind: 'drill.open',
    host: place.name,
    directory: place.directory,
    expected,
    reserve: backup.reserve,
    title: text('Make room', 'Platz schaffen'),
    timeout: 600 * second,
    undo: { how: 'auto', title: text('Remove what was restored', 'Das Wiederhergestellte entfernen') },
  }
}

function workOf({ directory }: DrillPlace): string {
  return `${directory}/${workDirectory}`
}

function packedPath({ place }: Pick<Drill, 'place'>, { file }: Pick<Part, 'file'>): string {
  return `${workOf(place)}/${file}`
}

function fetchStep(
  { input, backup, place }: Drill,
  { kind, store, file: main }: Part,
  part: Pick<Part, 'file' | 'bytes' | 'sha256'>,
): DrillFetchStep {
  const { set } = input
  const of = kind === 'files' ? (part.file === main ? 'files' : 'sums') : 'db'
  return {
    id: `fetch/${place.name}/${of}-${store}`,
    kind: 'drill.fetch',
    host: place.name,
    destination: input.destination,
    path: namingOfSet(set.manifest).path(set.class, set.id, part.file),
    to: packedPath({ place }, part),
    bytes: part.bytes,
    sha256: part.sha256,
    title: text(`Fetch ${part.file}`, `${part.file} holen`),
    timeout: backup.timeout,
    undo: goes(),
  }
}

function factsPath(place: DrillPlace, store: string): string {
  return `${workOf(place)}/facts-${store}`
}

function restoreSteps(drill: Drill): readonly Step[] {
  const { input, backup, place, stores } = drill
  const identity = backup.encrypt?.identity
  const databases = stores.databases.map(({ store, access, target, part }): DrillRestoreStep => {
    const configured = input.config.databases[store]
    const schemaVersion = configured?.kind === 'other' ? undefined : configured?.schemaVersion
    return {
      id: `restore/${place.name}/db-${store}`,
      kind: 'drill.restore',
      host: place.name,
      store,
      access,
      target,
      from: packedPath(drill, part),
      out: factsPath(place, store),
      format: part.format,
      // As the set was made, whatever is configured by now.
      fingerprint: part.facts.tables.some(table => table.fingerprint !== undefined) ? 'content' : 'rows',
      ...(schemaVersion === undefined || part.facts.version === undefined ? {} : { schemaVersion }),
      ...(identity === undefined ? {} : { identity }),
      title: text(`Restore ${store}`, `${store} wiederherstellen`),
      timeout: backup.drill.timeout,
      undo: { how: 'auto', title: text(`Drop ${target}`, `${target} löschen`) },
    }
  })
  const files = stores.files.map(
    ({ store, part }): DrillUnpackStep => ({
      id: `restore/${place.name}/files-${store}`,
      kind: 'drill.unpack',
      host: place.name,
      store,
      from: packedPath(drill, part),
      ...(part.sums ? { sums: packedPath(drill, part.sums) } : {}),
      directory: `${place.directory}/${store}`,
      ...(identity === undefined ? {} : { identity }),
      known: knownSecrets(input.config),
      title: text(`Unpack ${store}`, `${store} entpacken`),
      timeout: backup.drill.timeout,
      undo: goes(),
    }),
  )
  return [...databases, ...files]
}

function compareStep({ place, stores, backup }: Drill): DrillCompareStep {
  const databases = stores.databases.map(({ store, part }): ComparedDatabase => {
    const saved: DatabaseFacts = part.facts
    return { store, saved, facts: `${factsPath(place, store)}.facts` }
  })
  const files = stores.files.map(({ store, part }): ComparedFiles => {
    const saved: FileFacts = part.facts
    return { store, saved, facts: `${place.directory}/${store}.facts` }
  })
  return {
    id: `compare/${place.name}/facts`,
    kind: 'drill.compare',
    host: place.name,
    databases,
    files,
    title: text('Compare with the manifest', 'Mit dem Manifest vergleichen'),
    timeout: backup.drill.timeout,
    undo: looks(),
  }
}

function querySteps({ backup, place, stores }: Drill): readonly Step[] {
  const asked = stores.databases.flatMap(scratch =>
    (backup.drill.queries[scratch.store] ?? []).map(({ sql, expect }, index) => ({
      ...scratch,
      sql,
      expect,
      number: index + 1,
      id: queryId(scratch.store, index),
      file: `${workOf(place)}/answer-${scratch.store}-${index + 1}`,
    })),
  )
  if (asked.length === 0) return []
  const queries = asked.map(
    ({ store, access, target, sql, number, file }): DrillQueryStep => ({
      id: `queries/${place.name}/${store}-${number}`,
      kind: 'drill.query',
      host: place.name,
      store,
      access,
      target,
      sql,
      out: file,
      title: text(`Ask ${store}`, `${store} fragen`),
      timeout: backup.drill.timeout,
      undo: goes(),
    }),
  )
  const answers: DrillAnswersStep = {
    id: `queries/${place.name}/answers`,
    kind: 'drill.answers',
    host: place.name,
    questions: asked.map(({ id, store, sql, expect, file }) => ({ id, store, sql, expect, file })),
    title: text('Compare the answers', 'Die Antworten vergleichen'),
    timeout: 600 * second,
    undo: looks(),
  }
  return [...queries, answers]
}

function appSteps({ input, backup, place, stores }: Drill): readonly DrillAppStep[] {
  const command = backup.drill.app
  if (command === undefined) return []
  return [
    {
      id: `app/${place.name}/command`,
      kind: 'drill.app',
      host: place.name,
      directory: place.directory,
      command,
      databases: Object.fromEntries(stores.databases.map(({ store, target }) => [store, target])),
      known: knownSecrets(input.config),
      title: text(command, command),
      timeout: backup.drill.timeout,
      undo: noUndo('it works on restored data only', 'sie arbeitet nur auf wiederhergestellten Daten'),
    },
  ]
}

function recordStep({ input, backup }: Drill): DrillRecordStep {
  const { set, destination } = input
  const naming = namingOfSet(set.manifest)
  return {
    id: 'record/drilled',
    kind: 'drill.record',
    destination,
    path: naming.path(set.class, set.id, naming.documentFile(set.id, 'drilled.json')),
    set: set.id,
    manifest: set.hash,
    maxRestoreTime: backup.maxRestoreTime,
    title: text(`Call set ${set.id} drilled`, `Den Satz ${set.id} als geübt vermerken`),
    timeout: 600 * second,
    undo: noUndo('what was proven stays true', 'was bewiesen ist, bleibt wahr'),
  }
}

function closeStep({ place, stores }: Drill): DrillCloseStep {
  return {
    id: `close/${place.name}/directory`,
    kind: 'drill.close',
    host: place.name,
    directory: place.directory,
    scratch: stores.databases.map(({ store, access, target }) => ({ store, access, target })),
    title: text('Remove what was restored', 'Das Wiederhergestellte entfernen'),
    timeout: 1800 * second,
    undo: noUndo('the drill is over', 'die Übung ist vorbei'),
  }
}
