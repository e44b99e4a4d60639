// `stellwerk logs`: the script that prints the last lines of a service, and follows them.
import type { ComposeService, Service } from '../config/schema/service.ts'
import { quote } from '../core/shell.ts'
import { lookAt } from './compose/facts.ts'
import { type AppPlace, unitName } from './unit-name.ts'

export interface LogsOptions {
  readonly follow: boolean
  readonly lines: number
  /** Seconds since 1970: nothing older, where the log knows times. */
  readonly since?: number
}

/** undefined: the service has a log of its own that only its commands know. A followed log ends with the connection. */
export function logsScript(
  name: string,
  service: Service,
  place: AppPlace,
  options: LogsOptions,
): string | undefined {
  const lines = Math.max(1, Math.trunc(options.lines))
  if (service.kind === 'command') return undefined
  if (service.kind === 'compose') return containerLogs(name, service, place, { ...options, lines })
  if (service.kind === 'systemd') {
    const user = service.scope === 'user'
    const sudo = service.sudo && !user ? 'sudo -n ' : ''
    const unit = quote(unitName(name, service, place))
    return `${user ? 'XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-/run/user/$(id -u)}; export XDG_RUNTIME_DIR\n' : ''}exec ${sudo}journalctl ${user ? '--user ' : ''}--unit ${unit} -n ${lines} --no-pager -o short-iso${options.since === undefined ? '' : ` --since @${options.since}`}${options.follow ? ' --follow' : ''}
`
  }
  const directory = quote(`${place.root}/.stellwerk/services/${name}`)
  // Followed by name, so that a rotation does not end the view. The files before the newest are read too, because a
  // rotation may just have emptied it.
  const show = options.follow
    ? `exec tail -n ${lines} -F "$@"`
    : `for f do
  if [ "$#" -gt 1 ]; then echo "==> $f <=="; fi
  { if [ -e "$f.1" ]; then cat "$f.1"; fi; cat "$f"; } | tail -n ${lines}
done`
  return `cd ${directory} 2>/dev/null || { echo ${quote(`${name} has not been started on this host`)} >&2; exit 1; }
set --
for f in [01]/log/current.log; do if [ -e "$f" ]; then set -- "$@" "$f"; fi; done
if [ "$#" = 0 ]; then echo ${quote(`${name} has not written anything yet`)} >&2; exit 1; fi
${show}
`
}

// An engine keeps the log with the container: those that run, else all that ended. Of several each line names its own, and
// one that cannot be read is no answer.
function containerLogs(name: string, service: ComposeService, place: AppPlace, options: LogsOptions): string {
  const words = `logs --tail ${options.lines}${options.since === undefined ? '' : ` --since ${options.since}`}${options.follow ? ' --follow' : ''}`
  return `${lookAt(name, service, place)}
if [ -z "$sc_all" ]; then echo ${quote(`${name} has not been started on this host`)} >&2; exit 1; fi
sc_scan
set -- \${sc_live:-$sc_ids}
[ "$#" -gt 1 ] || exec $sc_sudo "$sc_engine" ${words} "$1"
exec 4>&1
sc_bad=$( {
  for sc_i do
    { sc ${words} "$sc_i" 2>&1 || echo "$sc_i" >&3; } | while IFS= read -r sc_line || [ -n "$sc_line" ]; do
      printf '%.12s  %s\\n' "$sc_i" "$sc_line"
    done >&4 ${options.follow ? '&' : ''}
  done
  wait
} 3>&1)
[ -z "$sc_bad" ]
`
}
