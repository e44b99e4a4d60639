// The HTTP process. On SIGTERM it accepts nothing more, finishes what it has begun and ends with 0; requests that are
// still open after ASKPRO_SHUTDOWN_MS are cut off and the exit code is 1.
import { createServer } from 'node:http'
import { join } from 'node:path'
import { createApp } from './app.ts'
import { openDatabase } from './database.ts'
import { makeLog } from './log.ts'
import { readMigrations } from './migrations.ts'
import { loadSettings } from './settings.ts'

const settings = loadSettings(join(import.meta.dirname, '..'), process.env)
const log = makeLog('web', settings)
const database = await openDatabase(settings.database)
const migrations = readMigrations(join(settings.root, 'migrations'), database.kind)
let ending = false

const server = createServer(createApp({ database, migrations, settings, log, ending: () => ending }))
// Longer than a router keeps an idle connection, so that never this side closes it while a request is on its way.
server.keepAliveTimeout = 75_000
server.on('error', error => {
  log({ level: 'error', error: error.message })
  process.exitCode = 1
  void database.close()
})
server.listen(settings.port, settings.host, () => {
  const address = server.address()
  log({
    event: 'listening',
    port: typeof address === 'object' ? address?.port : address,
    version: settings.version,
  })
})

function end(signal: string): void {
  if (ending) return
  ending = true
  log({ event: 'ending', signal })
  // A connection that answers now becomes idle later, and close() looks for idle ones only once.
  const sweep = setInterval(() => server.closeIdleConnections(), 50)
  const bound = setTimeout(() => {
    log({ level: 'error', event: 'requests cut off' })
    process.exitCode = 1
    server.closeAllConnections()
  }, settings.shutdown)
  server.close(() => {
    clearTimeout(bound)
    clearInterval(sweep)
    void database.close().then(() => log({ event: 'ended' }))
  })
}
process.on('SIGTERM', end)
process.on('SIGINT', end)
