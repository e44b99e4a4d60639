// The app of the fault list: a web service and a worker from one file, a SQLite database, a repository with a build and tests. How a
// release behaves stands in a file of it.
import type { Tree } from './a-bundle.ts'

export interface Answer {
  readonly status?: number
  readonly type?: string
  readonly location?: string
  readonly body?: string
}

export interface Behaviour {
  readonly paths?: Readonly<Record<string, Answer>>
  /** Names this release instead of its own. */
  readonly tells?: string
  /** Variable without which a service does not start. */
  readonly needs?: { readonly web?: string; readonly worker?: string }
  /** Module that it loads at its start. */
  readonly imports?: string
  /** Runs and listens nowhere. */
  readonly deaf?: boolean
  /** Line that each request to /admin/login leaves in the log. */
  readonly logs?: string
  /** The worker runs and does nothing. */
  readonly idle?: boolean
  /** Its list of routes names one that does not exist; `--routes` says so. */
  readonly route?: string
  /** Everything is a 500 as soon as data/rot is there. */
  readonly rots?: boolean
}

const server = `import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { price } from './price.mjs'

const behaviour = JSON.parse(readFileSync('behaviour.json', 'utf8'))
if (process.argv.includes('--routes')) {
  if (behaviour.route) throw new Error('no such middleware: ' + behaviour.route)
  process.exit(0)
}
if (behaviour.imports) await import(behaviour.imports)
const role = process.env.ROLE
const needed = behaviour.needs?.[role]
if (needed && !process.env[needed]) throw new Error(needed + ' is not set')
const json = body => ({ type: 'application/json', body: JSON.stringify(body) })
const good = {
  '/ready': { body: 'ready' },
  '/': { type: 'text/html', body: '<h1>shop</h1>' },
  '/health': json({ status: 'gesund' }),
  '/route': json({ km: price(12), source: 'osrm' }),
  '/hook': { status: 201, ...json({ id: 'h1' }) },
  '/admin/login': { type: 'text/html', body: '<form>' },
  '/unknown': { status: 404, body: 'no such thing' },
}
const server = createServer((request, response) => {
  const rotten = behaviour.rots && existsSync('data/rot')
  const answer = rotten ? { status: 500, body: '' } : behaviour.paths?.[request.url] ?? good[request.url] ?? { status: 404, body: '' }
  if (behaviour.logs && request.url === '/admin/login') console.error(behaviour.logs)
  request.resume()
  response.writeHead(answer.status ?? 200, {
    'Content-Type': answer.type ?? 'text/plain',
    'X-Release': behaviour.tells ?? process.env.RELEASE,
    ...(answer.location ? { Location: answer.location } : {}),
  })
  response.end(answer.body ?? '')
})
if (behaviour.deaf && role === 'web') setInterval(() => {}, 1000)
else server.listen(Number(process.env.PORT), '127.0.0.1', () => console.log('listening'))
if (role === 'worker' && !behaviour.idle) writeFileSync('data/heartbeat', process.env.RELEASE + '\\n')
process.on('SIGTERM', () => {
  if (behaviour.deaf) process.exit(0)
  const sweep = setInterval(() => server.closeIdleConnections(), 20)
  server.close(() => clearInterval(sweep))
})
`

// One statement after the other, each by itself: a migration that fails has done what stands above.
const migrate = `import { readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

const database = new DatabaseSync('data/app.sqlite', { timeout: 20000 })
for (const statement of JSON.parse(readFileSync('migration.json', 'utf8'))) {
  if (statement === 'hang') await new Promise(resolve => setTimeout(resolve, 600000))
  if (statement.startsWith('import ')) await import(statement.slice(7))
  else database.exec(statement)
}
`

const price = `export const price = km => {
  if (km < 0) {
    throw new Error('a distance cannot be negative')
  }
  return km * 2
}
`

const test = `import assert from 'node:assert/strict'
import { test } from 'node:test'
import { price } from './price.mjs'

test('a price', () => assert.equal(price(2), 4))
test('no distance', () => assert.throws(() => price(-1)))
`

export function faultTree(
  behaviour: Behaviour = {},
  migration: readonly string[] = [],
  more: Tree = {},
): Tree {
  return {
    'server.mjs': server,
    'migrate.mjs': migrate,
    'price.mjs': price,
    'price.test.mjs': test,
    'index.html': '<h1>shop</h1>\n',
    'behaviour.json': JSON.stringify(behaviour),
    'migration.json': JSON.stringify(migration),
    ...more,
  }
}

export const tests = {
  red: test.replace('price(2), 4', 'price(2), 5'),
  /** One of its cases is gone, and with it more than a fifth of the lines. */
  thin: test.replace(/test\('no distance'.*\n/, ''),
}
