// restore --app: files of a set, compared with what is live; missing ones go back, existing ones only where a person named them.

import type { Part } from '../backup/set.ts'
import type { PutStep, UnpackStep } from '../backup/steps/restore/files.ts'
import type { Config, HostConfig } from '../config/config.ts'
import { text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Plan } from '../engine/plan.ts'
import { noBackup } from './backup.ts'
import { setSteps } from './backup-steps.ts'
import { planOf } from './plan-frame.ts'
import { noUndo } from './release-steps.ts'
import { doubtful, type RestoreInput } from './restore.ts'
import { clearStep, fetchedPath, fetchPhases, hostsOf, placeStep, workOn } from './restore-steps.ts'
import { type FilesStore, filesStores, knownSecrets } from './stores.ts'
import { unknownName } from './unknown-name.ts'

type FilesPart = Extract<Part, { kind: 'files' }>

export interface RestoredFiles extends FilesStore {
  readonly part: FilesPart
}

export interface RestoreFilesInput extends Omit<RestoreInput, 'to'> {
  /** Files that may be overwritten: below root, or absolute. */
  readonly overwrite: readonly string[]
  /** Only looks. */
  readonly dryRun: boolean
}

export function compileRestoreFiles(input: RestoreFilesInput): Result<Plan, readonly Problem[]> {
  const { config, set, safety } = input
  const { backup } = config
  if (!backup) return err([noBackup(config)])
  const chosen = chooseFiles(input)
  const doubt = doubtful(set, input.acceptUnverified)
  const problems = [...(chosen.ok ? [] : chosen.error), ...(doubt ? [doubt] : []), ...protectedFiles(input)]
  if (!chosen.ok || problems.length > 0) return err(problems)
  const stores = chosen.value
  const hosts = hostsOf(stores)
  const props = { backup, run: input.run, set, from: input.from }
  const replaces = input.overwrite.length > 0 && !input.dryRun
  const copy = replaces
    ? setSteps({ config, backup, class: 'safety', run: input.run, by: input.by, ...safety })
    : undefined
  const room = (host: HostConfig) =>
    stores
      .filter(store => store.host === host)
      .reduce((sum, { part }) => sum + part.bytes + 2 * part.facts.bytes, 0)
  return ok(
    planOf(input, {
      procedure: 'restore',
      hosts: config.hosts,
      onHostFailure: 'undo',
      phases: [
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
          steps: hosts.map(host => placeStep(props, host, room(host))),
        },
        ...fetchPhases(props, stores),
        {
          id: 'compare',
          title: text('Compare', 'Vergleichen'),
          steps: stores.map(store => unpackStep(input, props, store)),
        },
        {
          id: 'put',
          title: text('Put back', 'Zurücklegen'),
          steps: input.dryRun ? [] : stores.map(store => putStep(input, props, store)),
        },
        {
          id: 'settle',
          title: text('Settle', 'Abschließen'),
          steps: [
            ...hosts.map(host => clearStep(props, host)),
            ...(copy ? [...copy.settle, ...copy.prune] : []),
          ],
        },
      ],
      summary: {
        set: set.id,
        from: input.from,
        files: stores.map(({ name }) => name),
        overwrite: input.overwrite,
        by: input.by,
        ...(copy ? { safety: safety.set } : {}),
        ...(input.dryRun ? { dryRun: true } : {}),
      },
    }),
  )
}

export function chooseFiles({
  config,
  set,
  stores,
}: Pick<RestoreFilesInput, 'config' | 'set' | 'stores'>): Result<
  readonly RestoredFiles[],
  readonly Problem[]
> {
  const parts = set.manifest.parts.filter(part => part.kind === 'files')
  const known = new Map(filesStores(config, set.class).map(store => [store.name, store]))
  const names = stores.length > 0 ? stores : parts.map(({ store }) => store)
  const problems: Problem[] = []
  const chosen = names.flatMap((name): RestoredFiles[] => {
    const part = parts.find(({ store }) => store === name)
    const store = known.get(name)
    if (part && store) return [{ ...store, part }]
    problems.push(
      unknownName(
        'store',
        name,
        parts.map(({ store }) => store).filter(other => known.has(other)),
      ),
    )
    return []
  })
  if (names.length === 0)
    problems.push({
      code: 'STW-B470',
      what: text(`Set ${set.id} holds no files`, `Der Satz ${set.id} enthält keine Dateien`),
      next: [text('stellwerk explain backup.files', 'stellwerk explain backup.files')],
    })
  return problems.length > 0 ? err(problems) : ok(chosen)
}

function sharedFiles(config: Config, host: HostConfig): readonly string[] {
  return config.release.shared.files.map(file => `${host.root}/shared/${file}`)
}

function absolute(host: HostConfig, path: string): string {
  return path.startsWith('/') ? path : `${host.root}/${path}`
}

/** What a person keeps by hand on each host is never written, not even when it is named. */
function protectedFiles({ config, overwrite }: RestoreFilesInput): readonly Problem[] {
  const named = overwrite.filter(path =>
    config.hosts.some(host => sharedFiles(config, host).includes(absolute(host, path))),
  )
  return named.map(path => ({
    code: 'STW-B471',
    what: text(`${path} is never restored`, `${path} wird nie wiederhergestellt`),
    why: text(
      'it is listed under release.shared.files, which people keep by hand',
      'sie steht unter release.shared.files, die Menschen von Hand pflegen',
    ),
    next: [
      text(
        'Unpack it by hand: see RESTORE.md beside the set',
        'Von Hand entpacken: siehe RESTORE.md beim Satz',
      ),
    ],
  }))
}

type Props = Parameters<typeof fetchPhases>[0]

function unpackStep(
  { config }: RestoreFilesInput,
  props: Props,
  { name, host, files, part }: RestoredFiles,
): UnpackStep {
  const identity = props.backup.encrypt?.identity
  return {
    id: `compare/${host.name}/${name}`,
    kind: 'restore.unpack',
    host: host.name,
    root: host.root,
    store: name,
    paths: files.paths,
    into: `${workOn(props, host)}/${name}`,
    from: fetchedPath(props, host, part),
    ...(part.sums ? { sums: fetchedPath(props, host, part.sums) } : {}),
    bytes: part.facts.bytes,
    ...(identity === undefined ? {} : { identity }),
    known: knownSecrets(config),
    title: text(`Compare ${name}`, `${name} vergleichen`),
    timeout: props.backup.timeout,
    undo: noUndo(
      'it goes with the directory of the restore',
      'es geht mit dem Verzeichnis der Wiederherstellung',
    ),
  }
}

function putStep(
  { config, overwrite }: RestoreFilesInput,
  props: Props,
  { name, host, files }: RestoredFiles,
): PutStep {
  return {
    id: `put/${host.name}/${name}`,
    kind: 'restore.put',
    host: host.name,
    root: host.root,
    store: name,
    paths: files.paths,
    into: `${workOn(props, host)}/${name}`,
    overwrite: overwrite.map(path => absolute(host, path)),
    protect: sharedFiles(config, host),
    aside: `${workOn(props, host)}/aside-${name}`,
    title: text(`Put ${name} back`, `${name} zurücklegen`),
    timeout: props.backup.timeout,
    undo: { how: 'auto', title: text('Take them away again', 'Sie wieder entfernen') },
  }
}
