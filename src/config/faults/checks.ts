// C110-C112: what checks ask of databases, services and secrets.
import { text } from '../../core/lang.ts'
import { both, fault } from './fault.ts'

export const checkFaults = {
  poolOfSqlite: (path: string, database: string) =>
    fault(
      'C110',
      text(
        `${path} asks for the connections of ${database}, a SQLite file`,
        `${path} fragt nach den Verbindungen von ${database}, einer SQLite-Datei`,
      ),
      {
        why: text(
          'SQLite has no server and no limit of connections',
          'SQLite hat keinen Server und keine Grenze für Verbindungen',
        ),
        next: [text('Leave pool out', 'pool weglassen')],
      },
    ),
  pendingUnknown: (path: string, database: string) =>
    fault(
      'C111',
      text(
        `${path} asks for pending migrations, but databases.${database} has no migrate.pending`,
        `${path} fragt nach anstehenden Migrationen, aber databases.${database} hat kein migrate.pending`,
      ),
      {
        next: [
          text(
            'Name the command that tells (exit 0: pending, 3: none):',
            'Den Befehl nennen, der es sagt (Ende mit 0: steht an, 3: keine):',
          ),
          both(`databases: { ${database}: { migrate: { pending: node migrate.js --pending } } }`),
        ],
      },
    ),
  databaseNotAsked: (path: string, database: string) =>
    fault(
      'C112',
      text(
        `${path} names ${database}, a database of kind other, which Stellwerk cannot ask`,
        `${path} nennt ${database}, eine Datenbank der Art other, die Stellwerk nicht fragen kann`,
      ),
      { next: [text('Use kind: command', 'kind: command benutzen')] },
    ),
} as const
