// An app with a PostgreSQL database, a SQLite file and uploads; a destination with one verified set of it; a second PostgreSQL for
// drills. Tests damage the set and see what a drill says.
import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { readCatalogue } from '../../src/backup/catalogue.ts'
import type { BackupDeps } from '../../src/backup/context.ts'
import { makeDirectoryDestination } from '../../src/backup/destinations/directory.ts'
import { type DrillDocument, type DrillHead, makeDrillRecord } from '../../src/backup/drill-record.ts'
import { namingFor, namingOfSet } from '../../src/backup/names.ts'
import { type Manifest, type Part, type StoredSet, setId } from '../../src/backup/set.ts'
import { completeKind } from '../../src/backup/steps/complete.ts'
import { databaseKind } from '../../src/backup/steps/database.ts'
import { drillKinds } from '../../src/backup/steps/drill/kinds.ts'
import { filesKind } from '../../src/backup/steps/files.ts'
import { openKind } from '../../src/backup/steps/open.ts'
import { pruneKind } from '../../src/backup/steps/prune.ts'
import { settleKind } from '../../src/backup/steps/settle.ts'
import { storeKind } from '../../src/backup/steps/store.ts'
import type { Config } from '../../src/config/config.ts'
import { loadConfig } from '../../src/config/load.ts'
import { systemClock } from '../../src/core/clock.ts'
import { runId } from '../../src/core/ids.ts'
import type { Problem } from '../../src/core/problem.ts'
import { err } from '../../src/core/result.ts'
import type { EngineDeps } from '../../src/engine/engine.ts'
import type { Event } from '../../src/engine/events.ts'
import { acquireAll } from '../../src/engine/lock.ts'
import type { Plan } from '../../src/engine/plan.ts'
import { type RunResult, runPlan } from '../../src/engine/run.ts'
import type { Kind, Kinds, Step } from '../../src/engine/step.ts'
import { makeLocalHost } from '../../src/hosts/local.ts'
import { compileBackup } from '../../src/procedures/backup.ts'
import { compileDrill, type DrillInput, drillHead } from '../../src/procedures/drill.ts'
import { rebind } from '../helpers/rebind.ts'
import { runFragment } from './fragment.ts'
import { type Postgres, startPostgres } from './postgres.ts'

const execute = promisify(execFile)

/** Holds what breaks files and shells. */
export const password = `d"r'i\\l l$:ü`

export interface DrillOptions {
  /** Instead of `servers: {main: ...}` and further keys of backup.drill. */
  readonly drill?: string
  /** Further keys of backup. */
  readonly backup?: string
  readonly reserve?: string
  /** When it begins; default: now. */
  readonly now?: Date
  /** What the live servers said; default: nothing was asked. */
  readonly live?: DrillInput['live']
  readonly onEvent?: (event: Event) => void
  readonly interrupt?: AbortSignal
}

export interface Drilled {
  /** Absent: it was refused before anything was done. */
  readonly result?: RunResult
  readonly problems: readonly Problem[]
  readonly document: DrillDocument
  readonly plan?: Plan
}

export interface DrillRig extends AsyncDisposable {
  readonly base: string
  readonly production: Postgres
  readonly scratch: Postgres
  /** `servers: {main: ...}` for the scratch server. */
  readonly servers: string
  drill(options?: DrillOptions): Promise<Drilled>
  catalogue(): Promise<readonly StoredSet[]>
  /** Puts the set back as it was made. */
  heal(): Promise<void>
  /** Path of a part of the set at the destination. */
  part(store: string): Promise<string>
  /** Changes the content of a part; with `agree` the manifest says so too, as if the dump itself had been wrong. */
  replace(
    store: string,
    change: (content: Buffer) => Promise<Buffer> | Buffer,
    agree?: Partial<Part>,
  ): Promise<void>
  /** A dump of the live database after some SQL, made in a copy. */
  dumpAfter(sql: string, format?: 'custom' | 'plain'): Promise<Buffer>
  /** Runs the undo of every step of a drill that has ended once more: what went wrong. */
  undoAgain(drilled: Drilled): Promise<readonly string[]>
  /** What drills left: scratch databases, directories, locks. */
  left(): Promise<readonly string[]>
}

