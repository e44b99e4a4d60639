// The verdict of a drill that found nothing wrong: everything planned was looked at, in time. Only then is the set called drilled.
import { formatDuration } from '../../../core/duration.ts'
import { text } from '../../../core/lang.ts'
import { type Problem, ProblemError } from '../../../core/problem.ts'
import type { HereKind, HereOutcome, Step } from '../../../engine/step.ts'
import type { BackupDeps } from '../../context.ts'
import { type DrillRecord, writeDrill } from '../../drill-record.ts'
import type { Drilled } from '../../set.ts'

export interface DrillRecordStep extends Step {
  readonly kind: 'drill.record'
  readonly destination: string
  /** Path of drilled.json below the destination. */
  readonly path: string
  /** The set and the SHA-256 of its manifest: what the proof is about. */
  readonly set: string
  readonly manifest: string
  /** Milliseconds that a restore may take. */
  readonly maxRestoreTime: number
}

type Deps = BackupDeps & { readonly record: DrillRecord }

export function drillRecordKind(deps: Deps): HereKind<DrillRecordStep> {
  return {
    at: 'here',
    run: async step => {
      try {
        return await settle(step, deps)
      } catch (error) {
        if (!ProblemError.is(error)) throw error
        return failed(error.problem)
      }
    },
    describe: ({ path, destination, maxRestoreTime }) =>
      text(
        `See that nothing was skipped and the restore took at most ${formatDuration(maxRestoreTime)}, then write ${path} to ${destination}`,
        `Prüfen, dass nichts übersprungen wurde und die Wiederherstellung höchstens ${formatDuration(maxRestoreTime)} dauerte, dann ${path} zu ${destination} schreiben`,
      ),
  }
}

async function settle(step: DrillRecordStep, { record, destination, now }: Deps): Promise<HereOutcome> {
  const rto = record.measure(now())
  const skipped = record.open()
  if (skipped.length > 0)
    return failed(
      notLookedAt(
        step,
        skipped.map(({ id }) => id),
      ),
    )
  if (rto === undefined) return failed(notMeasured(step))
  if (rto > step.maxRestoreTime) return failed(tooSlow(step, rto))
  const document = record.document(now(), [])
  if (document.verdict !== 'green' || document.rpo === null)
    return failed(notLookedAt(step, [document.verdict]))
  const drilled: Drilled = {
    schema: 'stellwerk.drilled/1',
    set: step.set,
    manifest: step.manifest,
    at: document.finishedAt,
    run: document.run,
    host: document.host,
    rto,
    rpo: document.rpo,
  }
  const there = await destination(step.destination)
  // The history first: a set that counts as drilled has a drill that tells of it.
  await writeDrill(there, document)
  await there.writeText(step.path, `${JSON.stringify(drilled, undefined, 2)}\n`)
  const took = formatDuration(rto)
  return {
    verdict: 'pass',
    observed: text(`restored and compared in ${took}`, `in ${took} wiederhergestellt und verglichen`),
    data: { rto: String(rto), rpo: String(document.rpo) },
  }
}

function failed(problem: Problem): HereOutcome {
  return { verdict: 'fail', observed: problem.what, problem }
}

function notLookedAt({ id }: DrillRecordStep, checks: readonly string[]): Problem {
  return {
    code: 'STW-B440',
    what: text('Not everything was looked at', 'Nicht alles wurde angesehen'),
    where: { step: id },
    why: text(`open: ${checks.join(', ')}`, `offen: ${checks.join(', ')}`),
  }
}

function notMeasured({ id }: DrillRecordStep): Problem {
  return {
    code: 'STW-B441',
    what: text(
      'Nobody knows how long the restore took',
      'Niemand weiß, wie lange die Wiederherstellung dauerte',
    ),
    where: { step: id },
    why: text(
      'the clock was set back, or another process began this drill',
      'die Uhr wurde zurückgestellt, oder ein anderer Prozess hat diese Übung begonnen',
    ),
  }
}

function tooSlow({ id, maxRestoreTime }: DrillRecordStep, rto: number): Problem {
  const [took, goal] = [formatDuration(rto), formatDuration(maxRestoreTime)]
  return {
    code: 'STW-B442',
    what: text(`The restore took ${took}`, `Die Wiederherstellung dauerte ${took}`),
    where: { step: id },
    why: text(`backup.maxRestoreTime is ${goal}`, `backup.maxRestoreTime ist ${goal}`),
  }
}
