// Calls that the telephone provider reports. It repeats a report until it is answered, so `externalId` makes a second
// one harmless.
import { randomUUID } from 'node:crypto'
import type { Database, Row, Statements } from './database.ts'
import { Fields } from './input.ts'
import { enqueue } from './jobs.ts'

export interface NewCall {
  readonly externalId: string
  readonly caller: string
  readonly utterances: readonly string[]
}

export interface Call extends NewCall {
  readonly id: number
  readonly status: string
  readonly transcript: string | null
  readonly intent: string | null
  readonly createdAt: string
}

export function parseCall(input: unknown): NewCall {
  const fields = new Fields(input)
  const call = {
    externalId:
      fields.optionalText('externalId', /^[\w.:-]{1,100}$/, 'must be 1 to 100 of A-Z a-z 0-9 _ . : -') ??
      randomUUID(),
    caller: fields.text('caller', /^\+?[\d ]{3,30}$/, 'must be a telephone number'),
    utterances: fields.texts('utterances', 200, 2_000),
  }
  fields.done()
  return call
}

/** Stores the call and its job. `created` is false when this externalId is known already. */
export async function addCall(
  database: Database,
  call: NewCall,
  now: Date,
): Promise<{ readonly call: Call; readonly created: boolean }> {
  const id = await database.transaction(async statements => {
    const made = await statements.insert(
      'INSERT INTO calls (external_id, caller, utterances, created_at) VALUES (?, ?, ?, ?)',
      ...[call.externalId, call.caller, JSON.stringify(call.utterances), now.toISOString()],
    )
    if (made !== undefined) await enqueue(statements, 'transcribe', made, now.getTime())
    return made
  })
  const row = await database.get('SELECT * FROM calls WHERE external_id = ?', call.externalId)
  if (!row) throw new Error(`call ${call.externalId} vanished`)
  return { call: toCall(row), created: id !== undefined }
}

export async function findCall(database: Statements, id: number): Promise<Call | undefined> {
  const row = await database.get('SELECT * FROM calls WHERE id = ?', id)
  return row && toCall(row)
}

/** Newest first, at most 50. */
export async function listCalls(database: Statements): Promise<readonly Call[]> {
  return (await database.all('SELECT * FROM calls ORDER BY id DESC LIMIT 50')).map(toCall)
}

export function saveTranscript(
  database: Statements,
  id: number,
  transcript: string,
  intent: string,
): Promise<void> {
  const update = "UPDATE calls SET status = 'transcribed', transcript = ?, intent = ? WHERE id = ?"
  return database.run(update, transcript, intent, id)
}

function toCall(row: Row): Call {
  return {
    id: Number(row['id']),
    externalId: String(row['external_id']),
    caller: String(row['caller']),
    utterances: JSON.parse(String(row['utterances'])),
    status: String(row['status']),
    transcript: row['transcript'] === null ? null : String(row['transcript']),
    intent: row['intent'] === null ? null : String(row['intent']),
    createdAt: String(row['created_at']),
  }
}
