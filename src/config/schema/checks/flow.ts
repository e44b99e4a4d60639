// A sequence of requests that passes values on, as a user or a client goes through the app.
import { z } from 'zod'
import { parseJsonPath } from '../../../core/json-path.ts'
import { from } from '../probe.ts'
import { durationOr, name } from '../scalar.ts'
import { about, says } from '../words.ts'
import { common } from './common.ts'
import { expect, hasOneBody, needsOneBody, requestKeys } from './request.ts'

const oneGroup = says(
  'must be a regular expression with exactly one group, such as "code: (\\d+)"',
  'muss ein regulärer Ausdruck mit genau einer Gruppe sein, etwa "code: (\\d+)"',
)

const source = z
  .union([
    z
      .string()
      .refine(
        path => parseJsonPath(path).ok,
        says('must be a JSON path, such as "$.token"', 'muss ein JSON-Pfad sein, etwa "$.token"'),
      ),
    z.strictObject({
      header: z
        .string()
        .min(1)
        .meta(about('Of a header', 'Aus einer Kopfzeile', 'Location')),
    }),
    z.strictObject({
      text: z
        .string()
        .refine(groups => countGroups(groups) === 1, oneGroup)
        .meta(
          about(
            'Of the body: the one group of this regular expression',
            'Aus dem Inhalt: die eine Gruppe dieses regulären Ausdrucks',
            'code: (\\d+)',
          ),
        ),
    }),
  ])
  .meta(
    about(
      'Where a value is taken from: a JSON path, a header, or the body',
      'Woher ein Wert kommt: ein JSON-Pfad, eine Kopfzeile oder der Inhalt',
    ),
  )
export type SaveSource = z.infer<typeof source>

const savedName = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_-]*$/,
    says(
      'must be a name of letters, digits, "_" and "-", not starting with a digit',
      'muss ein Name aus Buchstaben, Ziffern, „_“ und „-“ sein und nicht mit einer Ziffer beginnen',
    ),
  )

const step = z
  .strictObject({
    name: name.meta(
      about('Name of the step; a failure says it', 'Name des Schritts; ein Fehler nennt ihn', 'sign-in'),
    ),
    url: z
      .string()
      .regex(
        /^(\/|https?:\/\/(?![^/]*\{\{)[^/]|\{\{\s*[A-Za-z_][A-Za-z0-9_-]*\s*\}\}$)/,
        says(
          'must be a path such as "/api/documents/{{id}}", an address, or one saved value such as "{{location}}"',
          'muss ein Pfad sein, etwa "/api/documents/{{id}}", eine Adresse oder ein gesicherter Wert, etwa "{{location}}"',
        ),
      )
      .meta(
        about(
          'Address or path; {{name}} stands for a saved value',
          'Adresse oder Pfad; {{name}} steht für einen gesicherten Wert',
          '/api/documents/{{id}}',
        ),
      ),
    ...requestKeys,
    expect,
    save: z
      .record(savedName, source)
      .default({})
      .meta(
        about(
          'Values of the answer for later steps: {{name}}; a value that is not there fails the step',
          'Werte der Antwort für spätere Schritte: {{name}}; fehlt ein Wert, scheitert der Schritt',
          { token: '$.token', place: { header: 'Location' } },
        ),
      ),
    until: z
      .strictObject({
        tries: z
          .int()
          .min(1)
          .max(1000)
          .meta(about('Requests at most', 'Höchstens so viele Anfragen', 60)),
        every: durationOr('1s').meta(about('Pause between them', 'Pause dazwischen')),
      })
      .optional()
      .meta(
        about('Asks again until expect holds', 'Fragt wieder, bis expect erfüllt ist', {
          tries: 60,
          every: '1s',
        }),
      ),
    timeout: durationOr('10s').meta(about('Time for one request', 'Zeit für eine Anfrage')),
  })
  .refine(hasOneBody, needsOneBody)
  .meta(about('One request of a flow', 'Eine Anfrage eines Ablaufs'))
export type FlowStep = z.infer<typeof step>

export const flowCheck = z
  .strictObject({
    kind: z
      .literal('flow')
      .meta(
        about(
          'Sends requests in order, with cookies and saved values; the first bad one ends it',
          'Stellt Anfragen der Reihe nach, mit Cookies und gesicherten Werten; die erste schlechte beendet ihn',
        ),
      ),
    from,
    steps: z.array(step).min(1).meta(about('The requests, in order', 'Die Anfragen, der Reihe nach')),
    ...common,
    timeout: durationOr('60s').meta(about('Time for the whole flow', 'Zeit für den ganzen Ablauf')),
  })
  .superRefine(({ from: start, steps }, context) => {
    for (const [index, { url }] of steps.entries()) {
      if (start === 'host' || !url.startsWith('/')) continue
      const message = says(
        'must be a full address with from: here: a path is asked at the router of each host',
        'muss mit from: here eine ganze Adresse sein: ein Pfad wird am Router jedes Hosts gefragt',
      ).error
      context.addIssue({ code: 'custom', message, path: ['steps', index, 'url'] })
    }
  })
  .meta(about('Requests that build on each other', 'Anfragen, die aufeinander aufbauen'))
export type FlowCheck = z.infer<typeof flowCheck>

/** With an empty alternative it matches anything, and says how many groups there are. */
function countGroups(pattern: string): number {
  try {
    return (new RegExp(`${pattern}|`, 'u').exec('')?.length ?? 0) - 1
  } catch {
    return -1
  }
}
