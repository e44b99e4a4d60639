// A request, and what its answer must be.
import { z } from 'zod'
import { matcher } from '../matcher.ts'
import { from, isReachable, jsonPath, needsAddress, url } from '../probe.ts'
import { duration } from '../scalar.ts'
import { about } from '../words.ts'
import { common } from './common.ts'

export const httpCheck = z
  .strictObject({
    kind: z
      .literal('http')
      .meta(about('Sends a request and looks at the answer', 'Stellt eine Anfrage und sieht die Antwort an')),
    url: url.meta(
      about(
        'Address, or a path such as /api/health for the router of each host',
        'Adresse, oder ein Pfad wie /api/health für den Router jedes Hosts',
        '/api/health',
        'https://www.example.org/',
      ),
    ),
    from,
    method: z
      .enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])
      .default('GET')
      .meta(about('Request method', 'Methode der Anfrage')),
    headers: z
      .record(z.string(), z.string())
      .default({})
      .meta(about('Request headers', 'Kopfzeilen der Anfrage', { Authorization: 'Bearer ${TOKEN}' })),
    body: z
      .string()
      .optional()
      .meta(about('Request body', 'Inhalt der Anfrage', '{"ping":true}')),
    redirects: z
      .int()
      .min(0)
      .max(10)
      .default(0)
      .meta(
        about(
          'Redirects to follow; a 302 is an answer, not health',
          'Umleitungen, denen gefolgt wird; ein 302 ist eine Antwort, keine Gesundheit',
        ),
      ),
    expect: z
      .strictObject({
        status: z
          .union([z.int(), z.array(z.int()).min(1)])
          .default(200)
          .meta(about('Status code, or a list of them', 'Statuscode oder eine Liste davon', [200, 204])),
        contentType: z
          .string()
          .optional()
          .meta(
            about(
              'Start of the content type; a SPA answers HTML for any path',
              'Anfang des Inhaltstyps; eine SPA antwortet auf jeden Pfad mit HTML',
              'application/json',
            ),
          ),
        headers: z
          .record(z.string(), matcher)
          .default({})
          .meta(
            about('Header -> matcher', 'Kopfzeile -> Bedingung', {
              'cache-control': { contains: 'no-store' },
            }),
          ),
        json: z
          .record(jsonPath, matcher)
          .optional()
          .meta(
            about(
              'JSON path -> matcher; implies a JSON content type',
              'JSON-Pfad -> Bedingung; setzt einen JSON-Inhaltstyp voraus',
              {
                '$.status': 'healthy',
                '$.checks.database.ok': true,
              },
            ),
          ),
        text: matcher
          .optional()
          .meta(
            about('Matcher for the whole body', 'Bedingung für den ganzen Inhalt', { contains: 'Welcome' }),
          ),
        minBytes: z
          .int()
          .min(0)
          .optional()
          .meta(about('Least size of the body in bytes', 'Kleinste Größe des Inhalts in Bytes', 500)),
        maxTime: duration
          .optional()
          .meta(about('Longest time for the answer', 'Längste Zeit für die Antwort', '2s')),
        lastLine: matcher
          .optional()
          .meta(
            about(
              'Last line of a stream; a truncated stream lacks it',
              'Letzte Zeile eines Stroms; einem abgerissenen fehlt sie',
              'data: [DONE]',
            ),
          ),
      })
      .prefault({})
      .meta(about('What the answer must be', 'Was die Antwort sein muss')),
    ...common,
  })
  .refine(isReachable, needsAddress)
  .meta(about('An HTTP request', 'Eine HTTP-Anfrage'))

export type HttpCheck = z.infer<typeof httpCheck>
