// What the commands about backups see of the destinations: each is asked by itself, and one that does not answer is told.
import { type Catalogue, readCatalogue } from '../backup/catalogue.ts'
import type { Destination } from '../backup/destination.ts'
import type { Config } from '../config/config.ts'
import type { Backup } from '../config/schema/backup.ts'
import { type Problem, ProblemError } from '../core/problem.ts'
import { err, ok, type Result } from '../core/result.ts'
import { noBackup } from '../procedures/backup.ts'
import { unknownName } from '../procedures/unknown-name.ts'
import { namingOf } from './backing-up.ts'
import type { Session } from './session.ts'

export type Seen = { readonly name: string; readonly optional: boolean } & (
  | { readonly destination: Destination; readonly catalogue: Catalogue; readonly problem?: never }
  | { readonly problem: Problem; readonly destination?: never; readonly catalogue?: never }
)

export interface Chosen {
  readonly backup: Backup
  readonly names: readonly string[]
}

/** The section backup with the destinations that were asked for: all, or the one of that name. */
export function chosen(config: Config, only: string | undefined): Result<Chosen> {
  const { backup } = config
  if (!backup) return err(noBackup(config))
  const all = Object.keys(backup.destinations)
  if (only === undefined) return ok({ backup, names: all })
  return all.includes(only) ? ok({ backup, names: [only] }) : err(unknownName('destination', only, all))
}

/** All at a time: one that hangs does not make the others wait. */
export async function seeDestinations(session: Session, { backup, names }: Chosen): Promise<readonly Seen[]> {
  const naming = namingOf(session.config)
  return Promise.all(
    names.map(async (name): Promise<Seen> => {
      const common = { name, optional: backup.destinations[name]?.optional ?? false }
      try {
        const destination = await session.destination(name)
        return { ...common, destination, catalogue: await readCatalogue(destination, naming) }
      } catch (error) {
        if (!ProblemError.is(error)) throw error
        return { ...common, problem: error.problem }
      }
    }),
  )
}

/** Databases and stores of files that must be saved, as stellwerk.yaml names them: one without a host is missed, not forgotten. */
export function wantedStores(config: Config): readonly string[] {
  const databases = Object.entries(config.databases).filter(([, { kind }]) => kind !== 'other')
  return [...databases.map(([name]) => name), ...Object.keys(config.backup?.files ?? {})]
}
