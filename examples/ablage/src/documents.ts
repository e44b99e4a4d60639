// Documents: a row and a file. The file is complete before the row is there.
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Database } from './database.ts'

export interface Document {
  readonly id: string
  readonly titel: string
  readonly dateiname: string
  readonly typ: string
  readonly bytes: number
  readonly sha256: string
  readonly status: 'wartet' | 'in_arbeit' | 'verarbeitet' | 'fehlgeschlagen'
  readonly text: string | null
  /** Who read it. */
  readonly source: string | null
  readonly fehler: string | null
  readonly angelegt_am: Date
  readonly verarbeitet_am: Date | null
}

export const fileTypes: Readonly<Record<string, string>> = {
  'application/pdf': 'pdf',
  'image/png': 'png',
  'image/jpeg': 'jpg',
}

/** The type by its first bytes, whatever the client claims. */
export function detectType(content: Buffer): string | undefined {
  if (content.subarray(0, 5).toString('latin1') === '%PDF-') return 'application/pdf'
  if (content.subarray(0, 4).toString('hex') === '89504e47') return 'image/png'
  if (content.subarray(0, 3).toString('hex') === 'ffd8ff') return 'image/jpeg'
  return undefined
}

export function filePath(storage: string, { id, typ }: Pick<Document, 'id' | 'typ'>): string {
  return join(storage, 'documents', `${id}.${fileTypes[typ] ?? 'bin'}`)
}

export async function addDocument(
  database: Database,
  storage: string,
  upload: {
    readonly titel: string
    readonly dateiname: string
    readonly typ: string
    readonly content: Buffer
  },
): Promise<Document> {
  const { titel, dateiname, typ, content } = upload
  const id = randomUUID()
  const path = filePath(storage, { id, typ })
  await mkdir(join(storage, 'documents'), { recursive: true })
  const file = await open(`${path}.part`, 'wx', 0o640)
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.part`, path)
  const sha256 = createHash('sha256').update(content).digest('hex')
  const row = { id, titel, dateiname, typ, bytes: content.length, sha256 }
  const [document] = await database<Document[]>`INSERT INTO documents ${database(row)} RETURNING *`
  if (!document) throw new Error('the row of the document is missing')
  return document
}

export async function findDocument(database: Database, id: string): Promise<Document | undefined> {
  if (!/^[0-9a-f-]{36}$/.test(id)) return undefined
  const [document] = await database<Document[]>`SELECT * FROM documents WHERE id = ${id}`
  return document
}

/** Newest first. */
export function listDocuments(database: Database, limit = 100): Promise<readonly Document[]> {
  return database<Document[]>`SELECT * FROM documents ORDER BY angelegt_am DESC LIMIT ${limit}`
}

export async function countDocuments(database: Database): Promise<Readonly<Record<string, number>>> {
  const rows = await database`SELECT status, count(*)::int AS zahl FROM documents GROUP BY status`
  return Object.fromEntries(rows.map(row => [String(row['status']), Number(row['zahl'])]))
}

export async function markWaiting(database: Database, id: string): Promise<void> {
  await database`UPDATE documents SET status = 'wartet', fehler = NULL WHERE id = ${id}`
}

export async function markAtHand(database: Database, id: string): Promise<void> {
  await database`UPDATE documents SET status = 'in_arbeit' WHERE id = ${id}`
}

export async function saveText(database: Database, id: string, text: string, source: string): Promise<void> {
  await database`UPDATE documents SET status = 'verarbeitet', text = ${text}, source = ${source}, fehler = NULL,
    verarbeitet_am = now() WHERE id = ${id}`
}

export async function saveFailure(database: Database, id: string, fehler: string): Promise<void> {
  await database`UPDATE documents SET status = 'fehlgeschlagen', fehler = ${fehler} WHERE id = ${id}`
}

export function readContent(storage: string, document: Pick<Document, 'id' | 'typ'>): Promise<Buffer> {
  return readFile(filePath(storage, document))
}
