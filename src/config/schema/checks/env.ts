// Variables of the app. Their values are never shown.
import { z } from 'zod'
import { matcher } from '../matcher.ts'
import { absolutePath, name, relativePath, variableName } from '../scalar.ts'
import { about, says } from '../words.ts'
import { common } from './common.ts'

export const envCheck = z
  .strictObject({
    kind: z
      .literal('env')
      .meta(
        about('Looks at variables; no value is ever shown', 'Sieht Variablen an; kein Wert wird je gezeigt'),
      ),
    file: z
      .union([relativePath, absolutePath])
      .optional()
      .meta(
        about(
          'File of lines NAME=value on the host, below the root of the app or absolute',
          'Datei mit Zeilen NAME=Wert auf dem Host, unterhalb des Verzeichnisses der App oder absolut',
          'shared/.env',
        ),
      ),
    service: name
      .optional()
      .meta(
        about(
          'Service whose variables of this document join those of the file and win over them',
          'Dienst, dessen Variablen aus diesem Dokument zu denen der Datei kommen und vorgehen',
          'api',
        ),
      ),
    require: z
      .array(variableName)
      .default([])
      .meta(
        about('Must be set, to anything but nothing', 'Müssen gesetzt sein, und nicht leer', [
          'DATABASE_URL',
        ]),
      ),
    match: z
      .record(variableName, matcher)
      .default({})
      .meta(
        about('Variable -> matcher', 'Variable -> Bedingung', {
          APP_ENV: 'production',
          GPU_MEMORY_LIMIT_GB: { max: 13.6 },
        }),
      ),
    forbid: z
      .array(variableName)
      .default([])
      .meta(about('Must not be set at all', 'Dürfen gar nicht gesetzt sein', ['ALLOW_DEV_HEADERS'])),
    placeholders: z
      .enum(['refused', 'allowed'])
      .default('refused')
      .meta(
        about(
          'refused: a value such as CHANGEME, TODO, TBD or <...> is undecided, in any variable',
          'refused: ein Wert wie CHANGEME, TODO, TBD oder <...> ist nicht entschieden, gleich in welcher Variablen',
        ),
      ),
    ...common,
  })
  .refine(
    check => check.file !== undefined || check.service !== undefined,
    says('needs file or service', 'braucht file oder service'),
  )
  .refine(
    check =>
      check.require.length + check.forbid.length + Object.keys(check.match).length > 0 ||
      check.placeholders === 'refused',
    says(
      'needs require, match or forbid: it would prove nothing',
      'braucht require, match oder forbid: sonst bewiese sie nichts',
    ),
  )
  .meta(about('Variables of the app', 'Variablen der App'))
