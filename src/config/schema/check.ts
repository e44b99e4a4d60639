// One check definition, five uses: gate, health, smoke, canary criterion, monitor.
import { z } from 'zod'
import { matcher } from './matcher.ts'
import { from, isReachable, jsonPath, needsAddress, url } from './probe.ts'
import { bytes, command, duration, durationOr, name, port } from './scalar.ts'
import { about, says } from './words.ts'

export type { Matcher } from './matcher.ts'

const common = {
  timeout: durationOr('10s').meta(about('Time for one attempt', 'Zeit für einen Versuch')),
  retries: z
    .int()
    .min(0)
    .max(100)
    .default(0)
    .meta(about('Further attempts after the first', 'Weitere Versuche nach dem ersten')),
  every: durationOr('1s').meta(about('Pause between attempts', 'Pause zwischen Versuchen')),
  level: z
    .enum(['error', 'warn'])
    .default('error')
    .meta(about('warn: reported, but does not block', 'warn: wird berichtet, hält aber nicht auf')),
  roles: z
    .array(name)
    .optional()
    .meta(about('Hosts it concerns; default: all', 'Hosts, die sie betrifft; sonst alle', ['web'])),
}
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

export const tcpCheck = z
  .strictObject({
    kind: z.literal('tcp').meta(about('Opens a connection', 'Öffnet eine Verbindung')),
    host: z
      .string()
      .min(1)
      .default('127.0.0.1')
      .meta(about('As seen from where the check starts', 'Von dort gesehen, wo die Prüfung beginnt')),
    port: port.meta(
      about('Port that must accept a connection', 'Port, der eine Verbindung annehmen muss', 5432),
    ),
    from,
    ...common,
  })
  .meta(about('A TCP connection', 'Eine TCP-Verbindung'))

export const commandCheck = z
  .strictObject({
    kind: z
      .literal('command')
      .meta(about('Runs a command and looks at its end', 'Führt einen Befehl aus und sieht sein Ende an')),
    command: command.meta(about('What is run', 'Was ausgeführt wird', 'test -r .env')),
    on: z
      .enum(['here', 'host'])
      .default('host')
      .meta(about('On each host or on this machine', 'Auf jedem Host oder auf dieser Maschine')),
    cwd: z
      .string()
      .min(1)
      .optional()
      .meta(
        about(
          'Default: the release on a host, the directory of stellwerk.yaml here',
          'Sonst: auf einem Host das Release, hier das Verzeichnis von stellwerk.yaml',
          '/srv/app',
        ),
      ),
    expect: z
      .strictObject({
        exit: z.int().default(0).meta(about('Exit code', 'Endecode')),
        output: matcher.optional().meta(
          about('Matcher for its standard output', 'Bedingung für seine Standardausgabe', {
            contains: 'ok',
          }),
        ),
      })
      .prefault({})
      .meta(about('How it must end', 'Wie er enden muss')),
    ...common,
  })
  .meta(about('A command', 'Ein Befehl'))

export const diskCheck = z
  .strictObject({
    kind: z
      .literal('disk')
      .meta(about('Looks at the free space of a disk', 'Sieht den freien Platz einer Platte an')),
    path: z
      .string()
      .min(1)
      .optional()
      .meta(
        about(
          'Default: the root of the app on the host',
          'Sonst: das Verzeichnis der App auf dem Host',
          '/var/lib/app',
        ),
      ),
    minFree: bytes.optional().meta(about('Least free space', 'Kleinster freier Platz', '50GB')),
    minFreePercent: z
      .number()
      .min(0)
      .max(100)
      .optional()
      .meta(about('Least free share in percent', 'Kleinster freier Anteil in Prozent', 10)),
    ...common,
  })
  .refine(
    check => check.minFree !== undefined || check.minFreePercent !== undefined,
    says(
      'needs minFree or minFreePercent: a disk check without a limit proves nothing',
      'braucht minFree oder minFreePercent: eine Plattenprüfung ohne Grenze beweist nichts',
    ),
  )
  .meta(about('Free disk space', 'Freier Plattenplatz'))

export const check = z
  .discriminatedUnion('kind', [httpCheck, tcpCheck, commandCheck, diskCheck])
  .meta(about('One thing that must be true', 'Eine Sache, die wahr sein muss'))
export type Check = z.infer<typeof check>
export type HttpCheck = z.infer<typeof httpCheck>
export type TcpCheck = z.infer<typeof tcpCheck>
export type CommandCheck = z.infer<typeof commandCheck>
export type DiskCheck = z.infer<typeof diskCheck>
