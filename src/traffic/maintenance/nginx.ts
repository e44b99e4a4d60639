// An nginx shows the page: include file, configuration test, reload, and proof that workers with it run.
import { quote } from '../../core/shell.ts'
import type { ScriptContext } from '../../engine/step.ts'
import { appear, nginxLibrary } from '../nginx/switch.ts'
import { maintenanceMark, nginxOff, nginxOn, passPlace } from './nginx-include.ts'
import { pagesText } from './pages.ts'
import type { Notice, Place, Way } from './way.ts'

type Nginx = Extract<Way, { how: 'nginx' }>

export function nginxText(
  way: Nginx,
  place: Place,
  notice: Notice | undefined,
  context: ScriptContext,
): string {
  // The list of a switch's old workers is that switch's own: its drain waits for them.
  return `${nginxLibrary(way, context)}
sn_old=${quote(`${context.runDirectory}/maintenance-workers`)}
sm_state() {
  if [ ! -s "$sn_include" ]; then echo off; return 0; fi
  case $(sed -n ${quote(`s/^${maintenanceMark} //p`)} "$sn_include" 2>/dev/null | head -n 1) in
  off) echo off ;;
  '') echo unknown ;;
  *) echo on ;;
  esac
}
sm_save() { (umask 077; sw_write "$1" <"$sn_include"); }
sm_back() {
  if [ -e "$sw_tmp/maintenance.was" ]; then (umask 077; sw_write "$sn_include" <"$sw_tmp/maintenance.was")
  else printf '%s' ${quote(nginxOff)} | sw_write "$sn_include"; fi
}
sm_drained() { [ -z "$(sn_remaining)" ]; }
# The pass stands in it, so it is for its owner and nginx' master only.
sm_restore() {
  [ -d "\${sn_include%/*}" ] || sw_problem directory "\${sn_include%/*}"
  [ ! -s "$sn_include" ] || (umask 077; cat "$sn_include" >"$sw_tmp/maintenance.was")
  (umask 077; sw_write "$sn_include" <"$1") || sw_problem write
  sn_test || { sn_said=$(sn_last); sm_back; sw_problem test "$sn_said"; }
  sn_workers >"$sn_old"
  sn_reload || { sn_said=$(sn_last); sm_back; sw_problem reload "$sn_said"; }
  sn_prove || { sm_back; sw_problem unproven ${appear}; }
  sw_wait ${Math.max(1, Math.ceil(way.drainMs / 1000))} sm_drained || :
}
sm_off() {
  printf '%s' ${quote(nginxOff)} >"$sw_tmp/maintenance.off"
  sm_restore "$sw_tmp/maintenance.off"
}
${notice === undefined ? '' : turnOn(way, place, notice, context)}`
}

function turnOn(way: Nginx, place: Place, notice: Notice, context: ScriptContext): string {
  const pages = `${way.include}.pages`
  const { header } = notice
  const [before = '', after = ''] = nginxOn(notice, context.run, pages).split(passPlace)
  const content =
    header === undefined
      ? `printf '%s' ${quote(before)}`
      : `printf '%s%s%s' ${quote(before)} "$${header.secret}" ${quote(after)}`
  // nginx reads more into other characters.
  const shape =
    header === undefined
      ? ':'
      : `case "$${header.secret}" in '' | *[!A-Za-z0-9._~+/=-]*) sw_problem pass ${quote(header.secret)} ;; esac`
  return `${pagesText(place, notice, pages)}
sm_on() {
  ${shape}
  sm_pages
  (
    umask 077
    ${content}
  ) >"$sw_tmp/maintenance.on" || sw_problem write
  sm_restore "$sw_tmp/maintenance.on"
}`
}
