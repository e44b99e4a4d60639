// Appointments that a call led to, or that were booked directly. One per point in time.
import type { Database, Row, Statements } from './database.ts'
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
export function book(database: Database, wish: NewAppointment, now: Date): Promise<Appointment | undefined> {
  return database.transaction(async statements => {
    if (wish.callId !== null && !(await statements.get('SELECT 1 FROM calls WHERE id = ?', wish.callId))) {
      throw new InvalidInput([{ field: 'callId', message: `no call has the id ${wish.callId}` }])
    }
    const id = await statements.insert(
      'INSERT INTO appointments (call_id, name, starts_at, created_at) VALUES (?, ?, ?, ?)',
      ...[wish.callId, wish.name, wish.startsAt, now.toISOString()],
    )
    if (id === undefined) return undefined
    await enqueue(statements, 'notify', id, now.getTime())
    return findAppointment(statements, id)
  })
}

export async function findAppointment(database: Statements, id: number): Promise<Appointment | undefined> {
  const row = await database.get('SELECT * FROM appointments WHERE id = ?', id)
  return row && toAppointment(row)
}

/** By time, at most 50. */
export async function listAppointments(database: Statements): Promise<readonly Appointment[]> {
  return (await database.all('SELECT * FROM appointments ORDER BY starts_at LIMIT 50')).map(toAppointment)
}

export function markNotified(database: Statements, id: number): Promise<void> {
  return database.run("UPDATE appointments SET status = 'confirmed' WHERE id = ?", id)
}

function toAppointment(row: Row): Appointment {
  return {
    id: Number(row['id']),
    callId: row['call_id'] === null ? null : Number(row['call_id']),
    name: String(row['name']),
    startsAt: String(row['starts_at']),
    status: String(row['status']),
    createdAt: String(row['created_at']),
  }
}
