// Where the demo of backups keeps its rows and its sets: real servers where this machine can have them, else what every machine
// has. It says which.
import { existsSync, mkdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Place } from '../../examples/askpro/variants/repository.ts'
import type { Text } from '../../src/core/lang.ts'
import { type Mariadb, startMariadb } from '../../test/rigs/mariadb.ts'
import { startNas, whyNoNas } from '../../test/rigs/nas.ts'

export interface DataPlace {
  readonly about: Text
  readonly settings: NonNullable<Place['settings']>
  /** The line of `.env` that names the database. */
  readonly env: string
  /** The directory of the NAS, as its own disk has it. */
  readonly nas: string
  /** Runs statements behind the app's back; the value of a query. */
  readonly sql: (statement: string) => Promise<string>
  /** What a person types to have the database replaced. */
  readonly target: string
}

interface Options {
  readonly directory: string
  /** Root of the app. */
  readonly root: string
  /** What it keeps running must outlive this process: no servers of its own. */
  readonly kept: boolean
}

const backup = ['environments', 'local', 'override', 'backup']
const secret = 'only-for-the-demo'

export async function openPlace(options: Options, undo: AsyncDisposableStack): Promise<DataPlace> {
  const nas = options.kept ? undefined : await sftpPlace(undo)
  const database = options.kept ? undefined : await mariadbPlace(undo)
  const store = nas ?? directoryPlace(options)
  const rows = database ?? (await sqlitePlace(options))
  return {
    ...rows,
    nas: store.nas,
    settings: [...store.settings, ...rows.settings],
    about: {
      en: `database: ${rows.about.en} · NAS: ${store.about.en}`,
      de: `Datenbank: ${rows.about.de} · NAS: ${store.about.de}`,
    },
  }
}

type Store = Pick<DataPlace, 'about' | 'settings' | 'nas'>
type Rows = Pick<DataPlace, 'about' | 'settings' | 'env' | 'sql' | 'target'>

function directoryPlace({ directory }: Options): Store {
  const nas = join(directory, 'backups/nas')
  mkdirSync(nas, { recursive: true })
  return {
    nas,
    settings: [],
    about: { en: 'a second directory', de: 'ein zweites Verzeichnis' },
  }
}

async function sftpPlace(undo: AsyncDisposableStack): Promise<Store | undefined> {
  if (whyNoNas() !== undefined || !isInstalled('sshd')) return undefined
  const rig = undo.use(await startNas())
  const { address, port, hostKey, identityFile } = rig.config
  const path = `${rig.path}/Server AskProAI`
  return {
    nas: join(rig.files, 'Server AskProAI'),
    settings: [
      {
        path: [...backup, 'destinations', 'nas'],
        value: { kind: 'sftp', address, port, path, hostKey, identityFile },
      },
    ],
    about: {
      en: 'sshd that gives SFTP in a chroot and nothing else',
      de: 'sshd, der SFTP im Chroot gibt und sonst nichts',
    },
  }
}

async function mariadbPlace(undo: AsyncDisposableStack): Promise<Rows | undefined> {
  if (!['mariadbd', 'mariadb', 'mariadb-dump', 'mariadb-install-db'].every(isInstalled)) return undefined
  const [production, drill] = await Promise.all([server(undo), server(undo)])
  const name = 'askproai_db'
  const access = ({ port }: Mariadb) => ({ port, user: 'askpro', password: '${DEMO_PASSWORD}' })
  await production.sql(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`)
  for (const one of [production, drill])
    await one.sql(`CREATE USER askpro@'%' IDENTIFIED BY '${secret}'; GRANT ALL ON *.* TO askpro@'%'`)
  const node = `'${process.execPath.replaceAll("'", `'\\''`)}'`
  const main = {
    kind: 'mariadb',
    database: name,
    ...access(production),
    migrate: { command: `${node} src/migrate.ts`, pending: `${node} src/migrate.ts --pending` },
  }
  return {
    settings: [
      { path: ['environments', 'local', 'override', 'databases'], value: { main } },
      { path: ['secrets'], value: { DEMO_PASSWORD: { command: `echo ${secret}` } } },
      {
        path: [...backup, 'drill', 'servers'],
        value: { main: access(drill) },
      },
    ],
    env: `ASKPRO_DATABASE_URL=mysql://askpro:${secret}@127.0.0.1:${production.port}/${name}\n`,
    sql: statement => production.sql(statement, name),
    target: name,
    about: { en: 'MariaDB, a second one for drills', de: 'MariaDB, eine zweite zum Üben' },
  }
}

function server(undo: AsyncDisposableStack): Promise<Mariadb> {
  return startMariadb().then(rig => undo.use(rig))
}

async function sqlitePlace({ root }: Options): Promise<Rows> {
  const { DatabaseSync } = await import('node:sqlite')
  return {
    settings: [],
    env: '',
    sql: async statement => {
      const database = new DatabaseSync(join(root, 'shared/storage/database.sqlite'), { timeout: 5_000 })
      try {
        const rows = database.prepare(statement).all()
        return rows.map(row => Object.values(row).join('\t')).join('\n')
      } finally {
        database.close()
      }
    },
    target: 'database.sqlite',
    about: { en: 'SQLite', de: 'SQLite' },
  }
}

export function isInstalled(program: string): boolean {
  const places = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin']
  return places.some(place => existsSync(join(place, program)))
}
