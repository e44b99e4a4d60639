// The app has a maintenance mode of its own. What its endpoint answers to the order proves nothing: its status does.
import { quote } from '../../core/shell.ts'
import { shellValue } from '../../core/shell-value.ts'
import type { EndpointRequest, Notice, Place, Way } from './way.ts'

type Endpoint = Extract<Way, { how: 'endpoint' }>

/** Seconds for one answer, and for the effect to show. */
const answer = 20
const effect = 8

export function endpointText(way: Endpoint, place: Place, notice: Notice | undefined): string {
  const { isOn, isOff } = way.status
  return `sm_escaped() { printf '%s' "$1" | sed 's/[\\\\"]/\\\\&/g'; }
sm_conf_on() {
${configText(way.on, place)}
}
sm_conf_off() {
${configText(way.off, place)}
}
sm_conf_status() {
${configText(way.status, place)}
}
# Tokens travel in a file of our own, never as arguments. sm_code: the status, or why there is none.
sm_ask() {
  command -v curl >/dev/null 2>&1 || sw_problem curl
  (umask 077; "sm_conf_$1" >"$sw_tmp/curl.conf")
  : >"$sw_tmp/curl.out"
  if curl -q -sS --max-time ${answer} -o "$sw_tmp/curl.out" -w '%{http_code}' -K "$sw_tmp/curl.conf" >"$sw_tmp/curl.code" 2>"$sw_tmp/curl.err"; then
    sm_code=$(cat "$sw_tmp/curl.code")
  else sm_code=$(tail -n 1 "$sw_tmp/curl.err"); fi
  rm -f "$sw_tmp/curl.conf" "$sw_tmp/curl.body"
  case $sm_code in 2[0-9][0-9]) ;; *) return 1 ;; esac
}
sm_state() {
  if ! sm_ask status; then echo unknown; return 0; fi
  sm_says=
  if grep -F -q -e ${quote(isOn)} "$sw_tmp/curl.out"; then sm_says=on; fi
  if grep -F -q -e ${quote(isOff)} "$sw_tmp/curl.out"; then sm_says=\${sm_says}off; fi
  case $sm_says in on | off) echo "$sm_says" ;; *) echo unknown ;; esac
}
sm_is() { [ "$(sm_state)" = "$1" ]; }
sm_turn() {
  sm_ask "$1" || sw_problem endpoint "$1" "$sm_code"
  sw_wait ${effect} sm_is "$1" || sw_problem effect "$1" "$(sm_state)"
}
sm_on() { ${notice === undefined ? ':' : 'sm_turn on'}; }
sm_off() { sm_turn off; }
sm_save() { echo on | sw_write "$1"; }
sm_restore() { sm_turn on; }`
}

/** A config file of curl, in which \\ and " have a meaning. */
function configText({ url, method, headers, body }: EndpointRequest, place: Place): string {
  const line = (key: string, value: string) =>
    `  printf '${key} = "%s"\\n' "$(sm_escaped ${shellValue(value, place.known)})"`
  return [
    line('url', url),
    line('request', method),
    ...Object.entries(headers).map(([name, value]) => line('header', `${name}: ${value}`)),
    ...(body === undefined
      ? []
      : [
          `  printf '%s' ${shellValue(body, place.known)} >"$sw_tmp/curl.body"`,
          `  printf 'data-binary = "@%s"\\n' "$(sm_escaped "$sw_tmp/curl.body")"`,
        ]),
  ].join('\n')
}
