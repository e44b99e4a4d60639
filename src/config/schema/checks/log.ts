// Lines of a log that must not be there, or must.
import { z } from 'zod'
import { absolutePath, duration, name, regularExpression, relativePath } from '../scalar.ts'
import { about, says } from '../words.ts'
import { common } from './common.ts'

export const logCheck = z
  .strictObject({
    kind: z.literal('log').meta(about('Reads a log', 'Liest ein Log')),
    service: name
      .optional()
      .meta(about('Service whose log is read', 'Dienst, dessen Log gelesen wird', 'api')),
    file: z
      .union([relativePath, absolutePath])
      .optional()
      .meta(
        about(
          'Log file on the host, below the root of the app or absolute',
          'Logdatei auf dem Host, unterhalb des Verzeichnisses der App oder absolut',
          '/var/log/app.log',
        ),
      ),
    since: z
      .union([z.enum(['switch', 'all']), duration])
      .default('switch')
      .meta(
        about(
          'switch: lines since the release was switched to; a duration: the newest; all: every line. Lines of a file are told apart by the time they begin with',
          'switch: Zeilen seit dem Umschalten auf das Release; eine Dauer: die neuesten; all: jede Zeile. Zeilen einer Datei werden an der Zeit unterschieden, mit der sie beginnen',
          '10m',
        ),
      ),
    forbid: regularExpression
      .optional()
      .meta(
        about(
          'Regular expression for lines that must not occur',
          'Regulärer Ausdruck für Zeilen, die nicht vorkommen dürfen',
          'ERROR|CRITICAL',
        ),
      ),
    ignore: z
      .array(regularExpression)
      .default([])
      .meta(
        about(
          'Regular expressions for forbidden lines that are known and harmless',
          'Reguläre Ausdrücke für verbotene Zeilen, die bekannt und harmlos sind',
          ['favicon'],
        ),
      ),
    max: z
      .int()
      .min(0)
      .default(0)
      .meta(about('How many forbidden lines are allowed', 'Wie viele verbotene Zeilen erlaubt sind')),
    minLines: z
      .int()
      .min(0)
      .default(0)
      .meta(about('Least number of lines', 'Kleinste Zahl der Zeilen', 1)),
    ...common,
  })
  .refine(
    check => (check.service === undefined) !== (check.file === undefined),
    says('needs either service or file', 'braucht entweder service oder file'),
  )
  .refine(
    check => check.forbid !== undefined || check.minLines > 0,
    says(
      'needs forbid or minLines: it would prove nothing',
      'braucht forbid oder minLines: sonst bewiese sie nichts',
    ),
  )
  .meta(about('Lines of a log', 'Zeilen eines Logs'))
