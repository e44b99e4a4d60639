// Maintenance mode: what visitors see, who passes through, and when a deploy uses it.
import { z } from 'zod'
import { command, durationOr, plainPath, relativePath, variableName } from './scalar.ts'
import { about, says } from './words.ts'

const network = z
  .string()
  .regex(
    /^(\d{1,3}(\.\d{1,3}){3}(\/\d{1,2})?|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*(\/\d{1,3})?)$/,
    says(
      'must be an address or a range, such as 10.0.0.0/8 or 2001:db8::/32',
      'muss eine Adresse oder ein Bereich sein, etwa 10.0.0.0/8 oder 2001:db8::/32',
    ),
  )
  .meta({ title: 'address or range' })

const headerName = z
  .string()
  .regex(
    /^[A-Za-z][A-Za-z0-9-]{0,63}$/,
    says('must be the name of a header', 'muss der Name einer Kopfzeile sein'),
  )

const request = z
  .strictObject({
    url: z
      .string()
      .regex(
        /^(\/|https?:\/\/)[\x21-\x7e]*$/,
        says('must be a path or an http address', 'muss ein Pfad oder eine http-Adresse sein'),
      )
      .meta(
        about(
          'Address, or a path at the app of each host',
          'Adresse, oder ein Pfad an der App jedes Hosts',
          '/api/admin/maintenance',
        ),
      ),
    method: z
      .enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])
      .default('POST')
      .meta(about('Method', 'Methode')),
    headers: z
      .record(headerName, z.string())
      .default({})
      .meta(
        about('Headers; values may hold ${SECRET}', 'Kopfzeilen; Werte dürfen ${GEHEIMNIS} enthalten', {
          Authorization: 'Bearer ${ADMIN_TOKEN}',
        }),
      ),
    body: z
      .string()
      .optional()
      .meta(about('Body of the request', 'Inhalt der Anfrage', '{"active":true}')),
  })
  .meta(about('One request', 'Eine Anfrage'))

const endpoint = z
  .strictObject({
    on: request.meta(about('Turns it on', 'Schaltet sie ein')),
    off: request.meta(about('Turns it off', 'Schaltet sie aus')),
    status: request
      .omit({ method: true, body: true })
      .extend({
        on: z
          .string()
          .min(1)
          .meta(
            about(
              'Text that the answer holds while it is on',
              'Text, den die Antwort enthält, solange sie an ist',
              '"active":true',
            ),
          ),
        off: z
          .string()
          .min(1)
          .meta(
            about(
              'Text that the answer holds while it is off',
              'Text, den die Antwort enthält, solange sie aus ist',
              '"active":false',
            ),
          ),
      })
      .meta(
        about(
          'Proves the effect: an answer with neither or both of the texts is unknown',
          'Beweist die Wirkung: Eine Antwort mit keinem oder beiden Texten ist unbekannt',
        ),
      ),
  })
  .meta(
    about(
      'The app has its own maintenance mode; asked with curl on the host',
      'Die App hat eine eigene Wartung; gefragt wird mit curl auf dem Host',
    ),
  )

const commands = z
  .strictObject({
    on: command.meta(
      about('Turns it on', 'Schaltet sie ein', 'kubectl annotate ingress app maintenance=on --overwrite'),
    ),
    off: command.meta(
      about('Turns it off', 'Schaltet sie aus', 'kubectl annotate ingress app maintenance=off --overwrite'),
    ),
    status: command.meta(
      about(
        'Exit 0: it is on; exit 3: it is off. Others: unknown',
        'Ende mit 0: sie ist an; mit 3: sie ist aus. Sonst: unbekannt',
        'sh tools/maintenance-status.sh',
      ),
    ),
  })
  .meta(
    about(
      'Commands on the first host, such as an annotation of an ingress',
      'Befehle auf dem ersten Host, etwa eine Annotation am Ingress',
    ),
  )

const nginx = z
  .strictObject({
    include: plainPath.meta(
      about(
        'File that the server block includes, first of all',
        'Datei, die der server-Block einbindet, vor allem anderen',
        '/etc/nginx/stellwerk/app-maintenance.conf',
      ),
    ),
    test: command
      .optional()
      .meta(
        about(
          'Checks the configuration; default: that of the router, or nginx -t',
          'Prüft die Konfiguration; sonst der Befehl des Routers oder nginx -t',
          'sudo -n nginx -t',
        ),
      ),
    reload: command
      .optional()
      .meta(
        about(
          'Makes nginx read it again; default: that of the router, or nginx -s reload',
          'Lässt nginx sie neu lesen; sonst der Befehl des Routers oder nginx -s reload',
          'sudo -n systemctl reload nginx',
        ),
      ),
  })
  .meta(about('An nginx shows the page', 'Ein nginx zeigt die Seite'))

export const maintenance = z
  .strictObject({
    page: relativePath
      .optional()
      .meta(
        about(
          'Directory of the release with index.de.html and index.en.html; default: our own page',
          'Verzeichnis des Releases mit index.de.html und index.en.html; sonst unsere eigene Seite',
          'deploy/maintenance',
        ),
      ),
    retryAfter: durationOr('5m').meta(
      about('Said to visitors and crawlers', 'Wird Besuchern und Suchmaschinen gesagt'),
    ),
    allow: z
      .array(network)
      .default([])
      .meta(about('Addresses that pass through', 'Adressen, die durchkommen', ['203.0.113.7', '10.0.0.0/8'])),
    allowHeader: z
      .strictObject({
        name: headerName.default('X-Stellwerk-Pass').meta(about('Name of the header', 'Name der Kopfzeile')),
        secret: variableName.meta(
          about(
            'Secret that it must hold; checks of a run send it by themselves',
            'Geheimnis, das sie enthalten muss; Prüfungen eines Laufs senden es von selbst',
            'MAINTENANCE_PASS',
          ),
        ),
      })
      .optional()
      .meta(about('A header that passes through', 'Eine Kopfzeile, die durchkommt')),
    during: z
      .enum(['never', 'destructive', 'contract', 'always'])
      .default('destructive')
      .meta(
        about(
          'From which migrate.class on a deploy uses it; always: every deploy',
          'Ab welcher migrate.class ein Deploy sie nutzt; always: jeder Deploy',
        ),
      ),
    mode: z
      .enum(['page', 'pause'])
      .default('page')
      .meta(
        about(
          'page: visitors get the page. pause: the embedded router holds requests for pauseFor first',
          'page: Besucher bekommen die Seite. pause: der eingebaute Router hält Anfragen erst pauseFor lang an',
        ),
      ),
    pauseFor: durationOr('20s').meta(about('How long a request is held', 'Wie lange eine Anfrage wartet')),
    nginx: nginx.optional(),
    endpoint: endpoint.optional(),
    command: commands.optional(),
  })
  .meta(
    about(
      'Maintenance mode: a page for visitors while the app changes',
      'Wartung: eine Seite für Besucher, während sich die App ändert',
    ),
  )
export type Maintenance = z.infer<typeof maintenance>
export type MaintenanceRequest = z.infer<typeof request>
