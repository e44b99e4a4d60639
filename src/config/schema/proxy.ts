// The web server before the app, as far as Stellwerk writes its configuration: stellwerk proxy-config.
import { z } from 'zod'
import { bytes, durationOr, name, plainPath, port, relativePath } from './scalar.ts'
import { about, says } from './words.ts'

const hostName = z
  .string()
  .regex(
    /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/,
    says('must be a host name, such as app.example.org', 'muss ein Hostname sein, etwa app.example.org'),
  )
  .meta({ title: 'host name' })

const headerName = z
  .string()
  .regex(
    /^[A-Za-z][A-Za-z0-9-]{0,63}$/,
    says('must be the name of a header', 'muss der Name einer Kopfzeile sein'),
  )

const urlPrefix = z
  .string()
  .regex(/^(\/[\w.~-]+)+$/, says('must be a path, such as /api', 'muss ein Pfad sein, etwa /api'))
  .meta({ title: 'path' })

const staticFiles = z
  .strictObject({
    path: relativePath
      .regex(
        /^[\w./@+-]+$/,
        says('must hold no spaces or quotes', 'darf keine Leerzeichen oder Anführungszeichen enthalten'),
      )
      .meta(
        about(
          'Directory of the release with the built files',
          'Verzeichnis des Releases mit den gebauten Dateien',
          'web/dist',
        ),
      ),
    fallback: z
      .string()
      .regex(/^[\w.-]+$/, says('must be a file name', 'muss ein Dateiname sein'))
      .default('index.html')
      .meta(
        about('Answers every address that is no file', 'Antwortet auf jede Adresse, die keine Datei ist'),
      ),
    hashed: urlPrefix
      .default('/assets')
      .meta(
        about(
          'Below it names change with the content: kept for a year, and never answered by the fallback',
          'Darunter wechseln Namen mit dem Inhalt: ein Jahr lang behalten, und nie vom fallback beantwortet',
        ),
      ),
  })
  .meta(
    about(
      'Files of the release that the web server serves itself',
      'Dateien des Releases, die der Webserver selbst ausliefert',
    ),
  )

const api = z
  .strictObject({
    prefix: urlPrefix.default('/api').meta(about('Path that goes to the app', 'Pfad, der zur App geht')),
    strip: z
      .boolean()
      .default(false)
      .meta(about('The app sees the path without the prefix', 'Die App sieht den Pfad ohne das Präfix')),
    service: name
      .optional()
      .meta(
        about(
          'Service that answers; default: that of the router',
          'Dienst, der antwortet; sonst der des Routers',
          'api',
        ),
      ),
  })
  .meta(about('What goes to the app', 'Was zur App geht'))

export const proxy = z
  .strictObject({
    names: z
      .array(hostName)
      .min(1)
      .meta(about('Host names of the site', 'Hostnamen der Seite', ['app.example.org'])),
    tls: z
      .union([
        z.enum(['automatic', 'off']),
        z.strictObject({
          certificate: plainPath.meta(
            about(
              'File with the certificate and its chain',
              'Datei mit Zertifikat und Kette',
              '/etc/ssl/certs/app.crt',
            ),
          ),
          key: plainPath.meta(
            about('File with its key', 'Datei mit dem Schlüssel', '/etc/ssl/private/app.key'),
          ),
        }),
      ])
      .default('automatic')
      .meta(
        about(
          'automatic: Caddy gets and renews it, nginx cannot. off: somebody in front does it',
          'automatic: Caddy holt und erneuert es, nginx kann das nicht. off: Jemand davor macht es',
          { certificate: '/etc/ssl/certs/app.crt', key: '/etc/ssl/private/app.key' },
        ),
      ),
    http: port.default(80).meta(about('Port of plain HTTP', 'Port für unverschlüsseltes HTTP')),
    https: port.default(443).meta(about('Port of HTTPS', 'Port für HTTPS')),
    static: staticFiles.optional(),
    api: api.optional(),
    refuseHeaders: z
      .array(headerName)
      .default([])
      .meta(
        about(
          'Headers of visitors that the app never sees',
          'Kopfzeilen von Besuchern, die die App nie sieht',
          ['X-LTC-ROLE'],
        ),
      ),
    maxBody: bytes
      .prefault('20MB')
      .meta(about('Largest request; beyond it 413', 'Größte Anfrage; darüber 413')),
    timeout: durationOr('60s').meta(
      about(
        'Silence of the app that ends a request or a stream',
        'Stille der App, die eine Anfrage oder einen Strom beendet',
      ),
    ),
    log: plainPath
      .optional()
      .meta(
        about(
          'File of the access log; default: /var/log/<server>/<app>.access.log',
          'Datei des Zugriffslogs; sonst /var/log/<server>/<app>.access.log',
          '/var/log/nginx/app.access.log',
        ),
      ),
  })
  .refine(
    section => section.static !== undefined || section.api !== undefined,
    says('needs static or api', 'braucht static oder api'),
  )
  .meta(
    about(
      'The web server before the app: stellwerk proxy-config writes its configuration',
      'Der Webserver vor der App: stellwerk proxy-config schreibt seine Konfiguration',
    ),
  )
export type ProxySection = z.infer<typeof proxy>
