// Appointments that a call led to, or that were booked directly. One per point in time.
import type { DatabaseSync } from 'node:sqlite'
import { transaction } from './database.ts'
import { Fields, InvalidInput } from './input.ts'
import { enqueue } from './jobs.ts'

export interface NewAppointment {
  readonly callId: number | null
  readonly name: string
  /** ISO 8601, UTC. */
  readonly startsAt: string
}

export interface Appointment extends NewAppointment {
  readonly id: number
  readonly status: string
  readonly createdAt: string
}

export function parseAppointment(input: unknown): NewAppointment {
  const fields = new Fields(input)
  const appointment = {
    callId: fields.optionalId('callId'),
    name: fields.text('name', /^\P{Cc}{1,120}$/u, 'must be 1 to 120 characters'),
    startsAt: fields.instant('startsAt'),
  }
  fields.done()
  return appointment
}

/** Undefined: that time is taken. Throws InvalidInput for an unknown call. */
export function book(database: DatabaseSync, wish: NewAppointment, now: Date): Appointment | undefined {
  return transaction(database, () => {
    if (wish.callId !== null && !database.prepare('SELECT 1 FROM calls WHERE id = ?').get(wish.callId)) {
      throw new InvalidInput([{ field: 'callId', message: `no call has the id ${wish.callId}` }])
    }
    const row = database
      .prepare(
        `INSERT INTO appointments (call_id, name, starts_at, created_at)
         VALUES (?, ?, ?, ?) ON CONFLICT (starts_at) DO NOTHING RETURNING *`,
      )
      .get(wish.callId, wish.name, wish.startsAt, now.toISOString())
    if (!row) return undefined
    enqueue(database, 'notify', Number(row['id']), now.getTime())
    return toAppointment(row)
  })
}

export function findAppointment(database: DatabaseSync, id: number): Appointment | undefined {
  const row = database.prepare('SELECT * FROM appointments WHERE id = ?').get(id)
  return row && toAppointment(row)
}

/** By time, at most 50. */
export function listAppointments(database: DatabaseSync): readonly Appointment[] {
  return database.prepare('SELECT * FROM appointments ORDER BY starts_at LIMIT 50').all().map(toAppointment)
}

export function markNotified(database: DatabaseSync, id: number): void {
  database.prepare("UPDATE appointments SET status = 'confirmed' WHERE id = ?").run(id)
}

function toAppointment(row: Record<string, unknown>): Appointment {
  return {
    id: Number(row['id']),
    callId: row['call_id'] === null ? null : Number(row['call_id']),
    name: String(row['name']),
    startsAt: String(row['starts_at']),
    status: String(row['status']),
    createdAt: String(row['created_at']),
  }
}
