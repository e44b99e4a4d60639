// A story whose backups are watched: two SQLite files and a directory of uploads, saved to a directory on the host and, where the
// machine can have one, to an SFTP NAS.
//   await using backups = await openBackupStory({ nas: true })
//   expect((await backups.story.run('backup')).code).toBe(0)
//   expect(await backups.faults()).toEqual([])
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { access, chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type Catalogue, readCatalogue } from '../../src/backup/catalogue.ts'
import { makeDirectoryDestination } from '../../src/backup/destinations/directory.ts'
import { namingFor } from '../../src/backup/names.ts'
import { quote } from '../../src/core/shell.ts'
import { makeLocalHost } from '../../src/hosts/local.ts'
import { type Nas, type NasOptions, startNas } from './nas.ts'
import { workingIn } from './processes.ts'
import { openStory, type Story, type StoryHost, type StoryOptions } from './story.ts'
import type { Document } from './story-app.ts'

export interface BackupStoryOptions extends Omit<StoryOptions, 'document'> {
  /** A second destination. Needs root: see whyNoNas. */
  readonly nas?: NasOptions | undefined
  /** Bytes of the one large file among the uploads. */
  readonly large?: number
  /** Changes stellwerk.yaml at last. */
  readonly document?: (document: Document, nas: Nas | undefined) => Document
}

export interface BackupStory extends AsyncDisposable {
  readonly story: Story
  readonly host: StoryHost
  readonly nas: Nas | undefined
  /** Directories of the destinations on this machine's disk, by name. */
  readonly places: Readonly<Record<string, string>>
  /** Directory of the backups on the host. */
  readonly directory: string
  catalogue(place: string): Promise<Catalogue>
  /** Newest set that counts at a destination; empty when there is none. */
  newest(place: string): Promise<string>
  /** What is wrong at the destinations: a set that counts and is not whole, a file of another mode than 0600. */
  faults(): Promise<readonly string[]>
  /** What lies in the spool and what still works in it. */
  left(): Promise<readonly string[]>
}

