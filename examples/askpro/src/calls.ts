// Calls that the telephone provider reports. It repeats a report until it is answered, so `externalId` makes a second
// one harmless.
import { randomUUID } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { transaction } from './database.ts'
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
export function addCall(
  database: DatabaseSync,
  call: NewCall,
  now: Date,
): { readonly call: Call; readonly created: boolean } {
  return transaction(database, () => {
    const row = database
      .prepare(
        `INSERT INTO calls (external_id, caller, utterances, created_at)
         VALUES (?, ?, ?, ?) ON CONFLICT (external_id) DO NOTHING RETURNING *`,
      )
      .get(call.externalId, call.caller, JSON.stringify(call.utterances), now.toISOString())
    if (row) {
      enqueue(database, 'transcribe', Number(row['id']), now.getTime())
      return { call: toCall(row), created: true }
    }
    const known = database.prepare('SELECT * FROM calls WHERE external_id = ?').get(call.externalId)
    if (!known) throw new Error(`call ${call.externalId} vanished`)
    return { call: toCall(known), created: false }
  })
}

export function findCall(database: DatabaseSync, id: number): Call | undefined {
  const row = database.prepare('SELECT * FROM calls WHERE id = ?').get(id)
  return row && toCall(row)
}

/** Newest first, at most 50. */
export function listCalls(database: DatabaseSync): readonly Call[] {
  return database.prepare('SELECT * FROM calls ORDER BY id DESC LIMIT 50').all().map(toCall)
}

export function saveTranscript(database: DatabaseSync, id: number, transcript: string, intent: string): void {
  const update = database.prepare(
    "UPDATE calls SET status = 'transcribed', transcript = ?, intent = ? WHERE id = ?",
  )
  update.run(transcript, intent, id)
}

function toCall(row: Record<string, unknown>): Call {
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
