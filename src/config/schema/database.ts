// Databases: how one signs in, what a backup of it must hold, and how it is migrated.
import { z } from 'zod'
import { absolutePath, command, durationOr, name, port, relativePath, variables } from './scalar.ts'
import { about, says } from './words.ts'

const migrate = z
  .strictObject({
    command: command.meta(
      about(
        'Run once, from the new release, on the first host of the role',
        'Läuft einmal, aus dem neuen Release, auf dem ersten Host der Rolle',
        'node migrate.js',
      ),
    ),
    pending: command
      .optional()
      .meta(
        about(
          'Exit 0: migrations are pending; exit 3: none. Others (1 is also how a crash ends): unknown',
          'Ende mit 0: es stehen Migrationen an; mit 3: keine. Sonst (mit 1 endet auch ein Absturz): unbekannt',
          'node migrate.js --pending',
        ),
      ),
    role: name
      .optional()
      .meta(
        about(
          'Role whose first host migrates; default: any host',
          'Rolle, deren erster Host migriert; sonst irgendeiner',
          'web',
        ),
      ),
    timeout: durationOr('10m').meta(about('Time for the migration', 'Zeit für die Migration')),
    undo: z
      .enum(['keep', 'restore'])
      .default('keep')
      .meta(
        about(
          'When the deploy fails after a good migration. keep: the old release runs on the new schema (expand, contract). restore: the backup from before goes back, and rows written since are lost',
          'Wenn der Deploy nach gelungener Migration scheitert. keep: das alte Release läuft auf dem neuen Schema (erweitern, dann verengen). restore: das Backup von vorher kommt zurück, seitdem geschriebene Zeilen sind verloren',
        ),
      ),
    class: z
      .enum(['expand', 'contract', 'destructive'])
      .default('expand')
      .meta(
        about(
          'expand: the old release goes on working. contract: it does not. destructive: data is lost. See maintenance.during',
          'expand: das alte Release läuft weiter. contract: es läuft nicht weiter. destructive: Daten gehen verloren. Siehe maintenance.during',
        ),
      ),
    preview: command
      .optional()
      .meta(
        about(
          'Prints the SQL of the migration, in the new release; kept with the run',
          'Gibt das SQL der Migration aus, im neuen Release; bleibt beim Lauf',
          'npx prisma migrate diff --from-url "$DATABASE_URL" --to-schema-datamodel schema.prisma --script',
        ),
      ),
    env: variables.meta(
      about('Variables for the migration', 'Variablen für die Migration', { NODE_ENV: 'production' }),
    ),
  })
  .meta(
    about(
      'How the schema is brought to the new release',
      'Wie das Schema auf den Stand des neuen Releases kommt',
    ),
  )

const sqlName = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_$-]{0,62}$/,
    says(
      'must be the name of a database or role: letters, digits, "_", "$" and "-" (at most 63)',
      'muss der Name einer Datenbank oder Rolle sein: Buchstaben, Ziffern, "_", "$" und "-" (höchstens 63)',
    ),
  )
  .meta({ title: 'database name' })

/** How a database server is reached, as seen from the host whose tools are used. */
export const serverFields = {
  address: z
    .string()
    .regex(
      /^[A-Za-z0-9_[][A-Za-z0-9_.:\]-]*$/,
      says('must be a host name or an address', 'muss ein Hostname oder eine Adresse sein'),
    )
    .default('127.0.0.1')
    .meta(
      about(
        'Address of the server, seen from the host',
        'Adresse des Servers, vom Host aus gesehen',
        '127.0.0.1',
      ),
    ),
  port: port.optional().meta(about('Port of the server', 'Port des Servers', 5432)),
  socket: absolutePath
    .optional()
    .meta(
      about(
        'Socket instead of address and port (PostgreSQL: its directory; MySQL: the file)',
        'Socket statt Adresse und Port (PostgreSQL: sein Verzeichnis; MySQL: die Datei)',
        '/run/postgresql',
      ),
    ),
  user: sqlName.optional().meta(about('Role that signs in', 'Rolle, mit der man sich anmeldet', 'askpro')),
  password: z
    .string()
    .min(1)
    .optional()
    .meta(
      about(
        'Its password, as a reference to a secret; travels in a file, never in argv',
        'Ihr Passwort, als Verweis auf ein Geheimnis; reist in einer Datei, nie in argv',
        '${DB_PASSWORD}',
      ),
    ),
}