export async function openBackupStory(options: BackupStoryOptions = {}): Promise<BackupStory> {
  await using undo = new AsyncDisposableStack()
  const { nas: nasOptions, large = 0, document, ...rest } = options
  const nas = nasOptions ? undo.use(await startNas(nasOptions)) : undefined
  const story = undo.use(await openStory({ app: 'static', ...rest }))
  const [host] = story.hosts
  if (!host) throw new Error('a story without a host')
  const disk = join(story.directory, 'disk')
  await mkdir(disk)
  const places = { disk, ...(nas ? { nas: join(nas.files, 'backup') } : {}) }
  await fill(join(host.root, 'shared'), large)
  await story.configure(given => {
    const base = backupDocument(given, host, disk, nas)
    return document ? document(base, nas) : base
  })
  const directory = join(host.root, 'backups')
  const here = makeLocalHost({ name: 'here' })
  const catalogue = async (place: string) => {
    const path = Object.entries(places).find(([name]) => name === place)?.[1] ?? ''
    const naming = namingFor('sets', { app: 'story', environment: 'test' })
    return readCatalogue(makeDirectoryDestination({ name: place, path, host: here }), naming)
  }
  const kept = undo.move()
  return {
    story,
    host,
    nas,
    places,
    directory,
    catalogue,
    newest: async place => (await catalogue(place)).sets.find(({ state }) => state === 'verified')?.id ?? '',
    faults: async () =>
      (
        await Promise.all(
          Object.entries(places).map(async ([name, path]) =>
            (await faultsAt(path, await catalogue(name))).map(fault => `${name}: ${fault}`),
          ),
        )
      ).flat(),
    left: async () => [
      ...(await readdir(join(directory, 'spool')).catch(() => [])),
      ...(await workingIn([directory, join(host.root, 'shared')])).map(pid => `process ${pid}`),
    ],
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

function backupDocument(given: Document, host: StoryHost, disk: string, nas: Nas | undefined): Document {
  const sftp = nas && {
    kind: 'sftp',
    address: `${nas.user}@127.0.0.1`,
    port: nas.port,
    path: '/volume1/backup',
    hostKey: nas.hostKey,
    identityFile: nas.identityFile,
  }
  return {
    ...given,
    databases: {
      main: { kind: 'sqlite', file: 'main.sqlite' },
      second: { kind: 'sqlite', file: 'second.sqlite' },
    },
    backup: {
      files: { uploads: { paths: ['shared/uploads'] } },
      destinations: {
        disk: { kind: 'directory', path: disk, host: host.name },
        ...(sftp ? { nas: sftp } : {}),
      },
      reserve: '1MB',
      compression: 'gzip',
    },
  }
}

async function fill(shared: string, large: number): Promise<void> {
  await mkdir(join(shared, 'uploads'), { recursive: true })
  for (const name of ['main', 'second']) {
    using database = new DatabaseSync(join(shared, `${name}.sqlite`))
    database.exec(
      "CREATE TABLE calls (id INTEGER PRIMARY KEY, what text); INSERT INTO calls (what) VALUES ('first'), ('second')",
    )
  }
  await writeFile(join(shared, 'uploads/logo.png'), 'a picture')
  if (large > 0) await writeFile(join(shared, 'uploads/large.bin'), randomBytes(large))
}

async function faultsAt(place: string, { sets }: Catalogue): Promise<readonly string[]> {
  const faults: string[] = []
  for (const { id, class: setClass, state, manifest } of sets) {
    if (state !== 'verified') continue
    if (manifest.parts.length !== 3) faults.push(`${id} has ${manifest.parts.length} parts`)
    for (const { file, sha256 } of manifest.parts) {
      const content = await readFile(join(place, 'story/test', setClass, id, file)).catch(() => undefined)
      const is = content && createHash('sha256').update(content).digest('hex')
      if (is !== sha256) faults.push(`${id}/${file} is ${is ?? 'not there'}`)
    }
  }
  return [...faults, ...(await looseModes(place))]
}

/** What others may read below a directory of backups. */
export async function looseModes(top: string): Promise<readonly string[]> {
  const names = await readdir(top, { recursive: true }).catch(() => [])
  const found = await Promise.all(
    names.map(async name => {
      const about = await stat(join(top, name)).catch(() => undefined)
      return about && (about.mode & 0o077) !== 0 ? [`${name} is ${(about.mode & 0o777).toString(8)}`] : []
    }),
  )
  return found.flat()
}

/** Whether a path that ends so lies below a directory now: the clock of a crash between two files. */
export function isThere(top: string, ending: RegExp, counts: (name: string) => boolean): boolean {
  if (!existsSync(top)) return false
  try {
    return readdirSync(top, { recursive: true }).some(
      name => ending.test(String(name)) && counts(String(name)),
    )
  } catch {
    // A directory went while it was read.
    return false
  }
}

export interface SlowTool {
  /** PATH whose first directory holds it. */
  readonly path: string
  /** From now on each call of the tool waits until it is ended. */
  stop(): Promise<void>
  go(): Promise<void>
  /** Process ids of those that wait. */
  waiting(): Promise<readonly number[]>
}

/** A tool of a database that can be made to hang. */
export async function slowTool(directory: string, name: string, real: string): Promise<SlowTool> {
  const bin = join(directory, 'slow')
  const gate = join(bin, 'stop')
  const pids = join(bin, 'pids')
  await mkdir(pids, { recursive: true })
  await writeFile(
    join(bin, name),
    `#!/bin/sh
if [ -e ${quote(gate)} ] && [ "\${1-}" != --version ]; then
  : >${quote(pids)}/$$
  exec sleep 300
fi
exec ${quote(real)} "$@"
`,
  )
  await chmod(join(bin, name), 0o755)
  await access(real)
  return {
    path: [bin, process.env['PATH'] ?? ''].join(delimiter),
    stop: () => writeFile(gate, ''),
    go: async () => {
      await rm(gate, { force: true })
      for (const pid of await readdir(pids)) await rm(join(pids, pid), { force: true })
    },
    waiting: async () => (await readdir(pids)).map(Number),
  }
}
