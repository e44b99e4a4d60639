// The router and the maintenance page as a person would turn them. Nothing here is run; guides print it.
import { httpByHand } from '../checks/by-hand-http.ts'
import { quote } from '../core/shell.ts'
import type { EndpointRequest, Way } from './maintenance/way.ts'
import { includeContent } from './nginx/include.ts'
import type { NginxSwitch } from './nginx/switch.ts'
import type { RouterReload } from './reload.ts'

export const nginxByHand = ({ upstream, to, include, test, reload }: NginxSwitch): readonly string[] => [
  `cat >${quote(include)} <<'END'\n${includeContent(upstream, to).trimEnd()}\nEND`,
  `${test} && ${reload}`,
]

export const reloadByHand = ({ command, when }: RouterReload): readonly string[] =>
  when === 'go' ? [command] : []

export const maintenanceOnByHand = ({ way }: { readonly way: Way }) => byHand(way, 'on')
export const maintenanceOffByHand = ({ way }: { readonly way: Way }) => byHand(way, 'off')

/** Of an embedded router and of nginx the page is a file that only Stellwerk writes. */
function byHand(way: Way, word: 'on' | 'off'): readonly string[] {
  if (way.how === 'command') return [way[word], `${way.status}; echo $?`]
  if (way.how !== 'endpoint') return []
  return [...ask(way[word]), ...ask(way.status)]
}

function ask({ url, method, headers, body }: EndpointRequest): readonly string[] {
  const asked = { url, method, headers, ...(body === undefined ? {} : { body }), redirects: 0 }
  return httpByHand(asked, {})
}
