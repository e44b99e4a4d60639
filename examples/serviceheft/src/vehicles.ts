// Cars, what was done to them, and the files that prove it. A file lies in the storage, its row in the second database.
import { createHash, randomUUID } from 'node:crypto'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Visitor } from './auth.ts'
import type { Databases } from './database.ts'
import { HttpError } from './http.ts'

type Input = Readonly<Record<string, unknown>>

export interface PublicPage {
  readonly vehicle_id: string
  readonly name: string
  readonly trust_light: 'rot' | 'orange' | 'gelb' | 'gruen'
  readonly hint: string
  readonly history_status: 'vorhanden' | 'nicht_vorhanden'
  readonly evidence_status: 'vorhanden' | 'nicht_vorhanden'
  readonly verification_level: string
  readonly accident_status: string
  readonly disclaimer: string
}

export function addVehicle({ app }: Databases, { userId }: Visitor, input: Input, now: Date) {
  const name = words(input['name'], 120)
  const id = randomUUID()
  const insert = app.prepare('INSERT INTO vehicles (id, owner_id, name, created_at) VALUES (?, ?, ?, ?)')
  insert.run(id, userId, name, now.toISOString())
  return { id, name }
}

export function addEntry({ app }: Databases, visitor: Visitor, vehicleId: string, input: Input) {
  requireOwner({ app }, visitor, vehicleId)
  const [day, km] = [String(input['day'] ?? ''), Number(input['km'])]
  if (!/^\d{4}-\d\d-\d\d$/.test(day) || !Number.isInteger(km) || km < 0)
    throw new HttpError(422, 'invalid_entry')
  const what = words(input['what'], 500)
  const insert = app.prepare('INSERT INTO entries (vehicle_id, day, what, km) VALUES (?, ?, ?, ?)')
  const { lastInsertRowid } = insert.run(vehicleId, day, what, km)
  return { id: Number(lastInsertRowid), vehicle_id: vehicleId, day, what, km }
}

export function addDocument(
  databases: Databases,
  storage: string,
  visitor: Visitor,
  upload: { readonly vehicleId: string; readonly name: string; readonly content: Buffer; readonly now: Date },
) {
  const { vehicleId, content, now } = upload
  requireOwner(databases, visitor, vehicleId)
  if (content.length === 0) throw new HttpError(422, 'empty_document')
  const [id, name] = [randomUUID(), words(upload.name, 200)]
  const sha256 = createHash('sha256').update(content).digest('hex')
  const file = join(storage, 'documents', id)
  mkdirSync(join(storage, 'documents'), { recursive: true, mode: 0o750 })
  writeFileSync(`${file}.part`, content, { mode: 0o640, flush: true })
  renameSync(`${file}.part`, file)
  const insert = databases.documents.prepare('INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?)')
  insert.run(id, vehicleId, name, sha256, content.length, now.toISOString())
  return { id, name, sha256, bytes: content.length }
}

/** What everybody may know who stands before the car; undefined when there is no such car. */
export function publicPage({ app, documents }: Databases, vehicleId: string): PublicPage | undefined {
  const vehicle = app.prepare('SELECT * FROM vehicles WHERE id = ?').get(vehicleId)
  if (!vehicle) return undefined
  const history = count(app.prepare('SELECT count(*) AS n FROM entries WHERE vehicle_id = ?').get(vehicleId))
  const evidence = count(
    documents.prepare('SELECT count(*) AS n FROM documents WHERE vehicle_id = ?').get(vehicleId),
  )
  const there = (number: number) => (number > 0 ? 'vorhanden' : 'nicht_vorhanden')
  return {
    vehicle_id: vehicleId,
    name: String(vehicle['name']),
    trust_light: evidence > 0 ? 'gruen' : history > 0 ? 'gelb' : 'rot',
    hint:
      evidence > 0 ? 'Einträge mit Belegen' : history > 0 ? 'Einträge ohne Belege' : 'Noch keine Einträge',
    history_status: there(history),
    evidence_status: there(evidence),
    verification_level: evidence > 0 ? 'belegt' : 'selbst_angegeben',
    accident_status: 'unbekannt',
    disclaimer: 'Die Ampel bewertet die Dokumentation, nicht den Zustand des Fahrzeugs.',
  }
}

function requireOwner({ app }: Pick<Databases, 'app'>, { userId, role }: Visitor, vehicleId: string): void {
  const row = app.prepare('SELECT owner_id FROM vehicles WHERE id = ?').get(vehicleId)
  if (!row) throw new HttpError(404, 'vehicle_not_found')
  if (row['owner_id'] !== userId && role !== 'admin') throw new HttpError(403, 'not_owner')
}

function words(value: unknown, longest: number): string {
  const text = String(value ?? '').trim()
  if (text.length === 0 || text.length > longest || /\p{Cc}/u.test(text))
    throw new HttpError(422, 'invalid_text')
  return text
}

function count(row: Readonly<Record<string, unknown>> | undefined): number {
  return Number(row?.['n'] ?? 0)
}
