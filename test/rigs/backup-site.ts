// Where backup tools meet faults: a PostgreSQL, a SQLite file, a directory, and a NAS behind a line that can be cut, with a disk
// that can be filled. Each tool is a Subject; test/rigs/backup-faults.ts does the same harm to each.
import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type ProxyPort, startDelayProxy } from './delay-proxy.ts'
import { type Nas, startNas } from './nas.ts'
import { type Postgres, startPostgres } from './postgres.ts'

export const execute = promisify(execFile)

export interface Site extends AsyncDisposable {
  readonly directory: string
  readonly server: Postgres
  readonly nas: Nas
  /** The only way to the NAS that subjects know: 20 ms, so that there is time to do harm. */
  readonly line: ProxyPort
  /** Of the database `shop`; `empty` is the same without rows. */
  readonly files: string
  readonly emptyFiles: string
  readonly sqlite: string
  /** Has 8 MB. */
  readonly smallDisk: string
  /** Directory with programs that come before the real ones. */
  fake(name: string, script: string): Promise<string>
  /** Leaves a few MB on the NAS until it is disposed. */
  fillNas(): Promise<AsyncDisposable>
  /** Writes to the SQLite file all the time: in each transaction one row into both tables. */
  writeBusily(): Promise<AsyncDisposable>
}

/** What one run shall be like; the healthy one has nothing of it. */
export interface RunOptions {
  readonly database?: 'shop' | 'empty' | 'nowhere'
  /** From Site.fake. */
  readonly path?: string
  readonly files?: string
  /** Whatever the tool needs of room here lies there. */
  readonly room?: string
  /** By libfaketime, such as `+2d`. */
  readonly clock?: string
  /** The SQLite file is what counts: a tool may save it alone. */
  readonly what?: 'sqlite'
}

export interface RunEnd {
  /** Null when a signal ended it. */
  readonly code: number | null
  /** The problem's code, or the last line of what it said. */
  readonly said: string
}

export interface Running {
  readonly ended: Promise<RunEnd>
  /** Its first bytes are on their way to the NAS; rejects when it ended before. */
  readonly uploading: Promise<unknown>
  /** Ends the tool itself with SIGKILL. */
  kill(): void
}

/** A backup tool. Each fault begins with `reset`. */
export interface Subject {
  readonly name: string
  readonly version: string
  /** Nothing but one good backup, older than what comes. */
  reset(): Promise<void>
  start(options?: RunOptions): Running
  /** The good one can still be had, byte for byte. */
  olderIntact(): Promise<boolean>
  /** What the last run left is whole; of the SQLite file: consistent. */
  newestWhole(what?: RunOptions['what']): Promise<boolean>
  /** The largest file of the newest backup at the NAS, on this machine's disk. */
  newestData(): Promise<string>
  /** Asks the tool whether the newest is as it was stored; undefined: it has no way to know. */
  prove(): Promise<RunEnd | undefined>
  /** Twenty nights, each of which failed the worst way, after the good one; then a good night with its retention. */
  badNights(): Promise<RunEnd>
}

/** Half of it is on its way when the real one is killed. */
export const dyingDump = `real=/usr/bin/pg_dump
for word; do case $word in --version | -V) exec $real --version ;; esac; done
fifo=$(mktemp -u)
mkfifo "$fifo"
$real "$@" >"$fifo" & pid=$!
head -c 60000 <"$fifo"
kill -9 $pid
rm -f "$fifo"
wait $pid`

/** An old one, that dumps nevertheless. */
export const oldDump = `for word; do case $word in --version | -V) echo 'pg_dump (PostgreSQL) 9.6.24'; exit 0 ;; esac; done
echo 'pg_dump: error: server version: 15; pg_dump version: 9.6.24' >&2
echo 'pg_dump: error: aborting because of server version mismatch' >&2
exit 1`

