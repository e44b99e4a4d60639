// The HTTP process. On SIGTERM it accepts nothing more, finishes what it has begun and ends with 0; requests that are still open
// after ABLAGE_SHUTDOWN_MS are cut off and the exit code is 1.
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { createApp } from './app.ts'
import { openDatabase } from './database.ts'
import { makeLog } from './log.ts'
import { newMetrics } from './metrics.ts'
import { readMigrations } from './migrations.ts'
import { Redis } from './redis.ts'
import { loadSettings } from './settings.ts'

const settings = loadSettings(join(import.meta.dirname, '..'), process.env)
const log = makeLog('backend', settings)
const database = openDatabase(settings.databaseUrl)
const redis = new Redis(settings.redisUrl)
const migrations = readMigrations(join(settings.root, 'migrations'))
mkdirSync(join(settings.storage, 'documents'), { recursive: true })
let ending = false

const parts = { database, redis, migrations, settings, metrics: newMetrics(), log, ending: () => ending }
const server = createServer(createApp(parts))
// Longer than a router keeps an idle connection, so that never this side closes it while a request is on its way.
server.keepAliveTimeout = 75_000
server.on('error', error => {
  log('CRITICAL', 'cannot listen', { reason: error.message })
  process.exitCode = 1
  void close()
})
server.listen(settings.port, settings.host, () => {
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : address
  log('INFO', 'listening', { port, version: settings.version })
})

function end(signal: string): void {
  if (ending) return
  ending = true
  log('INFO', 'ending', { signal })
  // A connection that answers now becomes idle later, and close() looks for idle ones only once.
  const sweep = setInterval(() => server.closeIdleConnections(), 50)
  const bound = setTimeout(() => {
    log('ERROR', 'requests cut off')
    process.exitCode = 1
    server.closeAllConnections()
  }, settings.shutdown)
  server.close(() => {
    clearTimeout(bound)
    clearInterval(sweep)
    void close().then(() => log('INFO', 'ended'))
  })
}
process.on('SIGTERM', end)
process.on('SIGINT', end)

async function close(): Promise<void> {
  redis.close()
  await database.end()
}
