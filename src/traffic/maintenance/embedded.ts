// The embedded router shows the page: an order in its state directory, and its own word that it took it.
import { quote } from '../../core/shell.ts'
import { orderLibrary, routerLibrary } from '../embedded/library.ts'
import { pageDirectory, pagesText } from './pages.ts'
import type { Notice, Place, Way } from './way.ts'

type Embedded = Extract<Way, { how: 'embedded' }>

/** Seconds for the router to take an order. */
const heard = 10

export function embeddedText(way: Embedded, place: Place, notice: Notice | undefined, run: string): string {
  return `${routerLibrary(place.root)}${orderLibrary}sm_file=$sr_state/maintenance.json
sm_word() { sed -n 's/.*"order":"\\([^"]*\\)".*/\\1/p' "$1" 2>/dev/null; }
sm_state() {
  if sr_alive; then
    sr_read
    case $sr_maintenance in off) echo off ;; '') echo unknown ;; *) echo on ;; esac
  else
    case $(sm_word "$sm_file") in off | '') echo off ;; *) echo on ;; esac
  fi
}
sm_over() {
  sm_end=$(sed -n 's/.*"until":"\\([^"]*\\)".*/\\1/p' "$sm_file")
  [ -n "$sm_end" ] && [ ! "$sm_end" \\> "$(date -u +%Y-%m-%dT%H:%M:%S)" ]
}
# An order whose time is over by now is as good as off.
sm_heard() {
  sr_read
  [ "$sr_maintenance" = "$sm_wanted" ] || { [ "$sr_maintenance" = off ] && sm_over; }
}
sm_quiet() { sr_read; [ "$sr_inflight" = 0 ]; }
# A router that does not run reads it when it starts.
sm_restore() {
  if sr_alive; then sr_read; [ -n "$sr_maintenance" ] || sw_problem old; fi
  (umask 077; mkdir -p "$sr_state" && sw_write "$sm_file" <"$1") || sw_problem write
  sm_wanted=$(sm_word "$sm_file")
  if sr_alive; then
    kill -HUP "$sr_pid" 2>/dev/null || :
    sw_wait ${heard} sm_heard || sw_problem deaf "$sr_maintenance"
  fi
}
sm_save() { (umask 077; sw_write "$1" <"$sm_file"); }
sm_off() {
  if [ ! -e "$sm_file" ] && ! sr_alive; then return 0; fi
  printf '{"order":"off"}\\n' >"$sw_tmp/maintenance.off"
  sm_restore "$sw_tmp/maintenance.off"
}
${notice === undefined ? '' : turnOn(way, place, notice, run)}`
}

function turnOn(way: Embedded, place: Place, notice: Notice, run: string): string {
  const { header, until } = notice
  const pages = pageDirectory(place.root)
  const order = JSON.stringify({
    order: run,
    mode: notice.mode,
    pauseMs: notice.pauseMs,
    retryAfter: notice.retryAfter,
    allow: notice.allow,
    pages,
    language: notice.language,
    ...(until === undefined ? {} : { until }),
    ...(header === undefined ? {} : { header: header.name.toLowerCase() }),
  })
  const digest =
    header === undefined
      ? `printf '%s\\n' ${quote(order)}`
      : `sm_pass=$(printf '%s' "$${header.secret}" | sha256sum | cut -d' ' -f1)
    [ \${#sm_pass} = 64 ] || exit 1
    printf '%s,"pass":"%s"}\\n' ${quote(order.slice(0, -1))} "$sm_pass"`
  return `${pagesText(place, notice, pages)}
sm_on() {
  sm_pages
  (
    umask 077
    ${digest}
  ) >"$sw_tmp/maintenance.on" || sw_problem write
  sm_restore "$sw_tmp/maintenance.on"
  if sr_alive; then
    # What began before the gate closed is answered by the app as it was.
    sw_wait ${Math.max(1, Math.ceil(way.drainMs / 1000))} sm_quiet || :
    sw_data inflight "$sr_inflight"
  fi
}`
}
