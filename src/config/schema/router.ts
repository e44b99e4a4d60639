// What stands before the app and decides which slot answers.
import { z } from 'zod'
import { absolutePath, command, durationOr, listenAddress, name } from './scalar.ts'
import { about, says } from './words.ts'

const common = {
  service: name.meta(
    about('The service whose slots it switches', 'Der Dienst, dessen Plätze er umschaltet', 'web'),
  ),
  drain: durationOr('30s').meta(
    about('Time for requests in flight on the old slot', 'Zeit für laufende Anfragen auf dem alten Platz'),
  ),
  roles: z
    .array(name)
    .optional()
    .meta(about('Hosts that have it; default: all', 'Hosts, die ihn haben; sonst alle', ['web'])),
}

const reachedAt = listenAddress
  .optional()
  .meta(
    about(
      '<address>:<port> where checks reach it on the host',
      '<Adresse>:<Port>, wo Prüfungen ihn auf dem Host erreichen',
      '127.0.0.1:80',
    ),
  )

export const embeddedRouter = z
  .strictObject({
    kind: z
      .literal('embedded')
      .meta(
        about('The reverse proxy that Stellwerk brings along', 'Der Reverse-Proxy, den Stellwerk mitbringt'),
      ),
    listen: listenAddress.meta(
      about('Where it accepts requests', 'Wo er Anfragen annimmt', '127.0.0.1:8080'),
    ),
    node: z
      .string()
      .default('node')
      .meta(about('Node 20 or newer on the host', 'Node 20 oder neuer auf dem Host', '/opt/node/bin/node')),
    trustForwarded: z
      .array(z.string())
      .default([])
      .meta(
        about(
          'Addresses of proxies whose X-Forwarded-For is believed',
          'Adressen von Proxys, deren X-Forwarded-For geglaubt wird',
          ['127.0.0.1'],
        ),
      ),
    ...common,
  })
  .meta(
    about(
      'A small reverse proxy; needs Node on the host',
      'Ein kleiner Reverse-Proxy; braucht Node auf dem Host',
    ),
  )

export const nginxRouter = z
  .strictObject({
    kind: z.literal('nginx').meta(about('An nginx that is already there', 'Ein vorhandener nginx')),
    include: absolutePath.meta(
      about(
        'File with the upstream block; the nginx configuration includes it',
        'Datei mit dem upstream-Block; die nginx-Konfiguration bindet sie ein',
        '/etc/nginx/conf.d/app-upstream.conf',
      ),
    ),
    upstream: z
      .string()
      .regex(
        /^[a-z][a-z0-9_-]*$/,
        says('must be an upstream name, such as "app"', 'muss ein upstream-Name sein, etwa "app"'),
      )
      .meta(about('Name of the upstream block', 'Name des upstream-Blocks', 'app')),
    test: command
      .default('nginx -t')
      .meta(about('Checks the configuration', 'Prüft die Konfiguration', 'sudo -n nginx -t')),
    reload: command
      .default('nginx -s reload')
      .meta(
        about(
          'Makes nginx read its configuration again',
          'Lässt nginx seine Konfiguration neu lesen',
          'sudo -n systemctl reload nginx',
        ),
      ),
    listen: reachedAt,
    ...common,
  })
  .meta(
    about(
      'An nginx whose upstream block is rewritten',
      'Ein nginx, dessen upstream-Block neu geschrieben wird',
    ),
  )

/** A web server that serves <root>/current itself (static files, PHP): the symlink is the switch. */
const symlinkRouter = z
  .strictObject({
    kind: z
      .literal('symlink')
      .meta(about('The symlink <root>/current is the switch', 'Der Symlink <root>/current ist die Weiche')),
    listen: reachedAt,
    reload: command
      .optional()
      .meta(
        about(
          'Run after the switch, such as a PHP-FPM reload',
          'Läuft nach dem Umschalten, etwa ein Neuladen von PHP-FPM',
          'sudo -n systemctl reload php8.4-fpm',
        ),
      ),
  })
  .meta(
    about(
      'A web server that serves <root>/current itself (static files, PHP)',
      'Ein Webserver, der <root>/current selbst ausliefert (statische Dateien, PHP)',
    ),
  )

export const router = z
  .discriminatedUnion('kind', [embeddedRouter, nginxRouter, symlinkRouter])
  .meta(
    about(
      'What stands before the app and decides which slot answers',
      'Was vor der App steht und bestimmt, welcher Platz antwortet',
    ),
  )
export type Router = z.infer<typeof router>
export type EmbeddedRouter = z.infer<typeof embeddedRouter>
export type NginxRouter = z.infer<typeof nginxRouter>
