// Commands of an app that people run by name; those that destroy data are guarded.
import { z } from 'zod'
import { command, durationOr, name, variables } from './scalar.ts'
import { about, says } from './words.ts'

export const operation = z
  .strictObject({
    command: command.meta(
      about(
        'Run in the release that serves, on the first host of the role',
        'Läuft im Release, das dient, auf dem ersten Host der Rolle',
        'node tools/reset-index.js',
      ),
    ),
    about: z
      .string()
      .min(1)
      .optional()
      .meta(about('What it does, in one line', 'Was sie tut, in einer Zeile', 'Rebuild the search index')),
    role: name
      .optional()
      .meta(
        about(
          'Role whose first host runs it; default: the first host',
          'Rolle, auf deren erstem Host sie läuft; sonst der erste Host',
          'web',
        ),
      ),
    destructive: z
      .boolean()
      .default(false)
      .meta(
        about(
          'It destroys data: needs the typed name of its target and a fresh verified backup',
          'Sie zerstört Daten: braucht den getippten Namen ihres Ziels und ein frisches verifiziertes Backup',
        ),
      ),
    target: z
      .string()
      .min(1)
      .optional()
      .meta(
        about(
          'What it destroys. The name of a database or of a store of files: the backup must hold it; any other name is only typed',
          'Was sie zerstört. Name einer Datenbank oder eines Ablageorts: das Backup muss ihn enthalten; ein anderer Name wird nur getippt',
          'main',
        ),
      ),
    maxBackupAge: durationOr('30m').meta(
      about(
        'Age that the newest verified backup may have',
        'Wie alt das neueste verifizierte Backup sein darf',
      ),
    ),
    timeout: durationOr('10m').meta(about('Time for the command', 'Zeit für den Befehl')),
    env: variables.meta(
      about('Variables for the command', 'Variablen für den Befehl', { NODE_ENV: 'production' }),
    ),
  })
  .refine(
    ({ destructive, target }) => !destructive || target !== undefined,
    says('must name its target when it is destructive', 'muss ihr target nennen, wenn sie destructive ist'),
  )
  .meta(about('One command by name', 'Ein Befehl mit Namen'))
export type Operation = z.infer<typeof operation>
