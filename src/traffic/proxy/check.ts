// The server's own test of a configuration, on this machine: everything that only the host has (its log directory, its certificate,
// its low ports) is replaced, so that what is left is what was written.
import { text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'
import { quote } from '../../core/shell.ts'
import { caddyConfig } from './caddy.ts'
import { nginxConfig } from './nginx.ts'
import type { ProxyServer, Site } from './site.ts'

export function proxyConfig(server: ProxyServer, site: Site): string {
  return server === 'nginx' ? nginxConfig(site) : caddyConfig(site)
}

const place = '@STELLWERK@'

/** One sh script: exit 0, the server takes it; 3, there is no such server here; else it refuses, and says why. */
export function checkScript(server: ProxyServer, site: Site): string {
  const copy = proxyConfig(server, {
    ...site,
    http: 61_080,
    https: 61_443,
    log: `${place}/app.access.log`,
    // As on a host before its first maintenance: not there.
    ...(site.maintenance === undefined ? {} : { maintenance: `${place}/maintenance.conf` }),
    ...(typeof site.tls === 'object'
      ? { tls: { certificate: `${place}/cert.pem`, key: `${place}/key.pem` } }
      : {}),
  })
  const named = site.api !== undefined && 'upstream' in site.api.target ? site.api.target.upstream : undefined
  const wrapper = `pid ${place}/pid; error_log stderr; events { } http {
${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(one => `${one}_temp_path ${place}/${one};`).join(' ')}
${named === undefined ? '' : `upstream ${named} { server 127.0.0.1:9; }`}
include ${place}/site; }`
  return `command -v ${server} >/dev/null 2>&1 || exit 3
d=$(mktemp -d) || exit 1
trap 'rm -rf "$d"' EXIT
trap 'exit 143' HUP INT TERM
put() { printf '%s\\n' "$2" | sed "s|${place}|$d|g" >"$d/$1"; }
put site ${quote(copy)}
put whole ${quote(wrapper)}
${
  typeof site.tls === 'object'
    ? `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=check -keyout "$d/key.pem" -out "$d/cert.pem" >"$d/said" 2>&1 || { cat "$d/said" >&2; exit 1; }
`
    : ''
}${
  server === 'nginx'
    ? 'nginx -t -q -c "$d/whole" -p "$d"'
    : 'XDG_DATA_HOME=$d XDG_CONFIG_HOME=$d HOME=$d caddy validate --adapter caddyfile --config "$d/site" >"$d/said" 2>&1 || { tail -n 3 "$d/said" >&2; exit 1; }'
}
`
}

export function refusedProblem(server: ProxyServer, said: string): Problem {
  return {
    code: 'STW-G803',
    what: text(`${server} refuses this configuration`, `${server} lehnt diese Konfiguration ab`),
    ...(said === '' ? {} : { evidence: said }),
  }
}

export function noServer(server: ProxyServer): Problem {
  return {
    code: 'STW-G804',
    what: text(
      `There is no ${server} on this machine to check the configuration`,
      `Auf dieser Maschine gibt es kein ${server}, das die Konfiguration prüfen könnte`,
    ),
    next: [text(`apt-get install ${server}`, `apt-get install ${server}`)],
  }
}
