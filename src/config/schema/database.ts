// Databases. In this version only the migration; dumps and restores build on the same entries.
import { z } from 'zod'
import { command, durationOr, name, variables } from './scalar.ts'
import { about } from './words.ts'

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

export const database = z
  .strictObject({ migrate: migrate.optional() })
  .meta(about('One database of the app', 'Eine Datenbank der App'))
