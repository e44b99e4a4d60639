// Which ports the containers of a compose service have on the host: the lines that a check of a port reads.
import type { ComposeService } from '../../config/schema/service.ts'
import type { AppPlace } from '../unit-name.ts'
import { lookAt } from './facts.ts'

/** Prints `live <container>` for each that runs and `published <address>` for each address of that port; `silent` when the engine
 *  does not answer. */
export function publishedLines(name: string, service: ComposeService, place: AppPlace, port: number): string {
  return `(
${lookAt(name, service, place)}
sc_scan
[ -n "$sc_live" ] || exit 0
sc_ask='{{range $p, $all := .NetworkSettings.Ports}}{{range $all}}{{println $p .HostPort .HostIP}}{{end}}{{end}}'
sc_said=$(sc inspect --type container -f "$sc_ask" $sc_live 2>&1) || exit 1
for sc_i in $sc_live; do echo "live $sc_i"; done
printf '%s\\n' "$sc_said" | while read -r sc_p sc_i sc_ip; do
  case "$sc_p $sc_i" in */tcp' ${port}') echo "published \${sc_ip:-0.0.0.0}" ;; esac
done
) 2>/dev/null || echo silent
`
}