const admin = z
  .strictObject({ user: serverFields.user, password: serverFields.password })
  .optional()
  .meta(
    about(
      'Role that may create and rename databases, for a restore; default: the one above',
      'Rolle, die Datenbanken anlegen und umbenennen darf, für eine Wiederherstellung; sonst die obige',
      { user: 'postgres', password: '${PG_ADMIN_PASSWORD}' },
    ),
  )

const shared = {
  role: name
    .optional()
    .meta(
      about(
        'Role whose first host has its tools and makes its dumps; default: the first host',
        'Rolle, deren erster Host die Werkzeuge hat und die Dumps macht; sonst der erste Host',
        'db',
      ),
    ),
  fingerprint: z
    .enum(['content', 'rows'])
    .default('content')
    .meta(
      about(
        'What is taken of each table in the snapshot of the dump. content: rows and a sum over their content. rows: the count alone, faster',
        'Was im Snapshot des Dumps von jeder Tabelle festgehalten wird. content: Zeilen und eine Summe über ihren Inhalt. rows: nur die Zahl, schneller',
      ),
    ),
  schemaVersion: z
    .string()
    .min(1)
    .optional()
    .meta(
      about(
        'Query whose single value is the version of the schema',
        'Abfrage, deren einziger Wert die Version des Schemas ist',
        'SELECT max(version) FROM migrations',
      ),
    ),
  expect: z
    .strictObject({
      tables: z
        .array(z.string().min(1))
        .default([])
        .meta(about('Tables that must be there', 'Tabellen, die es geben muss', ['users', 'calls'])),
      minRows: z
        .record(z.string().min(1), z.int().min(1))
        .default({})
        .meta(
          about(
            'Rows that each of these tables must have at least',
            'Wie viele Zeilen diese Tabellen mindestens haben müssen',
            { users: 1 },
          ),
        ),
    })
    .prefault({})
    .meta(
      about(
        'What a dump must hold to count as a backup',
        'Was ein Dump enthalten muss, um als Backup zu zählen',
      ),
    ),
  migrate: migrate.optional(),
}

const dump = z
  .strictObject({
    format: z
      .enum(['custom', 'plain'])
      .default('custom')
      .meta(
        about(
          'custom: pg_restore reads it and notices when it is cut. plain: SQL text',
          'custom: pg_restore liest es und bemerkt, wenn es abgeschnitten ist. plain: SQL-Text',
        ),
      ),
  })
  .prefault({})
  .meta(about('How it is dumped', 'Wie es ausgegeben wird'))

export const database = z
  .discriminatedUnion('kind', [
    z
      .strictObject({
        kind: z.literal('postgres').meta(about('PostgreSQL', 'PostgreSQL')),
        database: sqlName.meta(about('Name of the database', 'Name der Datenbank', 'askpro')),
        ...serverFields,
        admin,
        dump,
        ...shared,
      })
      .meta(about('A PostgreSQL database', 'Eine PostgreSQL-Datenbank')),
    z
      .strictObject({
        kind: z.enum(['mysql', 'mariadb']).meta(about('MySQL or MariaDB', 'MySQL oder MariaDB')),
        database: sqlName.meta(about('Name of the database', 'Name der Datenbank', 'askpro')),
        ...serverFields,
        admin,
        ...shared,
      })
      .meta(about('A MySQL or MariaDB database', 'Eine MySQL- oder MariaDB-Datenbank')),
    z
      .strictObject({
        kind: z.literal('sqlite').meta(about('SQLite', 'SQLite')),
        file: z
          .union([relativePath, absolutePath])
          .meta(
            about(
              'The file, below <root>/shared, or absolute',
              'Die Datei, unterhalb von <root>/shared, oder absolut',
              'storage/app.sqlite',
            ),
          ),
        ...shared,
      })
      .meta(about('One SQLite file', 'Eine SQLite-Datei')),
    z
      .strictObject({
        kind: z
          .literal('other')
          .meta(
            about(
              'One that Stellwerk can migrate but not back up',
              'Eine, die Stellwerk migrieren, aber nicht sichern kann',
            ),
          ),
        migrate: migrate.optional(),
      })
      .meta(about('A database that is only migrated', 'Eine Datenbank, die nur migriert wird')),
  ])
  .meta(about('One database of the app', 'Eine Datenbank der App'))
export type Database = z.infer<typeof database>
export type PostgresDatabase = Extract<Database, { kind: 'postgres' }>
export type MysqlDatabase = Extract<Database, { kind: 'mysql' | 'mariadb' }>
export type SqliteDatabase = Extract<Database, { kind: 'sqlite' }>
/** A database that can be dumped. */
export type StoredDatabase = PostgresDatabase | MysqlDatabase | SqliteDatabase