const tables = `CREATE TABLE calls (id int PRIMARY KEY, what text, body bytea);
CREATE TABLE people (id int PRIMARY KEY, name text);`

export async function openSite(): Promise<Site> {
  await using undo = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'site-'))
  undo.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }))
  const server = undo.use(await startPostgres())
  const nas = undo.use(await startNas({ diskMB: 250 }))
  const proxy = undo.use(await startDelayProxy())
  const line = await proxy.add({ host: '127.0.0.1', port: nas.port }, 20)
  const [files, emptyFiles, smallDisk] = ['files', 'empty', 'small'].map(name => join(directory, name))
  if (!files || !emptyFiles || !smallDisk) throw new Error('three directories')
  for (const made of [files, emptyFiles, smallDisk]) await mkdir(made)
  await execute('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', smallDisk])
  undo.defer(async () => void (await execute('umount', ['-l', smallDisk])))
  await writeFile(join(files, 'large'), randomBytes(12 << 20))
  await writeFile(join(files, 'small'), 'content')
  for (const name of ['shop', 'empty']) {
    await server.sql(`CREATE DATABASE ${name}`)
    await server.sql(tables, name)
  }
  await server.sql(
    `INSERT INTO people SELECT n, 'Person ' || n FROM generate_series(1, 50) n;
     INSERT INTO calls SELECT n, 'call ' || n, decode(string_agg(md5(n || '.' || k), ''), 'hex')
       FROM generate_series(1, 300) n, generate_series(1, 64) k GROUP BY n`,
    'shop',
  )
  // Tools that know no sockets sign in with it.
  await server.sql("ALTER ROLE postgres PASSWORD 'rig'")
  const sqlite = join(directory, 'app.sqlite')
  await execute(process.execPath, ['-e', makeSqlite, sqlite])
  let fakes = 0
  const kept = undo.move()
  return {
    directory,
    server,
    nas,
    line,
    files,
    emptyFiles,
    sqlite,
    smallDisk,
    async fake(name, script) {
      const bin = join(directory, `bin-${++fakes}`)
      await mkdir(bin)
      await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`)
      await chmod(join(bin, name), 0o755)
      return bin
    },
    async fillNas() {
      const { bavail, bsize } = await statfs(nas.files)
      const filler = join(nas.files, 'filler')
      await writeFile(filler, Buffer.alloc(bavail * bsize - (6 << 20)))
      return { [Symbol.asyncDispose]: () => rm(filler) }
    },
    async writeBusily() {
      const child = spawn(process.execPath, ['-e', busyWriter, sqlite], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      await new Promise(resolve => child.stdout.once('data', resolve))
      return {
        async [Symbol.asyncDispose]() {
          const gone = new Promise(resolve => child.once('close', resolve))
          child.kill('SIGKILL')
          await gone
        },
      }
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

const makeSqlite = `const { DatabaseSync } = require('node:sqlite')
const db = new DatabaseSync(process.argv[1])
db.exec("PRAGMA journal_mode = WAL; CREATE TABLE a (id INTEGER PRIMARY KEY, what TEXT); CREATE TABLE b (id INTEGER PRIMARY KEY, what TEXT)")
db.exec("BEGIN"); for (let n = 0; n < 20000; n++) db.exec("INSERT INTO a (what) VALUES (hex(randomblob(50))); INSERT INTO b (what) VALUES (hex(randomblob(50)))"); db.exec("COMMIT")`

const busyWriter = `const { DatabaseSync } = require('node:sqlite')
const db = new DatabaseSync(process.argv[1], { timeout: 20000 })
process.stdout.write('writing')
function once() {
  db.exec("BEGIN; INSERT INTO a (what) VALUES (hex(randomblob(50))); INSERT INTO b (what) VALUES (hex(randomblob(50))); UPDATE a SET what = hex(randomblob(50)) WHERE id % 97 = abs(random()) % 97; COMMIT")
  setImmediate(once)
}
once()`
