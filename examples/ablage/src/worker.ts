// The background process: reads one document after the other. On SIGTERM it finishes the one at hand and takes no other.
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { openDatabase } from './database.ts'
import { filePath, findDocument, markAtHand, saveFailure, saveText } from './documents.ts'
import { makeLog, reason } from './log.ts'
import { readScan } from './ocr.ts'
import { beat, claim, complete, forget, giveBack, isPaused } from './queue.ts'
import { Redis } from './redis.ts'
import { loadSettings } from './settings.ts'

const idle = 250
const settings = loadSettings(join(import.meta.dirname, '..'), process.env)
const { workerName: name, release } = settings
const log = makeLog('worker', settings)
const database = openDatabase(settings.databaseUrl)
const redis = new Redis(settings.redisUrl)
/** The heart must beat while the other connection waits for a job. */
const heartRedis = new Redis(settings.redisUrl)
const ending = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'])
  process.on(signal, () => {
    log('INFO', 'ending', { signal })
    ending.abort()
  })

const live = () => beat(heartRedis, { worker: name, release }, settings.heartbeat * 5)
await live()
const heart = setInterval(() => {
  live().catch((error: unknown) => log('ERROR', 'no heartbeat', { reason: reason(error) }))
}, settings.heartbeat)
// Of a predecessor that was killed.
const left = await giveBack(redis, name)
if (left > 0) log('WARNING', 'taken up again', { documents: left })
log('INFO', 'working', { version: settings.version, worker: name })

while (!ending.signal.aborted) {
  try {
    await turn()
  } catch (error) {
    log('ERROR', 'the queue does not answer', { reason: reason(error) })
    await rest(1_000)
  }
}
clearInterval(heart)
await forget(heartRedis, name).catch(() => undefined)
redis.close()
heartRedis.close()
await database.end()
log('INFO', 'ended')

async function turn(): Promise<void> {
  if (await isPaused(redis)) return rest(idle)
  const id = await claim(redis, name)
  if (id === undefined) return
  if (ending.signal.aborted) {
    await giveBack(redis, name)
    return
  }
  const begin = performance.now()
  try {
    const source = await work(id)
    log('INFO', 'document read', { id, source, ms: Math.round(performance.now() - begin) })
  } catch (error) {
    log('ERROR', 'document not read', { id, reason: reason(error) })
    await saveFailure(database, id, reason(error))
  }
  await complete(redis, name, id)
}

async function work(id: string): Promise<string> {
  const document = await findDocument(database, id)
  if (!document) throw new Error('das Dokument gibt es nicht mehr')
  await markAtHand(database, id)
  const { text, source } = await readScan(filePath(settings.storage, document), document.typ, settings.tools)
  await saveText(database, id, text, source)
  return source
}

function rest(ms: number): Promise<void> {
  return pause(ms, undefined, { signal: ending.signal }).catch(() => undefined)
}
