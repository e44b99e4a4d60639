// Fragments that bring a unit up, down or to reread its release, and prove it.
import { hexPort, seconds } from '../process/spec.ts'
import type { UnitPlace } from './systemctl.ts'

export interface UnitTarget extends UnitPlace {
  readonly service: string
  readonly port?: number
  /** Milliseconds until it must be active and listen. */
  readonly ready: number
  /** Milliseconds its stop may take. */
  readonly stopTimeout: number
}

export type UnitAction = 'start' | 'stop' | 'restart' | 'reload'

/** The sh functions sd_bring_start, _stop, _restart, _reload. Reports: missing, refused, not-active. */
export function bringLibrary(target: UnitTarget): string {
  const limit = seconds(target.ready + target.stopTimeout)
  const listens = target.port === undefined ? ':' : `sv_listens ${hexPort(target.port)}`
  return `# sd_settled: the new start is up, or it is known that it will not be. A queued job has not changed the call yet.
sd_settled() {
  sd_look
  [ "$sd_call" != "$sd_before" ] || return 1
  case $sd_active/$sd_sub in failed/* | */auto-restart) return 0 ;; active/*) ;; *) return 1 ;; esac
  ${listens}
}
sd_prove() {
  sv_wait ${limit} sd_settled || sd_fail not-active "$sd_active/$sd_sub" "$sd_result"
  sd_started=$sd_call
  # Many programs find out only after a moment that they cannot run.
  sleep 1
  sd_look
  [ "$sd_active" = active ] && [ "$sd_call" = "$sd_started" ] || sd_fail not-active "$sd_active/$sd_sub" "$sd_result"
  sw_data pid "$sd_pid"
}
sd_exists() {
  sd_look
  [ "$sd_load" = loaded ] || sw_problem missing "$sd_load"
}
sd_bring_restart() {
  sd_exists
  sd_before=$sd_call
  sd reset-failed "$sd_unit" >/dev/null 2>&1 || :
  sd_out=$(sd --no-block restart "$sd_unit" 2>&1) || sd_refused restart "$sd_out"
  sd_prove
}
sd_bring_start() {
  sd_exists
  if [ "$sd_active" = active ]; then sw_data pid "$sd_pid"; else sd_bring_restart; fi
}
sd_bring_reload() {
  sd_exists
  if [ "$sd_active" = active ]; then
    sd_out=$(timeout ${limit} $sd_sudo systemctl $sd_flag reload "$sd_unit" 2>&1) || sd_fail not-active "reload: $sd_out" "$sd_result"
    sd_before=
    sd_prove
  else
    sd_bring_restart
  fi
}
sd_down() { sd_look; case $sd_active in inactive | failed | '') return 0 ;; esac; return 1; }
sd_bring_stop() {
  sd_from=$(sv_ticks)
  sd_out=$(sd --no-block stop "$sd_unit" 2>&1) || { sd_look; [ "$sd_load" = not-found ] || sd_refused stop "$sd_out"; }
  sv_wait ${seconds(target.stopTimeout) + 10} sd_down || sd_fail not-active "$sd_active/$sd_sub" "$sd_result"
  sw_data ms "$((($(sv_ticks) - sd_from) * 10))"
}
`
}
