// LTC_WORKERS processes that answer on one port, and one that watches them. On SIGTERM they accept nothing more and finish what they
// have begun. A worker that dies is replaced; one that never came up ends the whole.
import cluster, { type Worker } from 'node:cluster'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { createApp } from './app.ts'
import { openDatabases } from './database.ts'
import { makeLog } from './log.ts'
import { loadSettings, type Settings } from './settings.ts'

function serve(settings: Settings, said: (port: number | undefined) => void): void {
  const log = makeLog('api', settings)
  const databases = openDatabases(settings)
  let ending = false
  // The one that watches says how many are up; without it this process is all there is.
  let workers = cluster.isWorker ? 0 : 1
  process.on('message', (up: { workers?: number }) => {
    workers = up.workers ?? workers
  })
  const parts = { databases, settings, log, ending: () => ending, workers: () => workers }
  const server = createServer(createApp(parts))
  server.keepAliveTimeout = 75_000
  server.on('error', error => {
    log('CRITICAL', 'cannot listen', { reason: error.message })
    process.exit(1)
  })
  server.listen(settings.port, settings.host, () => {
    const address = server.address()
    said(typeof address === 'object' ? address?.port : undefined)
  })
  const end = () => {
    if (ending) return
    ending = true
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
      databases[Symbol.dispose]()
      if (cluster.isWorker) process.disconnect()
    })
  }
  process.on('SIGTERM', end)
  process.on('SIGINT', end)
}

function watch(settings: Settings): void {
  const log = makeLog('watcher', settings)
  let ending = false
  const up = new Set<Worker>()
  const tell = () => {
    // With a callback a worker that is just ending is no error.
    for (const worker of up) worker.send({ workers: up.size }, () => undefined)
  }
  cluster.on('listening', (worker, { port }) => {
    up.add(worker)
    tell()
    if (up.size === settings.workers)
      log('INFO', 'listening', { port, workers: up.size, version: settings.version })
  })
  cluster.on('exit', (worker, code, signal) => {
    const came = up.delete(worker)
    if (came && !ending) tell()
    if (ending) {
      // One that had just been started ends by the signal itself: it has begun nothing.
      if (code !== 0 && signal !== 'SIGTERM') process.exitCode = 1
    } else if (came) {
      log('ERROR', 'a worker died and is replaced', { code })
      cluster.fork()
    } else {
      log('CRITICAL', 'a worker did not come up', { code })
      process.exitCode = 1
      end()
    }
  })
  const end = () => {
    ending = true
    for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill('SIGTERM')
  }
  process.on('SIGTERM', end)
  process.on('SIGINT', end)
  for (let count = 0; count < settings.workers; count += 1) cluster.fork()
}

const settings = loadSettings(join(import.meta.dirname, '..'), process.env)
if (cluster.isPrimary && settings.workers > 1) watch(settings)
else {
  const { version } = settings
  serve(settings, port => {
    if (cluster.isPrimary) makeLog('api', settings)('INFO', 'listening', { port, workers: 1, version })
  })
}
