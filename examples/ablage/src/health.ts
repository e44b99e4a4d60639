// What the health addresses answer. They say `kritisch` with status 200, as the system they stand for does: only the words tell.
import { statfs } from 'node:fs/promises'
import { countDocuments } from './documents.ts'
import { gpuMemory } from './gpu.ts'
import { reason } from './log.ts'
import { schemaState } from './migrations.ts'
import { ocrFacts } from './ocr.ts'
import type { Parts } from './parts.ts'
import { queueLength, workers } from './queue.ts'

export type Status = 'gesund' | 'beeintraechtigt' | 'kritisch' | 'warnung' | 'unbekannt'

export interface Component {
  readonly gesund: boolean
  readonly status: Status
  readonly nachricht: string
  readonly latenz_ms: number
  readonly details: Readonly<Record<string, unknown>>
}

type Found = Omit<Component, 'gesund' | 'latenz_ms'>
const mb = 1024 * 1024

export function basicHealth({ settings }: Parts) {
  return {
    status: 'gesund',
    zeitstempel: new Date().toISOString(),
    version: settings.version,
    release: settings.release,
  }
}

export async function detailedHealth(parts: Parts) {
  const komponenten = {
    datenbank: await look('kritisch', () => lookAtDatabase(parts)),
    cache: await look('kritisch', () => lookAtCache(parts)),
    gpu: await look('warnung', () => lookAtGpu(parts)),
    speicherplatz: await look('kritisch', () => lookAtDisk(parts)),
  }
  return summary(parts, komponenten)
}

export async function completeHealth(parts: Parts) {
  const { komponenten, ...rest } = await detailedHealth(parts)
  const pipeline = await look('kritisch', () => lookAtPipeline(parts))
  return { ...rest, ...summary(parts, { ...komponenten, pipeline }) }
}

export async function pipelineHealth(parts: Parts) {
  const found = await look('kritisch', () => lookAtPipeline(parts))
  return {
    status: found.status,
    zeitstempel: new Date().toISOString(),
    nachricht: found.nachricht,
    ...found.details,
  }
}

export async function isReady({ database }: Parts): Promise<boolean> {
  return await database`SELECT 1`.then(
    () => true,
    () => false,
  )
}

function summary(parts: Parts, komponenten: Readonly<Record<string, Component>>) {
  const bad = Object.entries(komponenten).filter(([, one]) => !one.gesund)
  const worst = (status: Status) => bad.some(([, one]) => one.status === status)
  const status: Status = worst('kritisch') ? 'kritisch' : bad.length > 0 ? 'beeintraechtigt' : 'gesund'
  return {
    ...basicHealth(parts),
    status,
    komponenten,
    probleme: bad.map(([name, { nachricht }]) => `${name}: ${nachricht}`),
    empfehlungen: bad.map(([name]) => `das Log und die Einstellungen von ${name} ansehen`),
  }
}

/** A component that cannot be looked at is as bad as `otherwise`. */
async function look(otherwise: Status, find: () => Promise<Found>): Promise<Component> {
  const begin = performance.now()
  const found = await find().catch(
    (error: unknown): Found => ({ status: otherwise, nachricht: reason(error), details: {} }),
  )
  const gesund = found.status === 'gesund' || found.status === 'unbekannt'
  return { gesund, ...found, latenz_ms: Math.round((performance.now() - begin) * 10) / 10 }
}

async function lookAtDatabase({ database, migrations }: Parts): Promise<Found> {
  const { current, pending, unknown } = await schemaState(database, migrations)
  const details = { revision: current ?? null, ausstehende_migrationen: pending.length, unbekannt: unknown }
  if (pending.length > 0)
    return { status: 'kritisch', nachricht: `${pending.length} Migrationen stehen aus`, details }
  await countDocuments(database)
  return { status: 'gesund', nachricht: 'antwortet', details }
}

async function lookAtCache({ redis }: Parts): Promise<Found> {
  if ((await redis.send('PING')) !== 'PONG') throw new Error('Redis antwortet nicht')
  return { status: 'gesund', nachricht: 'antwortet', details: {} }
}

async function lookAtGpu({ settings }: Parts): Promise<Found> {
  const memory = await gpuMemory(settings)
  const words = {
    gesund: 'Speicher im Rahmen',
    warnung: 'wenig Speicher frei',
    kritisch: 'Speicher über der Grenze',
    unbekannt: 'keine Karte: gelesen wird auf der CPU',
  }
  return { status: memory.status, nachricht: words[memory.status], details: { ...memory } }
}

async function lookAtDisk({ settings }: Parts): Promise<Found> {
  const { bavail, bsize, blocks } = await statfs(settings.storage)
  const details = { frei_mb: Math.round((bavail * bsize) / mb), frei_prozent: round((bavail / blocks) * 100) }
  if (bavail * bsize < settings.maxUpload * 5)
    return { status: 'kritisch', nachricht: 'fast kein Platz mehr', details }
  return { status: 'gesund', nachricht: 'genug Platz', details }
}

async function lookAtPipeline({ redis, database, settings }: Parts): Promise<Found> {
  const [queue, living, ocr, documents] = await Promise.all([
    queueLength(redis),
    workers(redis),
    ocrFacts(settings.tools),
    countDocuments(database),
  ])
  const details = { warteschlange: queue, worker: living, ocr, dokumente: documents }
  if (living.length === 0) return { status: 'kritisch', nachricht: 'kein Worker meldet sich', details }
  if (!ocr.sprachen.includes('deu'))
    return { status: 'kritisch', nachricht: 'tesseract fehlt die deutsche Sprache', details }
  if (queue.angehalten)
    return { status: 'beeintraechtigt', nachricht: 'die Warteschlange ist angehalten', details }
  return { status: 'gesund', nachricht: 'liest', details }
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
