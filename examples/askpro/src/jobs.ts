// The queue between web and worker: a table, so that a job and the row that causes it are one transaction.
import type { Database, Statements } from './database.ts'

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

export function enqueue(database: Statements, kind: JobKind, subject: number, now: number): Promise<void> {
  return database.run('INSERT INTO jobs (kind, subject, run_after) VALUES (?, ?, ?)', kind, subject, now)
}

/** Takes the next due job, or undefined. Two workers never take the same one: SQLite has one writer at a time, MariaDB locks
 *  the row. */
export function claim(database: Database, now: number): Promise<Job | undefined> {
  const lock = database.kind === 'mysql' ? 'FOR UPDATE' : ''
  return database.transaction(async statements => {
    const row = await statements.get(
      `SELECT id, kind, subject, attempts FROM jobs
       WHERE (state = 'queued' AND run_after <= ?) OR (state = 'running' AND claimed_at < ?)
       ORDER BY id LIMIT 1 ${lock}`,
      ...[now, now - staleClaim],
    )
    if (!row) return undefined
    const job = {
      id: Number(row['id']),
      kind: String(row['kind']),
      subject: Number(row['subject']),
      attempts: Number(row['attempts']) + 1,
    }
    const take = "UPDATE jobs SET state = 'running', claimed_at = ?, attempts = ? WHERE id = ?"
    await statements.run(take, now, job.attempts, job.id)
    return job
  })
}

export function complete(database: Statements, job: Job): Promise<void> {
  return database.run("UPDATE jobs SET state = 'done', error = NULL WHERE id = ?", job.id)
}

/** Tries again later, twice as late each time, and gives up after five attempts. */
export function fail(database: Statements, job: Job, reason: string, now: number): Promise<void> {
  const state = job.attempts >= maxAttempts ? 'failed' : 'queued'
  const runAfter = now + 1_000 * 2 ** job.attempts
  const update = 'UPDATE jobs SET state = ?, run_after = ?, error = ? WHERE id = ?'
  return database.run(update, state, runAfter, reason, job.id)
}
