// The shop with data worth saving, on a real sshd host: two SQLite files, uploads behind a link, an .env; a NAS that speaks SFTP
// and a disk of the host as destinations.
//   await using saved = await openSavedShop()
//   expect((await saved.run('backup', '--class', 'daily')).code).toBe(0)
//   await saved.nas.stop()

import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { rebind } from '../helpers/rebind.ts'
import type { Ended, StartOptions } from './command-line.ts'
import { type Nas, startNas } from './nas.ts'
import { type Document, openShop, type Shop } from './shop.ts'

const execute = promisify(execFile)

export interface SavedShop extends AsyncDisposable {
  readonly shop: Shop
  readonly nas: Nas
  /** Sets of this app at the NAS and on the disk of the host, as directories of this machine. */
  readonly atNas: string
  readonly atDisk: string
  /** stellwerk VERB... test WORDS... */
  run(verb: string, ...words: readonly string[]): Promise<Ended>
  runWith(options: Partial<StartOptions>, verb: string, ...words: readonly string[]): Promise<Ended>
  /** The same with --json, and its document. */
  ask(
    verb: string,
    ...words: readonly string[]
  ): Promise<Ended & { document: Readonly<Record<string, unknown>> }>
  /** Writes the section backup with other keys. */
  configure(backup: Document, more?: Document): Promise<void>
  /** The same set again under another name: time passes in a story. */
  copy(directory: string, setClass: string, id: string, to: string): Promise<void>
  /** Ids of the sets of a class, oldest first. */
  sets(directory: string, setClass: string): Promise<readonly string[]>
}

export async function openSavedShop(backup: Document = {}, more: Document = {}): Promise<SavedShop> {
  await using undo = new AsyncDisposableStack()
  const nas = undo.use(await startNas())
  const shop = undo.use(await openShop())
  const { root } = shop
  const shared = join(root, 'shared')
  for (const part of ['storage', 'data']) await mkdir(join(shared, part), { recursive: true })
  // A disk of its own, as uploads have it on many servers: the declared path is a link.
  const volume = join(root, 'volume')
  await mkdir(volume)
  await writeFile(join(volume, 'logo.png'), randomBytes(3000))
  await writeFile(join(volume, 'Größe ü.txt'), 'umlaut')
  await symlink(volume, join(shared, 'uploads'))
  await writeFile(join(shared, '.env'), 'APP_KEY=of the shop\n', { mode: 0o600 })
  await writeFile(join(shared, 'storage/a.txt'), 'a')
  for (const name of ['app', 'second']) {
    using database = new DatabaseSync(join(shared, `data/${name}.sqlite`))
    database.exec('CREATE TABLE notes (id INTEGER PRIMARY KEY, what TEXT NOT NULL)')
    const insert = database.prepare('INSERT INTO notes (what) VALUES (?)')
    for (let row = 0; row < 50; row++) insert.run(`${name} ${row}`)
  }
  const section = {
    destinations: {
      nas: { ...nasDocument(nas) },
      disk: { kind: 'directory', path: join(root, 'disk'), host: shop.hosts[0]?.name ?? '' },
    },
    files: { data: { paths: ['shared/uploads', 'shared/storage', 'shared/.env'] } },
    reserve: '1MB',
    drill: { directory: join(shop.directory, 'drill') },
    ...backup,
  }
  const databases = {
    main: { kind: 'sqlite', file: 'data/app.sqlite' },
    second: { kind: 'sqlite', file: 'data/second.sqlite' },
  }
  const configure: SavedShop['configure'] = (changes, others = {}) =>
    shop.configure({
      databases,
      release: { shared: { directories: ['data'] } },
      backup: { ...section, ...changes },
      ...others,
    })
  await configure({}, more)
  const runWith: SavedShop['runWith'] = (options, verb, ...words) =>
    shop.start([...verb.split(' '), 'test', ...words], options).ended
  const run: SavedShop['run'] = (verb, ...words) => runWith({}, verb, ...words)
  const kept = undo.move()
  return {
    shop,
    nas,
    atNas: join(nas.files, 'backup/shop/test'),
    atDisk: join(root, 'disk/shop/test'),
    run,
    runWith,
    ask: async (verb, ...words) => {
      const ended = await run(verb, ...words, '--json')
      if (!ended.document) throw new Error(`no document\n${ended.said}`)
      return { ...ended, document: ended.document }
    },
    configure,
    copy: async (directory, setClass, id, to) => {
      const [from, there] = [join(directory, setClass, id), join(directory, setClass, to)]
      await cp(from, there, { recursive: true })
      const manifest = JSON.parse(await readFile(join(there, 'manifest.json'), 'utf8'))
      await writeFile(join(there, 'manifest.json'), JSON.stringify({ ...manifest, id: to }))
      await rebind(there)
      await execute('chown', ['-R', '--reference', from, there])
    },
    sets: async (directory, setClass) =>
      (await readdir(join(directory, setClass)).catch(() => [])).toSorted(),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

function nasDocument({ config }: Nas): Document {
  const { kind, address, port, path, hostKey, identityFile } = config
  return { kind, address, port, path, hostKey, ...(identityFile === undefined ? {} : { identityFile }) }
}
