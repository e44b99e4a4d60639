// How strong a secret is, who may read it, how old it is, and whether it lies where everybody sees it.
import { z } from 'zod'
import { absolutePath, day, duration, relativePath, variableName } from '../scalar.ts'
import { about, says } from '../words.ts'
import { common } from './common.ts'

export const secretCheck = z
  .strictObject({
    kind: z
      .literal('secret')
      .meta(
        about(
          'Looks at a secret; its value is never shown',
          'Sieht ein Geheimnis an; sein Wert wird nie gezeigt',
        ),
      ),
    secret: variableName
      .optional()
      .meta(about('Name under secrets:', 'Name unter secrets:', 'APP_SECRET_KEY')),
    file: z
      .union([relativePath, absolutePath])
      .optional()
      .meta(
        about(
          'File on the host that holds it, below the root of the app or absolute',
          'Datei auf dem Host, die es enthält, unterhalb des Verzeichnisses der App oder absolut',
          'shared/.env',
        ),
      ),
    variable: variableName
      .optional()
      .meta(
        about(
          'Variable of that file; without it the whole file is the secret',
          'Variable dieser Datei; ohne sie ist die ganze Datei das Geheimnis',
          'SECRET_KEY',
        ),
      ),
    minLength: z
      .int()
      .min(1)
      .optional()
      .meta(about('Least number of characters', 'Kleinste Zahl der Zeichen', 32)),
    minEntropy: z
      .number()
      .positive()
      .optional()
      .meta(
        about(
          'Least strength in bits; words, repetitions and sequences count for little',
          'Kleinste Stärke in Bit; Wörter, Wiederholungen und Folgen zählen wenig',
          128,
        ),
      ),
    ownerOnly: z
      .boolean()
      .default(true)
      .meta(
        about(
          'Whether only the owner may read the file it lies in',
          'Ob nur der Eigentümer die Datei lesen darf, in der es liegt',
        ),
      ),
    maxAge: duration
      .optional()
      .meta(
        about(
          'When it is due to be replaced, counted from rotated, else from the last change of its file',
          'Wann es fällig ist, ersetzt zu werden, gezählt ab rotated, sonst ab der letzten Änderung seiner Datei',
          '90d',
        ),
      ),
    rotated: day
      .optional()
      .meta(about('Day it was last replaced', 'Tag, an dem es zuletzt ersetzt wurde', '2026-01-31')),
    notInRepository: z
      .boolean()
      .default(false)
      .meta(
        about(
          'Whether the files that git tracks around stellwerk.yaml, and what was built, must be free of it and of other secrets',
          'Ob die Dateien, die git rund um stellwerk.yaml führt, und das Gebaute frei von ihm und anderen Geheimnissen sein müssen',
          true,
        ),
      ),
    ignore: z
      .array(relativePath)
      .default([])
      .meta(
        about(
          'Files and directories of the repository that may hold what looks like a secret; its own value is found there too',
          'Dateien und Verzeichnisse des Repositorys, in denen stehen darf, was wie ein Geheimnis aussieht; der eigene Wert wird auch dort gefunden',
          ['test/fixtures'],
        ),
      ),
    ...common,
  })
  .refine(
    check => (check.secret === undefined) !== (check.file === undefined),
    says('needs either secret or file', 'braucht entweder secret oder file'),
  )
  .refine(
    check => check.variable === undefined || check.file !== undefined,
    says('needs a file to read the variable from', 'braucht file, um die Variable zu lesen'),
  )
  .refine(
    check =>
      [check.minLength, check.minEntropy, check.maxAge].some(limit => limit !== undefined) ||
      check.notInRepository,
    says(
      'needs minLength, minEntropy, maxAge or notInRepository: a secret check without a limit proves nothing',
      'braucht minLength, minEntropy, maxAge oder notInRepository: eine Geheimnisprüfung ohne Grenze beweist nichts',
    ),
  )
  .meta(about('The quality of a secret', 'Die Güte eines Geheimnisses'))
