// What every HTTP request of a check has: what is sent, and what the answer must be.
import { z } from 'zod'
import { matcher } from '../matcher.ts'
import { jsonPath } from '../probe.ts'
import { duration } from '../scalar.ts'
import { about, says } from '../words.ts'

const file = z
  .strictObject({
    file: z
      .string()
      .min(1)
      .meta(
        about(
          'File on this machine; below the directory of stellwerk.yaml unless absolute',
          'Datei auf dieser Maschine; unterhalb des Verzeichnisses von stellwerk.yaml, wenn nicht absolut',
          'deploy/probe.pdf',
        ),
      ),
    type: z
      .string()
      .regex(
        /^[\w.+-]+\/[\w.+-]+$/,
        says(
          'must be a content type, such as "application/pdf"',
          'muss ein Inhaltstyp sein, etwa "application/pdf"',
        ),
      )
      .default('application/octet-stream')
      .meta(about('Its content type', 'Ihr Inhaltstyp', 'application/pdf')),
    name: z
      .string()
      .min(1)
      .optional()
      .meta(
        about(
          'Name it is sent under; default: its own',
          'Name, unter dem sie gesendet wird; sonst ihr eigener',
          'probe.pdf',
        ),
      ),
  })
  .meta(about('A file that is sent', 'Eine Datei, die gesendet wird'))

const form = z
  .record(z.string(), z.union([z.string(), file]))
  .meta(
    about(
      'Form fields, sent as multipart/form-data: a text, or a file of this machine',
      'Formularfelder, gesendet als multipart/form-data: ein Text oder eine Datei dieser Maschine',
      { file: { file: 'deploy/probe.pdf', type: 'application/pdf' }, title: 'Probe' },
    ),
  )
export type Form = z.infer<typeof form>

export const expect = z
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
      .meta(about('Matcher for the whole body', 'Bedingung für den ganzen Inhalt', { contains: 'Welcome' })),
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
  .meta(about('What the answer must be', 'Was die Antwort sein muss'))
/** What is sent, beside the address. */
export const requestKeys = {
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
  form: form.optional(),
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
}

/** For `refine`: a form is the body, and writes its own content type. */
export function hasOneBody(request: {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
  readonly form?: Form | undefined
}): boolean {
  if (request.form === undefined) return true
  const typed = Object.keys(request.headers).some(name => name.toLowerCase() === 'content-type')
  return request.body === undefined && !typed && !['GET', 'HEAD'].includes(request.method)
}
export const needsOneBody = {
  ...says(
    'needs method POST, PUT, PATCH or DELETE, no body and no Content-Type beside it: a form is the body and writes its type',
    'braucht die Methode POST, PUT, PATCH oder DELETE, daneben kein body und kein Content-Type: ein Formular ist der Inhalt und nennt seinen Typ selbst',
  ),
  path: ['form'],
}
