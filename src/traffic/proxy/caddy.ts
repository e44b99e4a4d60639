// The site as a Caddyfile. Pure.
import { forAYear, publicAddress, type Site, securityHeaders } from './site.ts'

export function caddyConfig(site: Site): string {
  const { http, https, names, tls } = site
  const ports = [
    ...(http === 80 ? [] : [`\thttp_port ${http}`]),
    ...(https === 443 ? [] : [`\thttps_port ${https}`]),
  ]
  const address = (name: string) => (tls === 'off' ? `http://${name}` : name)
  return `# Made by stellwerk proxy-config caddy ${site.environment}.
{
${ports.map(line => `${line}\n`).join('')}	# What Caddy says of a failed request names the visitor and the query: the access log has the status.
	log default {
		exclude http.log.error
	}
}

${tls === 'off' ? '' : redirect(site)}${names.map(address).join(', ')} {
${typeof tls === 'object' ? `\ttls ${tls.certificate} ${tls.key}\n` : ''}${logging(site)}
	request_body {
		max_size ${site.maxBody}
	}
	header {
${securityHeaders(site)
  .map(([name, value]) => `\t\t${name} "${value}"`)
  .join('\n')}
		-Server
	}
${site.api === undefined ? '' : api(site, site.api)}${site.static === undefined ? '' : files(site.static)}}
`
}

/** Caddy's own one forgets a port that is not the usual one. */
function redirect(site: Site): string {
  return `${site.names.map(name => `http://${name}`).join(', ')} {
${logging(site)}
	redir ${publicAddress(site, site.names[0] ?? '')}{uri} 301
}

`
}

// The log keeps no person: IPv4 as /24, IPv6 as /48, no query, no header of the visitor.
function logging({ log }: Site): string {
  const mask = 'ip_mask {\n\t\t\t\t\tipv4 24\n\t\t\t\t\tipv6 48\n\t\t\t\t}'
  return `	log {
		output file ${log}
		format filter {
			wrap json
			fields {
				request>remote_ip ${mask}
				request>client_ip ${mask}
				request>remote_port delete
				request>uri regexp \\?.*$ ""
				request>headers delete
				resp_headers delete
			}
		}
	}`
}

function api(
  { refuseHeaders, timeout, maxBody }: Site,
  { prefix, strip, target }: NonNullable<Site['api']>,
): string {
  const address = 'address' in target ? target.address : ''
  const seconds = Math.max(1, Math.ceil(timeout / 1000))
  // The same name with "_" is another header to Caddy and the same one to many apps.
  const refused = refuseHeaders.flatMap(header =>
    header.includes('-') ? [header, header.replaceAll('-', '_')] : [header],
  )
  return `	${strip ? 'handle_path' : 'handle'} ${prefix}/* {
		# Told by its length; what comes without one is cut at the same size, and not every Caddy says 413 then.
		@large expression \`{http.request.header.Content-Length}.matches("^[0-9]{1,18}$") && int({http.request.header.Content-Length}) > ${maxBody}\`
		respond @large 413
		reverse_proxy ${address} {
${refused.map(header => `\t\t\theader_up -${header}\n`).join('')}			flush_interval -1
			transport http {
				response_header_timeout ${seconds}s
				read_timeout ${seconds}s
				write_timeout ${seconds}s
			}
		}
	}
`
}

// In a route the order is what stands there: an address becomes a file first, and then gets the header of that file.
function files({ root, fallback, hashed }: NonNullable<Site['static']>): string {
  return `	handle {
		root * ${root}
		route {
			@asset path ${hashed}/*
			@there {
				path ${hashed}/*
				file {path}
			}
			header @there Cache-Control "${forAYear}"
			file_server @asset
			try_files {path} /${fallback}
			@page path / /${fallback}
			header @page Cache-Control no-store
			file_server {
				index ${fallback}
			}
		}
	}
`
}
