// A story whose app lives on a real database: each answer is a query, each POST a row. What restores and failing migrations are
// told with.
//   await using data = await openDataStory('postgres')
//   await data.deployed('v1')
//   await data.sql("INSERT INTO calls (what) VALUES ('by hand')")
//   expect((await data.story.run('backup')).code).toBe(0)
import { mkdir, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { startMariadb } from './mariadb.ts'
import { startPostgres } from './postgres.ts'
import { openStory, type Story, type StoryOptions } from './story.ts'
import type { Document, Mood } from './story-app.ts'

export type DataKind = 'sqlite' | 'postgres' | 'mysql'

export interface DataStory extends AsyncDisposable {
  readonly kind: DataKind
  readonly story: Story
  /** Directory of the destination `disk`. */
  readonly disk: string
  /** What a person types to have the live database replaced. */
  readonly target: string
  /** Rows of the live database, or of another one beside it; columns apart by `|`, rows by newlines. */
  sql(statements: string, database?: string): Promise<string>
  /** Databases whose names begin with stw_. */
  kept(): Promise<readonly string[]>
  /** A bundle that migrates with these statements, in the order of a program: one after the other, each by itself. */
  bundle(name: string, migration?: readonly string[], mood?: Mood): Promise<string>
  deployed(name: string, migration?: readonly string[]): Promise<string>
}

export interface DataOptions extends StoryOptions {
  /** More of `databases.main.migrate`. */
  readonly migrate?: Document
  /** Without ssh: what is killed dies sooner. */
  readonly local?: boolean
}

// A connection that was cut is made again, as every pool does.
const app = `import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'

const mood = readFileSync('mood', 'utf8').trim()
const where = JSON.parse(readFileSync('database.json', 'utf8'))
const release = process.env.RELEASE
const file = where.file && new DatabaseSync('data/app.sqlite', { timeout: 20000 })
const client = sql => new Promise((resolve, reject) =>
  execFile(where.client[0], [...where.client.slice(1), sql], (error, out) => (error ? reject(error) : resolve(out.trim()))))
const once = async sql => (file ? String(Object.values(file.prepare(sql).get() ?? {})[0] ?? '') : client(sql))
async function query(sql) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(sql)
    } catch (error) {
      if (attempt === 40) throw error
      await setTimeout(100)
    }
  }
}
const server = createServer((request, response) => {
  request.resume()
  const sql = request.method === 'POST' ? "INSERT INTO calls (what) VALUES ('asked') RETURNING 1" : 'SELECT count(*) FROM calls'
  query(sql).then(
    answer => {
      response.writeHead(mood === 'sick' && request.url === '/health' ? 500 : 200, { 'X-Release': release })
      response.end(answer + '\\n')
    },
    error => {
      response.writeHead(500, { 'X-Release': release })
      response.end(String(error))
    },
  )
})
server.listen(Number(process.env.PORT), process.env.ADDRESS ?? '127.0.0.1')
process.on('SIGTERM', () => {
  const sweep = setInterval(() => server.closeIdleConnections(), 20)
  server.close(() => clearInterval(sweep))
})
`

const migrate = `import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

const where = JSON.parse(readFileSync('database.json', 'utf8'))
const file = where.file && new DatabaseSync('data/app.sqlite', { timeout: 20000 })
for (const statement of JSON.parse(readFileSync('migration.json', 'utf8'))) {
  if (statement.startsWith('touch ')) execFileSync('sh', ['-c', statement])
  else if (statement.startsWith('sh ')) execFileSync('sh', ['-c', statement.slice(3)])
  else if (file) file.exec(statement)
  else execFileSync(where.client[0], [...where.client.slice(1), statement])
}
`

const table = {
  sqlite: 'INTEGER PRIMARY KEY',
  postgres: 'bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY',
  mysql: 'bigint AUTO_INCREMENT PRIMARY KEY',
}

interface Server extends AsyncDisposable {
  sql(statements: string, database?: string): Promise<string>
  /** Of `databases.main`. */
  readonly document: Document
  /** The query for the names of the databases that begin with stw_. */
  readonly names: string
  /** The program that runs one more argument as a statement. */
  readonly client: readonly string[]
}

async function startServer(kind: DataKind): Promise<Server | undefined> {
  if (kind === 'sqlite') return undefined
  if (kind === 'mysql') {
    const server = await startMariadb()
    const { socket } = server
    return {
      sql: (statements, database) => server.sql(statements, database),
      names:
        "SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE 'stw!_%' ESCAPE '!' ORDER BY 1",
      document: { kind: 'mariadb', database: 'app', socket, user: 'root' },
      client: ['mariadb', '--no-defaults', '-S', socket, '-u', 'root', '-N', '-B', 'app', '-e'],
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    }
  }
  const server = await startPostgres()
  const { port, socket } = server
  const options = ['-X', '-q', '-A', '-t', '-w', '-h', socket, '-p', String(port), '-U', 'postgres']
  return {
    sql: (statements, database) => server.sql(statements, database),
    names: "SELECT datname FROM pg_database WHERE datname LIKE 'stw!_%' ESCAPE '!' ORDER BY 1",
    document: { kind, database: 'app', port, socket, user: 'postgres' },
    client: ['psql', ...options, '-d', 'app', '-c'],
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

export async function openDataStory(kind: DataKind, options: DataOptions = {}): Promise<DataStory> {
  await using undo = new AsyncDisposableStack()
  const server = await startServer(kind)
  if (server) undo.use(server)
  const story = undo.use(
    await openStory({ ...(options.local ? {} : { hosts: 1 }), ...options, document: document => document }),
  )
  const [host] = story.hosts
  if (!host) throw new Error('a story without a host')
  const disk = join(story.directory, 'disk')
  await mkdir(disk)
  const file = join(host.root, 'shared/data/app.sqlite')
  await story.configure(document => {
    const base = {
      ...document,
      databases: { main: databaseOf(server, options.migrate ?? {}) },
      backup: {
        destinations: { disk: { kind: 'directory', path: disk } },
        reserve: '1MB',
        compression: 'gzip',
      },
    }
    return options.document ? options.document(base) : base
  })
  const sql: DataStory['sql'] = async (statements, database) =>
    server
      ? (await server.sql(statements, database ?? 'app')).replaceAll('\t', '|')
      : asked(database ?? file, statements)
  if (server) await server.sql('CREATE DATABASE app')
  else await mkdir(dirname(file), { recursive: true })
  await sql(`CREATE TABLE calls (id ${table[kind]}, what text)`)
  await sql("INSERT INTO calls (what) VALUES ('first'), ('second')")
  const bundle: DataStory['bundle'] = (name, migration = [], mood = 'fine') =>
    story.bundle(name, mood, {
      'server.mjs': app,
      'migrate.mjs': migrate,
      'migration.json': JSON.stringify(migration),
      'database.json': JSON.stringify(server ? { client: server.client } : { file: true }),
    })
  const kept = undo.move()
  return {
    kind,
    story,
    disk,
    target: server ? 'app' : 'app.sqlite',
    sql,
    kept: async () =>
      server
        ? (await server.sql(server.names)).split('\n').filter(name => name !== '')
        : (await readdir(dirname(file))).filter(name => name.startsWith('stw_')).toSorted(),
    bundle,
    deployed: async (name, migration) => story.deployed(await bundle(name, migration)),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

function databaseOf(server: Server | undefined, migrate: Document): Document {
  const migration = { command: `${process.execPath} migrate.mjs`, timeout: '2m', ...migrate }
  return { ...(server?.document ?? { kind: 'sqlite', file: 'data/app.sqlite' }), migrate: migration }
}

function asked(file: string, statements: string): string {
  const database = new DatabaseSync(file, { timeout: 20_000 })
  try {
    if (!/^\s*select/i.test(statements)) {
      database.exec(statements)
      return ''
    }
    const rows = database.prepare(statements).all()
    return rows.map(row => Object.values(row).join('|')).join('\n')
  } finally {
    database.close()
  }
}

/** Names of the columns of the app's table, in their order. */
export async function columnsOf(data: DataStory): Promise<string> {
  return data.sql(
    data.kind === 'sqlite'
      ? "SELECT group_concat(name) FROM pragma_table_info('calls')"
      : data.kind === 'mysql'
        ? "SELECT group_concat(column_name ORDER BY ordinal_position) FROM information_schema.columns WHERE table_name = 'calls' AND table_schema = 'app'"
        : "SELECT string_agg(column_name, ',' ORDER BY ordinal_position) FROM information_schema.columns WHERE table_name = 'calls'",
  )
}
