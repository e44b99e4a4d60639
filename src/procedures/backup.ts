// backup: dump every store in its own snapshot, bring the set to every destination, read it again there, then let go of old sets.

import type { Manifest } from '../backup/set.ts'
import { backupDirectory } from '../backup/spool.ts'
import type { Config } from '../config/config.ts'
import { text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { err, ok, type Result } from '../core/result.ts'
import { freeze, type Plan } from '../engine/plan.ts'
import { setSteps } from './backup-steps.ts'
import { placeFor } from './fleet.ts'

export interface BackupInput {
  readonly config: Config
  readonly set: string
  readonly class: string
  readonly run: string
  readonly by: string
  readonly now: Date
  readonly release: Manifest['release']
  readonly expected: ReadonlyMap<string, number>
  readonly pinned: readonly string[]
  /** See SetInput. */
  readonly raw?: readonly string[]
}

export function compileBackup(input: BackupInput): Result<Plan, readonly Problem[]> {
  const { config } = input
  const { backup } = config
  if (!backup) return err([noBackup(config)])
  const { release, ...rest } = input
  const steps = setSteps({
    ...rest,
    backup,
    keepSound: true,
    ...(release === undefined ? {} : { release }),
  })
  if (steps.dump.length === 0) return err([nothingToSave(config, input.class)])
  const phases = [
    { id: 'open', title: text('Make room', 'Platz schaffen'), steps: steps.open },
    { id: 'dump', title: text('Dump every store', 'Alle Daten ausgeben'), steps: steps.dump },
    { id: 'store', title: text('Store and verify', 'Ablegen und verifizieren'), steps: steps.store },
    {
      id: 'complete',
      title: text('See that all is there', 'Prüfen, ob alles da ist'),
      steps: steps.complete,
    },
    { id: 'settle', title: text('Settle', 'Abschließen'), steps: [...steps.settle, ...steps.prune] },
  ]
  return ok(
    freeze({
      schema: 'stellwerk.plan/1',
      procedure: 'backup',
      run: input.run,
      app: config.app,
      environment: config.environment.name,
      createdAt: input.now.toISOString(),
      factsDigest: '',
      policy: 'undo',
      onHostFailure: 'undo',
      commit: 'settle',
      // A place of its own on each host: a backup that runs, or died, must not stand in the way of a deploy.
      hosts: steps.hosts.map(host => ({
        ...placeFor(host),
        root: backupDirectory(host.root, backup.directory),
      })),
      phases: phases.filter(({ steps }) => steps.length > 0),
      summary: {
        set: input.set,
        class: input.class,
        by: input.by,
        destinations: Object.keys(backup.destinations),
      },
    }),
  )
}

export function noBackup(config: Config): Problem {
  return {
    code: 'STW-B051',
    what: text(
      `stellwerk.yaml has no section backup for ${config.environment.name}`,
      `stellwerk.yaml hat keinen Abschnitt backup für ${config.environment.name}`,
    ),
    next: [text('stellwerk explain backup', 'stellwerk explain backup')],
  }
}

function nothingToSave(config: Config, setClass: string): Problem {
  return {
    code: 'STW-B052',
    what: text(
      `A set of class ${setClass} would hold nothing`,
      `Ein Satz der Klasse ${setClass} würde nichts enthalten`,
    ),
    why: text(
      `${config.app} declares no database with a kind and no files for it`,
      `${config.app} nennt dafür weder eine Datenbank mit kind noch Dateien`,
    ),
    next: [text('stellwerk explain backup.files', 'stellwerk explain backup.files')],
  }
}
