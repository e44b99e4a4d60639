// A database of the app: whether it answers, what it answers, and how it fares.
import { z } from 'zod'
import { matcher } from '../matcher.ts'
import { duration, name } from '../scalar.ts'
import { about } from '../words.ts'
import { common } from './common.ts'

export const databaseCheck = z
  .strictObject({
    kind: z
      .literal('database')
      .meta(
        about(
          'Asks a database of the app, on the host that has its tools',
          'Fragt eine Datenbank der App, auf dem Host mit ihren Werkzeugen',
        ),
      ),
    database: name.meta(about('Name under databases:', 'Name unter databases:', 'main')),
    query: z
      .string()
      .min(1)
      .default('SELECT 1')
      .meta(
        about(
          'Query with a single value, in a session that only reads',
          'Abfrage mit einem einzigen Wert, in einer Sitzung, die nur liest',
          'SELECT count(*) FROM users',
        ),
      ),
    expect: z
      .strictObject({
        value: matcher.optional().meta(about('Matcher for the value', 'Bedingung für den Wert', { min: 1 })),
        pool: z
          .number()
          .min(1)
          .max(100)
          .optional()
          .meta(
            about(
              'Greatest share of the allowed connections in use, in percent',
              'Größter belegter Anteil der erlaubten Verbindungen in Prozent',
              90,
            ),
          ),
        pending: z
          .literal('none')
          .optional()
          .meta(
            about(
              'No migration is pending, as migrate.pending says from the release that serves',
              'Keine Migration steht an, wie migrate.pending es aus dem laufenden Release sagt',
              'none',
            ),
          ),
        integrity: z
          .literal('ok')
          .optional()
          .meta(
            about(
              'SQLite: PRAGMA integrity_check; PostgreSQL: every B-tree by the extension amcheck; MySQL: unknown',
              'SQLite: PRAGMA integrity_check; PostgreSQL: jeder B-Baum durch die Erweiterung amcheck; MySQL: unbekannt',
              'ok',
            ),
          ),
        maxTime: duration
          .optional()
          .meta(
            about('Longest time to sign in and to answer', 'Längste Zeit für Anmeldung und Antwort', '1s'),
          ),
      })
      .prefault({})
      .meta(about('What must be true of it', 'Was für sie gelten muss')),
    ...common,
  })
  .meta(about('A database of the app', 'Eine Datenbank der App'))
