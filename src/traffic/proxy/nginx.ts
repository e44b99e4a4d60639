// The site as a file for http { } of nginx, such as /etc/nginx/conf.d/<app>.conf. Pure.
import { oneFile } from '../maintenance/nginx-include.ts'
import { forAYear, publicAddress, type Site, securityHeaders } from './site.ts'

export function nginxConfig(site: Site): string {
  const id = `stw_${site.app.replaceAll('-', '_')}`
  const tls = typeof site.tls === 'object'
  return `# Made by stellwerk proxy-config nginx ${site.environment}, for http { } of nginx.

${maps(id)}
${upstream(site, id)}${tls ? redirect(site, id) : ''}server {
${listen(site, tls)}
  server_name ${site.names.join(' ')};
${certificate(site)}  server_tokens off;
${logging(site, id)}
  client_max_body_size ${site.maxBody};
${site.maintenance === undefined ? '' : `  include ${oneFile(site.maintenance)};\n`}${headers(site, '  ')}
${site.api === undefined ? '' : api(site, site.api, id)}${site.static === undefined ? '' : files(site, site.static)}}
`
}

// Three groups of an IPv6 address are its first 48 bits; one that hides zeros earlier loses a little more.
function maps(id: string): string {
  return `# The log keeps no person: IPv4 as /24, IPv6 as /48, paths without their query.
map $remote_addr $${id}_client {
  default -;
  "~^(?:::ffff:)?(?<${id}_a>\\d+\\.\\d+\\.\\d+)\\.\\d+$" $${id}_a.0;
  "~^(?<${id}_b>[0-9a-f]+:[0-9a-f]+:[0-9a-f]+):" $${id}_b::;
  "~^(?<${id}_c>[0-9a-f]+:[0-9a-f]+)::" $${id}_c::;
  "~^(?<${id}_d>[0-9a-f]+)::" $${id}_d::;
}
map $request_uri $${id}_path {
  default -;
  "~^(?<${id}_p>[^?]*)" $${id}_p;
}
map $http_upgrade $${id}_connection {
  default upgrade;
  "" "";
}
log_format ${id} '$${id}_client [$time_iso8601] "$request_method $${id}_path $server_protocol" $status $body_bytes_sent $request_time';
`
}

function upstream({ api }: Site, id: string): string {
  if (api === undefined || 'upstream' in api.target) return ''
  // One server: nginx must not take it out of service after a failed request, there is no other.
  return `upstream ${id}_app {
  server ${api.target.address} max_fails=0;
  keepalive 32;
}
`
}

/** To the first name, whatever the visitor called the server. */
function redirect(site: Site, id: string): string {
  return `server {
  listen ${site.http};
  listen [::]:${site.http};
  server_name ${site.names.join(' ')};
  server_tokens off;
${logging(site, id)}
  return 301 ${publicAddress(site, site.names[0] ?? '')}$request_uri;
}
`
}

function listen({ http, https }: Site, tls: boolean): string {
  const rest = tls ? `${https} ssl` : `${http}`
  return `  listen ${rest};\n  listen [::]:${rest};`
}

function certificate({ tls }: Site): string {
  if (typeof tls !== 'object') return ''
  return `  ssl_certificate ${tls.certificate};
  ssl_certificate_key ${tls.key};
  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_session_cache shared:SSL:10m;
`
}

// Lines of the error log name the visitor's whole address and the query, and nginx has no words to leave them out.
function logging({ log }: Site, id: string): string {
  return `  access_log ${log} ${id};
  error_log ${log.replace(/(\.access)?\.log$/, '')}.error.log emerg;`
}

function headers(site: Site, indent: string): string {
  return securityHeaders(site)
    .map(([name, value]) => `${indent}add_header ${name} "${value}" always;`)
    .join('\n')
}

function api({ refuseHeaders, timeout }: Site, one: NonNullable<Site['api']>, id: string): string {
  const { prefix, strip, target } = one
  const name = 'upstream' in target ? target.upstream : `${id}_app`
  const seconds = Math.max(1, Math.ceil(timeout / 1000))
  return `
  location ^~ ${prefix}/ {
    proxy_pass http://${name}${strip ? '/' : ''};
    proxy_http_version 1.1;
    proxy_set_header Host $host;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $${id}_connection;
${refuseHeaders.map(header => `    proxy_set_header ${header} "";\n`).join('')}    proxy_read_timeout ${seconds}s;
    proxy_send_timeout ${seconds}s;
    # A stream reaches the visitor as it comes.
    proxy_buffering off;
  }
`
}

// A header set in a location takes away those of the server block: they are said again.
function files(site: Site, { root, fallback, hashed }: NonNullable<Site['static']>): string {
  return `
  root ${root};
  index ${fallback};
  location ^~ ${hashed}/ {
    try_files $uri =404;
    add_header Cache-Control "${forAYear}";
${headers(site, '    ')}
  }
  location = /${fallback} {
    add_header Cache-Control "no-store" always;
${headers(site, '    ')}
  }
  location / {
    try_files $uri /${fallback};
  }
`
}
