// Where the value of a secret comes from. The value itself never enters the config: `${NAME}` stays a reference.
import { z } from 'zod'
import { command, variableName } from './scalar.ts'
import { about } from './words.ts'

export const secretSource = z
  .union([
    z
      .strictObject({
        env: variableName.meta(
          about(
            'Environment variable that holds it',
            'Umgebungsvariable, die es enthält',
            'DATABASE_PASSWORD',
          ),
        ),
      })
      .meta(about('From an environment variable', 'Aus einer Umgebungsvariablen')),
    z
      .strictObject({
        file: z
          .string()
          .min(1)
          .meta(
            about(
              'File with the value and nothing else, readable by its owner only (chmod 600)',
              'Datei mit dem Wert und sonst nichts, nur für den Eigentümer lesbar (chmod 600)',
              'secrets/database-password',
            ),
          ),
      })
      .meta(about('From a file', 'Aus einer Datei')),
    z
      .strictObject({
        command: command.meta(
          about(
            'Command, run here, that prints the value',
            'Befehl, der hier läuft und den Wert ausgibt',
            'pass show app/database',
          ),
        ),
      })
      .meta(
        about('From a command, such as a password manager', 'Aus einem Befehl, etwa einem Passwortverwalter'),
      ),
  ])
  .meta(about('Where one secret comes from', 'Woher ein Geheimnis kommt'))
export type SecretSource = z.infer<typeof secretSource>
