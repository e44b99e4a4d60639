// What the kinds of service have in common.
import { z } from 'zod'
import { durationOr, name, port, variables } from '../scalar.ts'
import { about, says } from '../words.ts'
import { drain } from './drain.ts'

/** What makes a service ready: an HTTP path or an open port on it. */
export const ready = z
  .strictObject({
    path: z
      .string()
      .startsWith('/', says('must be a path that starts with "/"', 'muss ein Pfad sein, der mit "/" beginnt'))
      .optional()
      .meta(
        about(
          'HTTP path that must answer 200 on the service port',
          'HTTP-Pfad, der auf dem Port des Dienstes 200 antworten muss',
          '/ready',
        ),
      ),
    timeout: durationOr('30s').meta(about('Time until it must be ready', 'Zeit, bis er bereit sein muss')),
  })
  .prefault({})
  .meta(
    about(
      'What makes the service ready: an HTTP path, else its open port',
      'Was den Dienst bereit macht: ein HTTP-Pfad, sonst sein offener Port',
    ),
  )

export const stopTimeout = durationOr('20s').meta(about('Then KILL', 'Danach KILL'))

export const common = {
  roles: z
    .array(name)
    .optional()
    .meta(about('Hosts that run it; default: all', 'Hosts, auf denen er läuft; sonst alle', ['web'])),
  after: z
    .array(name)
    .default([])
    .meta(
      about(
        'Services that must be ready before; stop order is the reverse',
        'Dienste, die vorher bereit sein müssen; angehalten wird umgekehrt',
        ['api'],
      ),
    ),
  drain: drain.optional(),
  env: variables.meta(
    about(
      'Values may hold ${VAR}; secrets belong into a file in shared/',
      'Werte dürfen ${VAR} enthalten; Geheimnisse gehören in eine Datei in shared/',
      { NODE_ENV: 'production' },
    ),
  ),
}

/** At most one. */
export const onePort = z
  .array(port)
  .max(1)
  .default([])
  .meta(about('The port it listens on, if any', 'Der Port, auf dem er lauscht, falls er einen hat', [8080]))
