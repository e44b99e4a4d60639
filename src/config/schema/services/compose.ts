// A service of a compose file, run by docker or podman.
import { z } from 'zod'
import { absolutePath, durationOr, relativePath } from '../scalar.ts'
import { about, says } from '../words.ts'
import { common, onePort, ready, stopTimeout } from './common.ts'

const inFile = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
    says(
      'must be a name as compose files have them, such as "worker"',
      'muss ein Name sein, wie ihn Compose-Dateien haben, etwa "worker"',
    ),
  )

const reference = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._:/-]*(@sha256:[0-9a-f]{64})?$/,
    says(
      'must be the reference of an image, such as "registry.example.org/app@sha256:..."',
      'muss die Referenz eines Images sein, etwa "registry.example.org/app@sha256:..."',
    ),
  )

export const composeService = z
  .strictObject({
    kind: z
      .literal('compose')
      .meta(
        about(
          'A service of a compose file: docker or podman',
          'Ein Dienst einer Compose-Datei: docker oder podman',
        ),
      ),
    file: z
      .union([relativePath, absolutePath])
      .default('compose.yaml')
      .meta(about('Below the release, or absolute', 'Im Release, oder absolut', 'compose.yaml')),
    service: inFile
      .optional()
      .meta(
        about(
          'Its name in that file; default: the key',
          'Sein Name in der Datei; sonst der Schlüssel',
          'worker',
        ),
      ),
    project: z
      .string()
      .regex(
        /^[a-z0-9][a-z0-9_-]*$/,
        says('must hold only a-z, 0-9, "_" and "-"', 'darf nur a-z, 0-9, "_" und "-" enthalten'),
      )
      .optional()
      .meta(
        about(
          'Name of the project; default: <app>-<environment>',
          'Name des Projekts; sonst <App>-<Umgebung>',
          'shop-production',
        ),
      ),
    engine: z
      .enum(['docker', 'podman'])
      .optional()
      .meta(
        about(
          'Default: what answers on the host, docker first',
          'Sonst, was auf dem Host antwortet, docker zuerst',
        ),
      ),
    images: z
      .union([z.record(inFile, reference), relativePath])
      .optional()
      .meta(
        about(
          'Image of each service, best by digest; or a file of the release with "name reference" lines. Default: what the compose file names',
          'Image jedes Dienstes, am besten mit Digest; oder eine Datei des Releases mit Zeilen „Name Referenz“. Sonst, was die Compose-Datei nennt',
          { api: `registry.example.org/api@sha256:${'0'.repeat(64)}` },
        ),
      ),
    sudo: z
      .boolean()
      .default(false)
      .meta(about('Call the engine through sudo -n', 'Die Engine über sudo -n aufrufen')),
    ports: onePort,
    ready: ready
      .unwrap()
      .extend({
        health: z
          .boolean()
          .default(false)
          .meta(
            about(
              'It must have a health check of its own; one that is there must always pass',
              'Der Container muss eine eigene Gesundheitsprüfung haben; ist eine da, muss sie immer bestehen',
            ),
          ),
      })
      .prefault({})
      .meta(
        about(
          'What makes it ready: its health check, its open port, an HTTP path; else that it runs',
          'Was ihn bereit macht: seine Gesundheitsprüfung, sein offener Port, ein HTTP-Pfad; sonst, dass er läuft',
        ),
      ),
    stop: z
      .strictObject({ timeout: stopTimeout })
      .prefault({})
      .meta(about('How it is ended', 'Wie er beendet wird')),
    timeout: durationOr('10m').meta(
      about(
        'Time to fetch an image, and to create the container',
        'Zeit, um ein Image zu holen und den Container zu erzeugen',
      ),
    ),
    ...common,
  })
  .meta(about('A service of a compose file', 'Ein Dienst einer Compose-Datei'))
export type ComposeService = z.infer<typeof composeService>
