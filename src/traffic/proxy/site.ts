// What the web server before an app must do, as data for both renderers: names, files, where the app answers.
import type { Config } from '../../config/config.ts'
import type { ProxySection } from '../../config/schema/proxy.ts'
import { text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'
import { err, ok, type Result } from '../../core/result.ts'

export type ProxyServer = 'nginx' | 'caddy'

export interface Site {
  readonly app: string
  readonly environment: string
  readonly names: ProxySection['names']
  readonly tls: ProxySection['tls']
  readonly http: number
  readonly https: number
  /** Below `current`: the switch of a release changes what lies there, nobody reloads. */
  readonly static?: { readonly root: string; readonly fallback: string; readonly hashed: string }
  readonly api?: {
    readonly prefix: string
    readonly strip: boolean
    readonly target: { readonly address: string } | { readonly upstream: string }
  }
  readonly refuseHeaders: readonly string[]
  /** Bytes. */
  readonly maxBody: number
  /** Milliseconds. */
  readonly timeout: number
  readonly log: string
  /** nginx: the file that shows the maintenance page. */
  readonly maintenance?: string
}

export function siteOf(config: Config, server: ProxyServer): Result<Site> {
  const { proxy, app, environment, maintenance } = config
  if (!proxy) return err(noProxy(environment.name))
  if (server === 'nginx' && proxy.tls === 'automatic') return err(noCertificate)
  const target = proxy.api === undefined ? undefined : targetOf(config, proxy.api.service)
  if (server === 'caddy' && target !== undefined && 'upstream' in target)
    return err(onlyNginx(target.upstream))
  const root = config.hosts[0]?.root ?? ''
  return ok({
    app,
    environment: environment.name,
    names: proxy.names,
    tls: proxy.tls,
    http: proxy.http,
    https: proxy.https,
    ...(proxy.static === undefined
      ? {}
      : { static: { ...proxy.static, root: `${root}/current/${proxy.static.path}` } }),
    ...(proxy.api === undefined || target === undefined
      ? {}
      : { api: { prefix: proxy.api.prefix, strip: proxy.api.strip, target } }),
    refuseHeaders: proxy.refuseHeaders,
    maxBody: proxy.maxBody,
    timeout: proxy.timeout,
    log: proxy.log ?? `/var/log/${server}/${app}.access.log`,
    ...(maintenance?.nginx === undefined ? {} : { maintenance: maintenance.nginx.include }),
  })
}

// The rules of the config have made sure that one of them says it.
function targetOf({ router, services }: Config, named: string | undefined) {
  const switched = router && router.kind !== 'symlink' ? router.service : undefined
  const service = named ?? switched ?? Object.keys(services)[0] ?? ''
  if (router?.kind === 'nginx' && service === switched) return { upstream: router.upstream }
  if (router?.kind === 'embedded' && service === switched)
    return { address: router.listen.replace(/^0\.0\.0\.0:/, '127.0.0.1:').replace(/^\[::\]:/, '[::1]:') }
  return { address: `127.0.0.1:${services[service]?.ports[0] ?? 0}` }
}

/** `https://app.example.org`, with the port where it is not the usual one. */
export function publicAddress({ tls, http, https }: Site, host: string): string {
  const [scheme, port, usual] = tls === 'off' ? ['http', http, 80] : ['https', https, 443]
  return `${scheme}://${host}${port === usual ? '' : `:${port}`}`
}

/** Modest, and right for every app: nothing that could break a page. */
export function securityHeaders({ tls }: Site): readonly (readonly [string, string])[] {
  return [
    ['X-Content-Type-Options', 'nosniff'],
    ['X-Frame-Options', 'SAMEORIGIN'],
    ['Referrer-Policy', 'strict-origin-when-cross-origin'],
    ...(tls === 'off' ? [] : ([['Strict-Transport-Security', 'max-age=31536000']] as const)),
  ]
}

export const forAYear = 'public, max-age=31536000, immutable'

function noProxy(environment: string): Problem {
  return {
    code: 'STW-G800',
    what: text(`${environment} has no section proxy`, `${environment} hat keinen Abschnitt proxy`),
    next: [text('stellwerk explain proxy', 'stellwerk explain proxy')],
  }
}

const noCertificate: Problem = {
  code: 'STW-G801',
  what: text(
    'nginx gets no certificate by itself, and proxy.tls is "automatic"',
    'nginx holt kein Zertifikat von selbst, und proxy.tls ist „automatic“',
  ),
  next: [
    text(
      'Name proxy.tls.certificate and proxy.tls.key, or "off" when somebody in front does TLS',
      'proxy.tls.certificate und proxy.tls.key nennen, oder „off“, wenn jemand davor TLS macht',
    ),
    text('stellwerk proxy-config caddy', 'stellwerk proxy-config caddy'),
  ],
}

function onlyNginx(upstream: string): Problem {
  return {
    code: 'STW-G802',
    what: text(
      `Only nginx knows the upstream "${upstream}" that the router switches`,
      `Den Upstream „${upstream}“, den der Router umschaltet, kennt nur nginx`,
    ),
    next: [
      text('stellwerk proxy-config nginx', 'stellwerk proxy-config nginx'),
      text('Or use router.kind: embedded behind Caddy', 'Oder router.kind: embedded hinter Caddy verwenden'),
    ],
  }
}
