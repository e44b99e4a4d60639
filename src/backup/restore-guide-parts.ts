// The commands for each kind of part, once its file is unpacked.
import { quote } from '../core/shell.ts'
import type { Part } from './set.ts'

export interface PartCommands {
  readonly title: string
  readonly before: string
  readonly commands: readonly string[]
  readonly after: string
}

export function partCommands(part: Part): PartCommands {
  if (part.kind === 'files') return files(part)
  if (part.kind === 'sqlite') return sqlite(part)
  return part.kind === 'mysql' ? mysql(part) : postgres(part)
}

type Of<K> = Extract<Part, { kind: K }>

function files({ store, file, facts, sums }: Of<'files'>): PartCommands {
  const directory = quote(`restored-${store}`)
  const { moved = 0 } = facts
  // sha256sum takes an empty list for an error.
  const check =
    sums && facts.files > 0
      ? [`(cd ${directory} && sha256sum --quiet -c ../${quote(plainName(sums.file))})`]
      : []
  return {
    title: `Files: ${store}`,
    before: `Run it as root to get owners back.${
      check.length > 0 ? ' `sha256sum` must print nothing.' : ''
    }${moved > 0 ? ` ${moved} more files changed while they were saved: nothing is known of their content.` : ` The last line must print ${facts.files}.`}`,
    commands: [
      `mkdir ${directory}`,
      `tar -x -p -f ${quote(plainName(file))} -C ${directory}`,
      ...check,
      ...(moved > 0 ? [] : [`find ${directory} -type f | wc -l`]),
    ],
    after: `What was below the root of the app, or below /, lies below \`restored-${store}\` now. GNU tar also brings back access lists and extended attributes: add \`--acls --xattrs\`.`,
  }
}

function sqlite({ store, file }: Of<Part['kind']>): PartCommands {
  const plain = quote(plainName(file))
  return {
    title: `SQLite: ${store}`,
    before: 'The last line must print `ok`.',
    commands: [`sqlite3 ${plain} 'PRAGMA integrity_check'`],
    after:
      'It takes the place of the live file while the app is stopped. Files of the old one that end in `-wal`, `-shm` or `-journal` must not stay beside it: SQLite would mix them in.',
  }
}

function postgres({ store, file, format, facts }: Of<'postgres' | 'mysql' | 'sqlite'>): PartCommands {
  const [plain, database] = [quote(plainName(file)), restoredName(store)]
  const load =
    format === 'custom'
      ? [`pg_restore --exit-on-error -d ${database} ${plain}`]
      : [
          `grep -- '-- PostgreSQL database dump complete' ${plain}`,
          `psql -X -q -v ON_ERROR_STOP=1 -1 -d ${database} -f ${plain}`,
        ]
  return {
    title: `PostgreSQL: ${store}`,
    before: `Made with version ${facts.tool} of a server of version ${facts.server}; use tools that are as new. Set PGHOST, PGPORT and PGUSER as your server needs them; the user must be allowed to create databases.`,
    commands: [`createdb --template=template0 ${database}`, ...load],
    after:
      'Where the roles of the old server do not exist, create them first, or add `--no-owner --no-acl` to `pg_restore`. Compare the rows, then rename the live database and this one: `ALTER DATABASE … RENAME TO …`.',
  }
}

function mysql({ store, file, facts }: Of<'postgres' | 'mysql' | 'sqlite'>): PartCommands {
  const [plain, database] = [quote(plainName(file)), restoredName(store)]
  return {
    title: `MySQL or MariaDB: ${store}`,
    before: `Made with ${facts.tool} of a server of version ${facts.server}; use a client that is as new. Put host, user and password into \`~/.my.cnf\`. The first line of output must be \`-- Dump completed\`: a dump without it was cut. With MySQL the program is called \`mysql\`.`,
    commands: [
      `tail -n 1 ${plain} | grep -- '-- Dump completed'`,
      `mariadb -e ${quote(`CREATE DATABASE ${database}`)}`,
      `mariadb ${database} <${plain}`,
    ],
    after:
      'Compare the rows, then let the app use this database, or move its tables into the place of the live ones: `RENAME TABLE …`.',
  }
}

/** A name that no server asks to quote. */
function restoredName(store: string): string {
  return `${store.replaceAll('-', '_')}_restored`
}

/** The name of a part without the endings of its packing. */
export function plainName(file: string): string {
  return file.replace(/\.age$/, '').replace(/\.(zst|gz)$/, '')
}
