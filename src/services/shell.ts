// `stellwerk shell`: the script that gives a person a shell where a service lives.
import type { Service } from '../config/schema/service.ts'
import { quote } from '../core/shell.ts'
import { lookAt } from './compose/facts.ts'
import type { AppPlace } from './unit-name.ts'

/** Inside the container of a compose service; else in the release that is live, with the plain variables of the service. */
export function shellScript(name: string | undefined, service: Service | undefined, place: AppPlace): string {
  if (name !== undefined && service?.kind === 'compose')
    return `${lookAt(name, service, place)}
sc_scan
if [ -z "$sc_live" ]; then echo ${quote(`no container of ${name} runs here`)} >&2; exit 1; fi
set -- $sc_live
exec $sc_sudo "$sc_engine" exec -it "$1" /bin/sh
`
  const env = Object.entries({ ...place.env, ...service?.env }).filter(([, value]) => !value.includes('${'))
  const port = service?.ports[0]
  return `cd ${quote(`${place.root}/current`)}/ || exit 1
RELEASE=$(pwd -P); RELEASE=\${RELEASE##*/}; export RELEASE
${port === undefined ? '' : `PORT=${port}; export PORT\n`}${env.map(([key, value]) => `${key}=${quote(value)}; export ${key}\n`).join('')}exec "\${SHELL:-/bin/sh}"
`
}
