// The app of the story rig: one small file for the web service and the worker, a migration that leaves a line, and
// stellwerk.yaml as plain data. The app says which release it is, and a file of the bundle decides how it behaves.
import { quote } from '../../src/core/shell.ts'
import type { Tree } from './a-bundle.ts'

/** fine: answers. sick: its health answers 500. stranger: names another release. dead: ends at once. */
export type Mood = 'fine' | 'sick' | 'stranger' | 'dead'

const server = `import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

const mood = readFileSync('mood', 'utf8').trim()
if (mood === 'dead') process.exit(3)
const release = mood === 'stranger' ? '20000101_000000-0000000' : process.env.RELEASE
const server = createServer((request, response) => {
  const sick = mood === 'sick' && request.url === '/health'
  response.writeHead(sick ? 500 : 200, { 'X-Release': release, 'Content-Type': 'text/plain' })
  response.end(release + '\\n')
})
server.listen(Number(process.env.PORT), process.env.ADDRESS ?? '127.0.0.1')
process.on('SIGTERM', () => {
  const sweep = setInterval(() => server.closeIdleConnections(), 20)
  server.close(() => clearInterval(sweep))
})
`

// Relative, through the link to shared/: the new release stands where the app will stand.
const migrate = 'echo "$STELLWERK_RELEASE" >>data/migrations\n'

export function appTree(name: string, mood: Mood, more: Tree): Tree {
  return {
    'index.html': `${name}\n`,
    'server.mjs': server,
    'migrate.sh': migrate,
    mood: `${mood}\n`,
    ...more,
  }
}

export interface Ports {
  readonly router: number
  readonly web: readonly [number, number]
  readonly worker: number
}

/** stellwerk.yaml, or a part of it. */
export type Document = Record<string, unknown>

/** Web with two ports behind the embedded router, a worker with one port, a migration, a shared directory. Small numbers:
 *  a story waits for nothing longer than it must. `address`: where router and services listen. */
export function serviceDocument(ports: Ports, address: string): Document {
  const command = `${quote(process.execPath)} server.mjs`
  const stop = { timeout: '10s' }
  const env = { ADDRESS: address }
  return {
    version: 1,
    app: 'story',
    release: { keep: 3, shared: { directories: ['data'] } },
    databases: { main: { kind: 'other', migrate: { command: 'sh migrate.sh', timeout: '2m' } } },
    services: {
      web: { kind: 'process', command, env, ports: ports.web, ready: { path: '/', timeout: '20s' }, stop },
      worker: { kind: 'process', command, env, ports: [ports.worker], after: ['web'], stop },
    },
    router: {
      kind: 'embedded',
      service: 'web',
      listen: `${address}:${ports.router}`,
      node: process.execPath,
      drain: '2s',
    },
    checks: { health: { kind: 'http', url: '/health', retries: 2, every: '100ms' } },
    verify: {
      identity: { url: '/', header: 'X-Release', retries: 2, every: '100ms' },
      health: ['health'],
    },
  }
}

/** Files only: a web server that is no part of the story would serve `current`. */
export function staticDocument(): Document {
  return {
    version: 1,
    app: 'story',
    release: { keep: 3 },
    router: { kind: 'symlink' },
    verify: { identity: { waived: 'no process answers: the files are the app' } },
  }
}