const seed = `CREATE TABLE calls (id integer PRIMARY KEY, person text, seconds integer);
CREATE TABLE people (id integer PRIMARY KEY, name text);
CREATE TABLE nothing (id integer);
INSERT INTO people SELECT n, 'Person ' || n FROM generate_series(1, 50) n;
INSERT INTO calls SELECT n, 'Person ' || n, n % 60 FROM generate_series(1, 1000) n;`

export async function startDrillRig(options: { readonly encrypted?: boolean } = {}): Promise<DrillRig> {
  const { stdout: identity } = await execute('age-keygen', [])
  const secrets: Readonly<Record<string, string>> = { DRILL_PASSWORD: password, AGE_IDENTITY: identity }
  const encryption = options.encrypted
    ? `  encrypt: {recipients: [${/age1\w+/.exec(identity)?.[0]}], identity: '\${AGE_IDENTITY}'}\n`
    : ''
  const base = await mkdtemp(join(tmpdir(), 'stw-drill-'))
  const [production, scratch] = await Promise.all([startPostgres(), startPostgres()])
  const root = join(base, 'app')
  const nas = join(base, 'nas')
  const host = makeLocalHost({ name: 'web1' })
  const here = makeLocalHost({ name: 'here' })
  await mkdir(join(root, 'shared/uploads/deep'), { recursive: true })
  await mkdir(nas)
  await writeFile(join(root, 'shared/uploads/logo.png'), randomBytes(5000))
  await writeFile(join(root, 'shared/uploads/deep/ünï cödé.txt'), 'content')
  const file = new DatabaseSync(join(root, 'shared/app.sqlite'))
  file.exec(
    "CREATE TABLE notes (id integer PRIMARY KEY, note text); INSERT INTO notes (note) VALUES ('a'), ('b')",
  )
  file.close()
  await production.sql('CREATE DATABASE shop')
  await production.sql(seed, 'shop')
  const secret = `'${password.replaceAll("'", "''")}'`
  for (const server of [production, scratch])
    await server.sql(
      `SET standard_conforming_strings = on; CREATE ROLE drill LOGIN CREATEDB PASSWORD ${secret}`,
    )
  const servers = `servers: {main: {address: 127.0.0.1, port: ${scratch.port}, user: drill, password: '\${DRILL_PASSWORD}'}}`

  function configOf({ drill = servers, backup = '', reserve = '1MB' }: DrillOptions): Config {
    const text = `version: 1
app: shop
build: {entries: [server.js]}
router: {kind: symlink, listen: "127.0.0.1:8080", reload: nginx -s reload}
verify: {identity: {url: /, header: X-Release}, health: [home]}
checks: {home: {kind: http, url: /}}
secrets: {DRILL_PASSWORD: {env: DRILL_PASSWORD}, AGE_IDENTITY: {env: AGE_IDENTITY}}
databases:
  main: {kind: postgres, database: shop, socket: ${production.socket}, port: ${production.port}, user: postgres}
  notes: {kind: sqlite, file: app.sqlite}
backup:
  destinations: {nas: {kind: directory, path: ${nas}}}
  files: {uploads: {paths: [shared/uploads]}}
  reserve: ${reserve}
${encryption}  drill: {directory: ${join(base, 'drill')}, ${drill}}
${backup}
environments:
  production: {root: ${root}, hosts: {web1: local}}
`
    const loaded = loadConfig({
      file: 'stellwerk.yaml',
      directory: base,
      text,
      env: secrets,
      readFile: () => err({ code: 'STW-U005', what: { en: 'none', de: 'keine' } }),
    })
    if (!loaded.ok) throw new Error(loaded.error.map(({ what, why }) => `${what.en} ${why?.en}`).join('; '))
    return loaded.value.config
  }

  const destination = makeDirectoryDestination({ name: 'nas', path: nas, host: here })
  const deps = (now = systemClock.now): BackupDeps => ({
    destination: async () => destination,
    hostNamed: name => (name === 'here' ? here : host),
    now,
    version: '0.0.0',
  })

  async function go(plan: Plan, kinds: Kinds, options: DrillOptions = {}): Promise<RunResult> {
    const engine: EngineDeps = {
      hosts: new Map([
        ['web1', host],
        ['here', here],
      ]),
      kinds,
      emit: event => options.onEvent?.(event),
      now: () => new Date(),
      random: randomBytes,
      sleep: (ms, signal) => systemClock.sleep(ms, signal),
      secret: name => secrets[name],
      redact: line => line.replaceAll(password, '[secret]'),
      parallel: 4,
      interrupt: options.interrupt ?? new AbortController().signal,
    }
    const owner = {
      run: plan.run,
      procedure: plan.procedure,
      by: 'anna',
      machine: 'here',
      pid: 1,
      since: '',
      lease: 60,
    }
    const asked = {
      places: plan.hosts,
      environment: 'production',
      owner,
      payload: () => '',
      wait: 0,
      abandon: true,
    }
    const leases = await acquireAll({ ...asked, isDead: () => false }, engine)
    if (!leases.ok) throw new Error(`${leases.error.what.en}: ${leases.error.why?.en}`)
    const tokens = new Map([...leases.value].map(([name, { token }]) => [name, token]))
    return runPlan(plan, tokens, 60_000, engine)
  }

  async function backUp(): Promise<void> {
    const now = new Date()
    const plan = compileBackup({
      config: configOf({}),
      set: setId(now, randomBytes(2)),
      class: 'daily',
      run: runId(now, 'backup', randomBytes(3)),
      by: 'anna',
      now,
      release: undefined,
      expected: new Map(),
      pinned: [],
    })
    if (!plan.ok) throw new Error('no plan for a backup')
    const kinds = {
      'backup.open': openKind,
      'backup.database': databaseKind,
      'backup.files': filesKind,
      'backup.store': storeKind(deps()),
      'backup.complete': completeKind,
      'backup.settle': settleKind,
      'backup.prune': pruneKind(deps()),
    } as unknown as Kinds
    const result = await go(plan.value, kinds)
    if (result.status !== 'done') throw new Error(JSON.stringify(result.problem ?? result.more))
  }

  await backUp()
  const safe = join(base, 'safe')
  await cp(nas, safe, { recursive: true })

  const catalogue = async () =>
    (await readCatalogue(destination, namingFor('sets', { app: 'shop', environment: 'production' }))).sets
  async function newest(): Promise<StoredSet> {
    const [set] = await catalogue()
    if (!set) throw new Error('there is no set')
    return set
  }
  const pathIn = (set: StoredSet, name: string) =>
    join(nas, namingOfSet(set.manifest).path(set.class, set.id, name))
  const partOf = (set: StoredSet, store: string) => {
    const part = set.manifest.parts.find(one => one.store === store)
    if (!part) throw new Error(`no part ${store}`)
    return part
  }

  return {
    base,
    production,
    scratch,
    servers,
    catalogue,
    heal: async () => {
      await rm(nas, { recursive: true })
      await cp(safe, nas, { recursive: true })
    },
    part: async store => {
      const set = await newest()
      return pathIn(set, partOf(set, store).file)
    },
    replace: async (store, change, agree) => {
      const set = await newest()
      const part = partOf(set, store)
      const path = pathIn(set, part.file)
      const content = await change(await readFile(path))
      await writeFile(path, content)
      if (!agree) return
      const sha256 = createHash('sha256').update(content).digest('hex')
      const manifest: Manifest = {
        ...set.manifest,
        parts: set.manifest.parts.map(one =>
          one === part ? ({ ...one, ...agree, sha256, bytes: content.length } as Part) : one,
        ),
      }
      await writeFile(pathIn(set, 'manifest.json'), JSON.stringify(manifest))
      await rebind(dirname(pathIn(set, 'manifest.json')))
    },
    dumpAfter: async (sql, format = 'custom') => {
      await production.sql('DROP DATABASE IF EXISTS copy')
      await production.sql('CREATE DATABASE copy TEMPLATE shop')
      await production.sql(sql, 'copy')
      const place = ['-h', production.socket, '-p', String(production.port), '-U', 'postgres']
      const plain = join(base, 'variant')
      await execute('pg_dump', [...place, '-F', format === 'plain' ? 'p' : 'c', '-f', plain, 'copy'])
      return readFile(plain)
    },
    drill: async (options = {}) => {
      const config = configOf(options)
      const now = options.now ?? new Date()
      const run = runId(now, 'drill', randomBytes(3))
      const set = await newest()
      const input = {
        config,
        set,
        destination: 'nas',
        host: undefined,
        run,
        by: 'anna',
        now,
        random: randomBytes(2),
        live: options.live ?? [],
      }
      const record = makeDrillRecord(drillHead(input))
      const plan = compileDrill(input)
      if (!plan.ok) return { problems: plan.error, document: record.document(new Date(), plan.error) }
      const kinds = drillKinds({ ...deps(), record }) as unknown as Kinds
      const result = await go(plan.value, kinds, {
        ...options,
        onEvent: event => {
          record.watch(event)
          options.onEvent?.(event)
        },
      })
      const problems = [...(result.problem ? [result.problem] : []), ...result.more]
      return { result, problems, plan: plan.value, document: record.document(new Date(), problems) }
    },
    undoAgain: async ({ plan }) => {
      const [place] = plan?.hosts ?? []
      if (!plan || !place) throw new Error('there was no plan')
      const runDirectory = join(place.root, '.stellwerk/runs', plan.run)
      const kinds = drillKinds({ ...deps(), record: makeDrillRecord(headless) })
      const failed: string[] = []
      for (const step of plan.phases.flatMap(({ steps }) => steps).toReversed()) {
        const kind = kinds[step.kind as keyof typeof kinds] as Kind<Step>
        if (kind.at !== 'host' || step.undo.how !== 'auto') continue
        const context = { root: place.root, run: plan.run, runDirectory }
        const { code, report } = await runFragment(kind.undo(step, context), { env: secrets })
        if (code !== 0) failed.push(`${step.id}: ${report.join(' ')}`)
      }
      return failed
    },
    left: async () => {
      const databases = async (server: Postgres) =>
        (await server.sql("SELECT datname FROM pg_database WHERE datname LIKE 'stw%'"))
          .split('\n')
          .filter(Boolean)
      const directory = join(base, 'drill/drill')
      const names = (await readdir(directory).catch(() => [])).filter(name => name !== '.stellwerk')
      const lock = await stat(join(directory, '.stellwerk/lock')).then(
        () => ['lock'],
        () => [],
      )
      return [...(await databases(production)), ...(await databases(scratch)), ...names, ...lock]
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([production[Symbol.asyncDispose](), scratch[Symbol.asyncDispose]()])
      await rm(base, { recursive: true, force: true })
    },
  }
}

const headless: DrillHead = {
  app: 'shop',
  environment: 'production',
  run: '',
  by: '',
  destination: 'nas',
  host: 'here',
  goals: { rpo: 0, rto: 0 },
  startedAt: new Date(0),
  planned: [],
}

export async function zstd(content: Buffer): Promise<Buffer> {
  const { zstdCompressSync } = await import('node:zlib')
  return zstdCompressSync(content)
}
