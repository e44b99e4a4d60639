// An nginx shows the page: include file, configuration test, reload, and proof that workers with it run.
import { quote } from '../../core/shell.ts'
import type { ScriptContext } from '../../engine/step.ts'
import { nginxLibrary } from '../nginx/library.ts'
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
  // The pass stands in the file, so it is for its owner and nginx' master only.
  return `${nginxLibrary(way, { marks: 'maintenance', private: true }, context)}
sm_word() { sed -n ${quote(`s/^${maintenanceMark} //p`)} "$1" 2>/dev/null | head -n 1; }
sm_file_state() {
  if [ ! -s "$sn_include" ]; then echo off; return 0; fi
  case $(sm_word "$sn_include") in off) echo off ;; '') echo unknown ;; *) echo on ;; esac
}
# Until a change has come to its end, the file does not say what nginx shows.
sm_state() { if sn_changing; then echo unknown; else sm_file_state; fi; }
sm_save() { sn_write "$1" <"$sn_include"; }
sm_had() { sm_one=$(sm_word "$sn_kept"); [ "\${sm_one:-off}" = "$(sm_word "$1")" ]; }
sm_restore() {
  [ "$(sm_file_state)" != unknown ] || sw_problem unknown
  if sn_unheard && sm_had "$1"; then sn_restore; sn_forget; return 0; fi
  sn_keep
  sn_put <"$1"
  sn_take
  sn_forget
  sw_wait ${Math.max(1, Math.ceil(way.drainMs / 1000))} sn_drained || :
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
