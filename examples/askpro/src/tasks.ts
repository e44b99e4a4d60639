// What the worker does with a job. Every task can be repeated: a worker may be killed between the work and its record.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { findAppointment, markNotified } from './appointments.ts'
import { findCall, saveTranscript } from './calls.ts'
import type { Database } from './database.ts'
import type { Job } from './jobs.ts'
import type { Settings } from './settings.ts'

export async function work(job: Job, database: Database, settings: Settings): Promise<void> {
  if (job.kind === 'transcribe') return transcribe(job.subject, database, settings)
  if (job.kind === 'notify') return notify(job.subject, database, settings)
  throw new Error(`this release knows no job of the kind "${job.kind}"`)
}

async function transcribe(id: number, database: Database, settings: Settings): Promise<void> {
  const call = await findCall(database, id)
  if (!call) throw new Error(`no call ${id}`)
  // Stands for the time that a speech service takes.
  await pause(settings.transcription)
  await saveTranscript(database, id, call.utterances.join('\n'), detectIntent(call.utterances.join(' ')))
}

/** The confirmation is a file that the mail relay picks up: complete or absent, never half. */
async function notify(id: number, database: Database, settings: Settings): Promise<void> {
  const appointment = await findAppointment(database, id)
  if (!appointment) throw new Error(`no appointment ${id}`)
  const outbox = join(settings.storage, 'outbox')
  mkdirSync(outbox, { recursive: true })
  const file = join(outbox, `appointment-${id}.txt`)
  writeFileSync(`${file}.part`, `Guten Tag ${appointment.name},\n\nIhr Termin: ${appointment.startsAt}\n`)
  renameSync(`${file}.part`, file)
  await markNotified(database, id)
}

export function detectIntent(said: string): string {
  if (/\b(absagen|stornieren|verschieben|cancel|reschedule)\b/i.test(said)) return 'change'
  if (/\b(termin|appointment|buchen|book)\b/i.test(said)) return 'appointment'
  if (/\b(rückruf|zurückrufen|call ?back)\b/i.test(said)) return 'callback'
  return 'other'
}
