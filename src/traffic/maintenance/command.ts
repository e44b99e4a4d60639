// Commands of the team turn it on and off, and a third one proves it: exit 0 on, 3 off, anything else unknown.
import { quote } from '../../core/shell.ts'
import type { Notice, Place, Way } from './way.ts'

type Commands = Extract<Way, { how: 'command' }>

/** Seconds for one command, and for the effect to show. */
const limit = 60
const effect = 8

export function commandText(way: Commands, place: Place, notice: Notice | undefined): string {
  return `STELLWERK_ROOT=${quote(place.root)}; STELLWERK_ENVIRONMENT=${quote(place.environment)}
export STELLWERK_ROOT STELLWERK_ENVIRONMENT
printf '%s\\n' ${quote(way.on)} >"$sw_tmp/sm-on.sh"
printf '%s\\n' ${quote(way.off)} >"$sw_tmp/sm-off.sh"
printf '%s\\n' ${quote(way.status)} >"$sw_tmp/sm-status.sh"
sm_state() {
  sm_rc=0
  sw_bounded ${limit} "$sw_tmp/sm-status.sh" >/dev/null 2>&1 || sm_rc=$?
  case $sm_rc in 0) echo on ;; 3) echo off ;; *) echo unknown ;; esac
}
sm_is() { [ "$(sm_state)" = "$1" ]; }
sm_turn() {
  sm_rc=0
  sw_bounded ${limit} "$sw_tmp/sm-$1.sh" || sm_rc=$?
  [ "$sm_rc" = 0 ] || sw_problem command "$1" "$sm_rc"
  sw_wait ${effect} sm_is "$1" || sw_problem effect "$1" "$(sm_state)"
}
sm_on() { ${notice === undefined ? ':' : 'sm_turn on'}; }
sm_off() { sm_turn off; }
sm_save() { echo on | sw_write "$1"; }
sm_restore() { sm_turn on; }`
}
