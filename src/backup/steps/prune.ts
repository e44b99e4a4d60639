// Retention at one destination, after a run that brought a new verified set.
import { text } from '../../core/lang.ts'
import { ProblemError } from '../../core/problem.ts'
import type { HereKind, Step } from '../../engine/step.ts'
import { readCatalogue } from '../catalogue.ts'
import type { BackupDeps } from '../context.ts'
import type { Destination } from '../destination.ts'
import { namingFor } from '../names.ts'
import type { Naming } from '../naming.ts'
import { planRetention, type RetentionInput, type RetentionPlan, type RetentionPolicy } from '../retention.ts'

export interface PruneStep extends Step {
  readonly kind: 'backup.prune'
  readonly destination: string
  readonly app: string
  readonly environment: string
  readonly naming: 'sets' | 'dated'
  readonly policy: RetentionPolicy
  /** Sets that a release on a host refers to. */
  readonly pinned: readonly string[]
}

/** Milliseconds after which a broken upload is given up. */
export const partialAge = 48 * 3_600_000

export function pruneKind(deps: BackupDeps): HereKind<PruneStep> {
  return {
    at: 'here',
    run: async (step, context) => {
      try {
        const destination = await deps.destination(step.destination)
        const naming = namingFor(step.naming, step)
        const plan = await retentionAt(destination, naming, step, deps.now())
        if (plan.halted) {
          context.emit({ code: 'STW-E010', type: 'warning', text: plan.halted })
          return { verdict: 'pass', observed: plan.halted }
        }
        await remove(destination, naming, plan)
        await destination.sweep(partialAge)
        const [kept, gone] = [plan.keep.length, plan.remove.length]
        return {
          verdict: 'pass',
          observed: text(`${gone} removed, ${kept} kept`, `${gone} entfernt, ${kept} behalten`),
          data: { removed: String(gone), kept: String(kept) },
        }
      } catch (error) {
        if (!ProblemError.is(error)) throw error
        // The new set is safe: old ones that stay are no reason to call the backup failed.
        context.emit({ code: 'STW-E010', type: 'warning', text: error.problem.what })
        return { verdict: 'pass', observed: error.problem.what }
      }
    },
    describe: ({ destination }) =>
      text(
        `Remove what retention gives up at ${destination}`,
        `Entfernen, was die Aufbewahrung bei ${destination} aufgibt`,
      ),
  }
}

export async function retentionAt(
  destination: Destination,
  naming: Naming,
  { policy, pinned }: Pick<PruneStep, 'policy' | 'pinned'>,
  now: Date,
  asked: Pick<RetentionInput, 'force' | 'future'> = {},
): Promise<RetentionPlan> {
  const { sets, broken } = await readCatalogue(destination, naming)
  return planRetention({ sets, broken, policy, pinned, now, ...asked })
}

/** The manifest first: a set that is half gone must not look like one. */
export async function remove(destination: Destination, naming: Naming, plan: RetentionPlan): Promise<void> {
  for (const { set } of plan.remove)
    for (const path of naming.pathsOf(set.class, set.id, set.files)) await destination.remove(path)
}
