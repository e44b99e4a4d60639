// The background process: takes jobs one by one and says that it lives. On SIGTERM it finishes the job at hand.
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { openDatabase } from './database.ts'
import { claim, complete, fail } from './jobs.ts'
import { makeLog } from './log.ts'
import { loadSettings } from './settings.ts'
import { work } from './tasks.ts'

const idlePause = 250

const settings = loadSettings(join(import.meta.dirname, '..'), process.env)
const log = makeLog('worker', settings)
const database = await openDatabase(settings.database)
const ending = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => ending.abort())

await beat()
const heart = setInterval(() => void beat().catch(cannotBeat), settings.heartbeat)
log({ event: 'working', version: settings.version })
try {
  while (!ending.signal.aborted) {
    const worked = await workOnce()
    if (!worked) await pause(idlePause, undefined, { signal: ending.signal }).catch(() => undefined)
  }
} finally {
  clearInterval(heart)
  await database.close()
}
log({ event: 'ended' })

async function workOnce(): Promise<boolean> {
  const job = await claim(database, Date.now())
  if (!job) return false
  try {
    await work(job, database, settings)
    await complete(database, job)
    log({ event: 'job done', job: job.id, kind: job.kind })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    await fail(database, job, reason, Date.now())
    log({
      level: 'error',
      event: 'job failed',
      job: job.id,
      kind: job.kind,
      attempt: job.attempts,
      error: reason,
    })
  }
  return true
}

function beat(): Promise<void> {
  return database.run("REPLACE INTO heartbeats VALUES ('worker', ?, ?)", settings.release, Date.now())
}

/** Whoever looks at the heartbeat notices; the next one may arrive again. */
function cannotBeat(error: unknown): void {
  log({ level: 'error', event: 'no heartbeat', error: String(error) })
}
