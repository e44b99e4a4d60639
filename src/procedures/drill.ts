// drill: restore a set from its destination into scratch databases, compare it with what its manifest says, ask it, measure it, and
// leave nothing behind. A drill that was green is what makes a destination trusted.

import { createHash } from 'node:crypto'
import { ageOf, type DrillCheck, type DrillHead, queryId } from '../backup/drill-record.ts'
import type { StoredSet } from '../backup/set.ts'
import { backupDirectory } from '../backup/spool.ts'
import type { Config, HostConfig } from '../config/config.ts'
import type { Backup } from '../config/schema/backup.ts'
import type { Problem } from '../core/problem.ts'
import { err, ok, type Result } from '../core/result.ts'
import { freeze, type Phase, type Plan } from '../engine/plan.ts'
import { noBackup } from './backup.ts'
import { drillProblems } from './drill-problems.ts'
import { drillPhases, drillStores } from './drill-steps.ts'

export interface DrillInput {
  readonly config: Config
  /** Chosen at the destination. */
  readonly set: StoredSet
  /** Name of the destination. */
  readonly destination: string
  /** Host that restores; undefined: this machine. */
  readonly host: HostConfig | undefined
  readonly run: string
  readonly by: string
  readonly now: Date
  /** What the live servers answered, or why they did not: a manifest may be old, or changed by somebody. */
  readonly live: readonly LiveServer[]
  /** At least two bytes: what tells the scratch databases of this drill from others. */
  readonly random: Uint8Array
}

export type LiveServer = { readonly store: string } & (
  | { readonly kind: 'postgres' | 'mysql'; readonly identity: string }
  | { readonly problem: Problem }
)

/** Name of this machine where hosts are named. */
export const here = 'here'

/** What all steps of a drill share. */
export interface DrillPlace {
  readonly name: string
  /** Below it lie the lock of drills and a directory for each. */
  readonly root: string
  /** Private to this drill. */
  readonly directory: string
  /** Names of scratch databases of this app and environment begin with it. */
  readonly prefix: string
  /** Name of the first scratch database. */
  readonly scratch: string
}

export function compileDrill(input: DrillInput): Result<Plan, readonly Problem[]> {
  const { config, set, host } = input
  const { backup } = config
  if (!backup) return err([noBackup(config)])
  const place = placeOf(input, backup)
  const stores = drillStores(input, backup, place)
  const problems = drillProblems(input, backup, stores)
  if (problems.length > 0) return err(problems)
  const phases: readonly Phase[] = drillPhases(input, backup, place, stores)
  return ok(
    freeze({
      schema: 'stellwerk.plan/1',
      procedure: 'drill',
      run: input.run,
      app: config.app,
      environment: config.environment.name,
      createdAt: input.now.toISOString(),
      factsDigest: '',
      policy: 'undo',
      onHostFailure: 'undo',
      commit: 'close',
      hosts: [
        { name: place.name, address: host?.address ?? 'local', roles: host?.roles ?? [], root: place.root },
      ],
      phases,
      summary: {
        set: set.id,
        class: set.class,
        destination: input.destination,
        by: input.by,
        directory: place.directory,
        ageMs: ageOf(set, input.now),
        databases: stores.databases.map(({ store, target }) => ({ store, target })),
        files: stores.files.map(({ store }) => store),
      },
    }),
  )
}

/** What a record of this drill begins with, also of one that is refused or finds no set. */
export function drillHead(input: Omit<DrillInput, 'set' | 'live'> & { readonly set?: StoredSet }): DrillHead {
  const { config, set, destination, host, run, by, now } = input
  const { backup } = config
  if (!backup) throw new Error('a drill without the section backup')
  return {
    app: config.app,
    environment: config.environment.name,
    run,
    by,
    destination,
    host: host?.name ?? here,
    goals: { rpo: backup.maxAge, rto: backup.maxRestoreTime },
    startedAt: now,
    ...(set === undefined ? {} : { set }),
    planned: set === undefined ? [] : planned(backup, set),
  }
}

function planned({ drill }: Backup, { manifest }: StoredSet): readonly DrillCheck[] {
  const common: Pick<DrillCheck, 'verdict' | 'differences'> = { verdict: 'unknown', differences: [] }
  const parts = manifest.parts.map((part): DrillCheck => {
    const { store } = part
    return part.kind === 'files'
      ? {
          ...common,
          kind: 'files',
          id: `files/${store}`,
          store,
          saved: part.facts.files,
          restored: null,
          bytes: part.facts.bytes,
        }
      : { ...common, kind: 'database', id: `database/${store}`, store, tables: [] }
  })
  const queries = Object.entries(drill.queries).flatMap(([store, questions]) =>
    questions.map(
      ({ sql, expect }, index): DrillCheck => ({
        ...common,
        kind: 'query',
        id: queryId(store, index),
        store,
        sql,
        expect,
      }),
    ),
  )
  const app: readonly DrillCheck[] =
    drill.app === undefined ? [] : [{ ...common, kind: 'app', id: 'app', command: drill.app }]
  return [...parts, ...queries, ...app]
}

// In a directory of its own below that of backups, so that neither lock is in the way of the other.
function placeOf({ config, host, run, random }: DrillInput, backup: Backup): DrillPlace {
  const directory =
    backup.drill.directory ??
    (host === undefined ? '/var/tmp/stellwerk-drill' : backupDirectory(host.root, backup.directory))
  const root = `${directory}/drill`
  const owner = createHash('sha256').update(`${config.app}/${config.environment.name}`).digest('hex')
  // Half of the name is the app's: what its earlier drills left can be told from a drill of another app that runs right now.
  const prefix = `stw_drill_${owner.slice(0, 4)}`
  return {
    name: host?.name ?? here,
    root,
    directory: `${root}/${run}`,
    prefix,
    scratch: prefix + Buffer.from(random).toString('hex').slice(0, 4),
  }
}
