// database rebuild: a damaged SQLite file gives place to what could still be read of it. Its files are kept as a set before, and beside
// the live one after; services start anew, so that no process holds what was replaced.
import { backupDirectory } from '../backup/spool.ts'
import { workDirectory } from '../backup/steps/restore/place.ts'
import type { RebuildStep, SavedRows } from '../backup/steps/restore/rebuild.ts'
import { besideNames } from '../backup/steps/return.ts'
import type { Config, HostConfig } from '../config/config.ts'
import { text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { required } from '../core/required.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Plan } from '../engine/plan.ts'
import { noBackup } from './backup.ts'
import { type SetInput, setSteps } from './backup-steps.ts'
import { layoutBlockers, runningBlockers } from './blockers.ts'
import type { HostFacts } from './facts.ts'
import { switchPhases } from './fleet.ts'
import { planOf } from './plan-frame.ts'
import { restartParts } from './restart.ts'
import { clearStep, placeStep, swapStep } from './restore-steps.ts'
import type { DatabaseStore } from './stores.ts'

export type FileStore = DatabaseStore & { readonly access: RebuildStep['access'] }

export interface RebuildInput {
  readonly config: Config
  readonly facts: ReadonlyMap<string, HostFacts>
  readonly store: FileStore
  /** Of the damaged file. */
  readonly bytes: number
  readonly saved?: SavedRows | undefined
  /** The set that keeps the damaged files. */
  readonly evidence: Pick<SetInput, 'set' | 'pinned'>
  readonly run: string
  readonly by: string
  readonly now: Date
}

export function compileRebuild(input: RebuildInput): Result<Plan, readonly Problem[]> {
  const { config, facts, store, bytes, evidence, run, by } = input
  const { host, name } = store
  const { backup } = config
  if (!backup) return err([noBackup(config)])
  const current = (one: HostConfig) => required(facts, one.name).release.current
  const live = config.hosts.filter(one => current(one) !== undefined)
  const problems = live.flatMap(one => {
    const there = required(facts, one.name)
    return [...layoutBlockers(one, there), ...runningBlockers(config, one, there, undefined)]
  })
  if (problems.length > 0) return err(problems)
  const expected = new Map([[host.name, bytes]])
  const shadow = setSteps({ config, backup, class: 'shadow', raw: [name], run, by, expected, ...evidence })
  const parts = restartParts(config, live, facts)
  const partOf = (one: HostConfig) => required(parts, one.name)
  const directory = workDirectory(backupDirectory(host.root, backup.directory), run)
  const files = besideNames(store.access, evidence.set, name)
  return ok(
    planOf(input, {
      procedure: 'database-rebuild',
      hosts: config.hosts,
      onHostFailure: 'undo',
      phases: [
        {
          id: 'safety',
          title: text('Copy the damaged files', 'Die beschädigten Dateien sichern'),
          steps: [...shadow.open, ...shadow.dump],
        },
        {
          id: 'safety-store',
          title: text('Store the copy', 'Die Kopie ablegen'),
          steps: shadow.store,
        },
        {
          id: 'place',
          title: text('Make room', 'Platz schaffen'),
          // As SQL a file may take up more than twice its size; then it is a file again.
          steps: [placeStep({ backup, run }, host, 4 * bytes)],
        },
        {
          id: 'rebuild',
          title: text('Rebuild beside and check', 'Daneben neu aufbauen und prüfen'),
          steps: [rebuildStep(input, files.beside, `${directory}/rebuild-${name}.sql`, backup.timeout)],
        },
        { id: 'swap', title: text('Swap', 'Tauschen'), steps: [swapStep(store, files)] },
        ...switchPhases(config, live, partOf),
        {
          id: 'settle',
          title: text('Settle', 'Abschließen'),
          steps: [
            ...live.flatMap(one => partOf(one).settle),
            clearStep({ backup, run }, host),
            ...shadow.settle,
            ...shadow.prune,
          ],
        },
      ],
      summary: {
        release: [...new Set(live.map(current))].join(', '),
        set: evidence.set,
        database: name,
        ...(input.saved ? { comparedWith: input.saved.set } : {}),
        by,
      },
    }),
  )
}

function rebuildStep(
  { store: { name, host, access }, saved }: RebuildInput,
  target: string,
  sql: string,
  timeout: number,
): RebuildStep {
  return {
    id: `rebuild/${host.name}/${name}`,
    kind: 'restore.rebuild',
    host: host.name,
    store: name,
    access,
    target,
    sql,
    ...(saved ? { saved } : {}),
    title: text(`Rebuild ${name} beside`, `${name} daneben neu aufbauen`),
    timeout,
    undo: { how: 'auto', title: text(`Drop ${target}`, `${target} löschen`) },
  }
}
