// How the artefact is made: from a clean export of one commit, once, with its tests.
import { z } from 'zod'
import { command, durationOr, relativePath, variables } from './scalar.ts'
import { about } from './words.ts'

export const build = z
  .strictObject({
    commands: z
      .array(command)
      .default([])
      .meta(
        about(
          'Run in a clean export of the commit, in this order',
          'Laufen der Reihe nach in einem sauberen Export des Commits',
          ['npm ci', 'npm run build'],
        ),
      ),
    test: z
      .array(command)
      .default([])
      .meta(
        about(
          'Run after the build; a failure stops before any host is touched',
          'Laufen nach dem Bauen; ein Fehler hält an, bevor ein Host berührt wird',
          ['npm test'],
        ),
      ),
    output: relativePath
      .default('.')
      .meta(
        about(
          'Directory of the export that becomes the release',
          'Verzeichnis des Exports, das zum Release wird',
          'dist',
        ),
      ),
    exclude: z
      .array(relativePath)
      .default([])
      .meta(
        about(
          'Glob patterns below output that stay out of the bundle',
          'Glob-Muster unterhalb von output, die nicht ins Bundle kommen',
          ['**/*.map', 'test/**'],
        ),
      ),
    entries: z
      .array(relativePath)
      .min(1)
      .meta(
        about(
          'Files without which the app cannot start; a bundle without one is refused',
          'Dateien, ohne die die App nicht startet; ein Bundle ohne eine davon wird abgelehnt',
          ['server.js'],
        ),
      ),
    timeout: durationOr('20m').meta(about('Time for the whole build', 'Zeit für das ganze Bauen')),
    env: variables.meta(
      about('Variables for the build commands', 'Variablen für die Befehle des Bauens', {
        NODE_ENV: 'production',
      }),
    ),
    sign: z
      .strictObject({
        key: z
          .string()
          .meta(
            about(
              'Path of a minisign secret key',
              'Pfad eines geheimen minisign-Schlüssels',
              'keys/release.key',
            ),
          ),
      })
      .optional()
      .meta(about('Signs the bundle', 'Signiert das Bundle')),
  })
  .meta(about('How the bundle is made from one commit', 'Wie das Bundle aus einem Commit entsteht'))
export type Build = z.infer<typeof build>
