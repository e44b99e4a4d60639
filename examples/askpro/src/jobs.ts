// The queue between web and worker: a table, so that a job and the row that causes it are one transaction.
import type { DatabaseSync } from 'node:sqlite'

export const jobKinds = ['transcribe', 'notify'] as const
export type JobKind = (typeof jobKinds)[number]

export interface Job {
  readonly id: number
  readonly kind: string
  /** Row it is about: a call or an appointment. */
  readonly subject: number
  readonly attempts: number
}

/** A claim older than this belongs to a worker that was killed; its job is done again, so jobs must be repeatable. */
const staleClaim = 60_000
const maxAttempts = 5

export function enqueue(database: DatabaseSync, kind: JobKind, subject: number, now: number): void {
  database.prepare('INSERT INTO jobs (kind, subject, run_after) VALUES (?, ?, ?)').run(kind, subject, now)
}

/** Takes the next due job, or undefined. One statement, so two workers never take the same job. */
export function claim(database: DatabaseSync, now: number): Job | undefined {
  const row = database
    .prepare(
      `UPDATE jobs SET state = 'running', claimed_at = :now, attempts = attempts + 1
       WHERE id = (SELECT id FROM jobs
                   WHERE (state = 'queued' AND run_after <= :now) OR (state = 'running' AND claimed_at < :stale)
                   ORDER BY id LIMIT 1)
       RETURNING id, kind, subject, attempts`,
    )
    .get({ now, stale: now - staleClaim })
  if (!row) return undefined
  return {
    id: Number(row['id']),
    kind: String(row['kind']),
    subject: Number(row['subject']),
    attempts: Number(row['attempts']),
  }
}

export function complete(database: DatabaseSync, job: Job): void {
  database.prepare("UPDATE jobs SET state = 'done', error = NULL WHERE id = ?").run(job.id)
}

/** Tries again later, twice as late each time, and gives up after five attempts. */
export function fail(database: DatabaseSync, job: Job, reason: string, now: number): void {
  const state = job.attempts >= maxAttempts ? 'failed' : 'queued'
  const runAfter = now + 1_000 * 2 ** job.attempts
  database
    .prepare('UPDATE jobs SET state = ?, run_after = ?, error = ? WHERE id = ?')
    .run(state, runAfter, reason, job.id)
}
