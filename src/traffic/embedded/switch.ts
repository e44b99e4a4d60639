// Orders the running router to switch, and waits for its word. The router probes the new slot itself before it moves.
import { formatDuration } from '../../core/duration.ts'
import { text } from '../../core/lang.ts'
import { quote } from '../../core/shell.ts'
import type { HostKind, Step } from '../../engine/step.ts'
import type { TargetAddress } from '../router/protocol.ts'
import { orderLibrary, routerLibrary } from './library.ts'
import { routerProblem } from './problems.ts'

export interface RouterSwitch extends Step {
  readonly kind: 'router.switch'
  readonly host: string
  readonly root: string
  readonly to: TargetAddress
  /** What serves now; absent: nothing. */
  readonly from?: TargetAddress
  /** Milliseconds for requests in flight on the slot that is left. */
  readonly drainMs: number
  readonly trustForwarded: readonly string[]
  /** HTTP path that must answer 2xx first; absent: an open port. */
  readonly health?: { readonly path: string; readonly timeoutMs: number }
}

/** Waits until old requests have ended, so that the old slot can stop without anybody noticing. */
export interface RouterDrain extends Step {
  readonly kind: 'router.drain'
  readonly host: string
  readonly root: string
  readonly drainMs: number
}

export const switchKind: HostKind<RouterSwitch> = {
  at: 'host',
  run: step => `${routerLibrary(step.root)}${orderLibrary}sr_alive || sw_problem dead
${order(step, step.to)}
sw_data generation "$sr_next"`,
  // The new slot stops right after this, so its requests must have ended.
  undo: step => `${routerLibrary(step.root)}${orderLibrary}if sr_alive; then
sr_read
if [ "$sr_status" = switching ] || [ "$sr_target" != ${quote(json(step.from))} ]; then
${order(step, step.from)}
sw_wait ${seconds(step.drainMs) + 5} sr_settled || :
fi
elif [ -s "$sr_state/status.json" ]; then sw_problem dead
fi`,
  inspect: step => `${routerLibrary(step.root)}sr_read
sr_alive || { echo unknown; exit 0; }
case $sr_status in
switching) echo unknown ;;
*) if [ "$sr_target" = ${quote(json(step.to))} ]; then echo done; else echo undone; fi ;;
esac`,
  describe: ({ to, from, drainMs }) => {
    const drain = formatDuration(drainMs)
    if (from === undefined) {
      return text(
        `Send requests to ${to.release} on port ${to.port} once it is ready`,
        `Anfragen an ${to.release} auf Port ${to.port} leiten, sobald es bereit ist`,
      )
    }
    return text(
      `Switch requests from ${from.release} (port ${from.port}) to ${to.release} (port ${to.port}) once it is ready; ${drain} for those in flight`,
      `Anfragen von ${from.release} (Port ${from.port}) auf ${to.release} (Port ${to.port}) umschalten, sobald es bereit ist; ${drain} für laufende`,
    )
  },
  explain: (step, report) => routerProblem(step, report),
}

export const drainKind: HostKind<RouterDrain> = {
  at: 'host',
  // After the drain time the router cuts what is left, so this ends by itself. Old program files go, too.
  run: step => `${routerLibrary(step.root)}${orderLibrary}if sr_alive; then sw_wait ${seconds(step.drainMs) + 10} sr_settled || sw_problem undrained "$sr_status"; fi
sr_read
sw_data cut "$sr_cut"
for sr_old in "$sr_dir"/router-*.mjs; do
  if [ -n "$sr_file" ] && [ "\${sr_old##*/}" != "$sr_file" ]; then rm -f "$sr_old"; fi
done`,
  undo: () => ':',
  inspect: step =>
    `${routerLibrary(step.root)}${orderLibrary}if sr_settled; then echo done; else echo undone; fi`,
  describe: ({ drainMs }) => {
    const time = formatDuration(drainMs)
    return text(
      `Wait until the old slot has answered its last requests, ${time} at most`,
      `Warten, bis der alte Platz seine letzten Anfragen beantwortet hat, höchstens ${time}`,
    )
  },
  explain: (step, report) => routerProblem(step, report),
}

function order(step: RouterSwitch, target: TargetAddress | undefined): string {
  const { drainMs, trustForwarded, health } = step
  const rest = JSON.stringify({
    ...(target === undefined ? {} : { target: ordered(target) }),
    drainMs,
    trustForwarded,
    ...(health === undefined ? {} : { health }),
  }).slice(1)
  const limit = seconds(health?.timeoutMs ?? 5000) + 10
  return `sr_order ${quote(rest)}
sw_wait ${limit} sr_decided || sw_problem silent ${limit}
[ "$sr_status" != failed ] || sw_problem not-ready "$sr_problem"
[ "$sr_target" = ${quote(json(target))} ] || sw_problem elsewhere "$sr_target"`
}

/** As the router writes it into its status. */
function json(target: TargetAddress | undefined): string {
  return target === undefined ? '' : JSON.stringify(ordered(target))
}

function ordered({ host, port, release }: TargetAddress): TargetAddress {
  return { host, port, release }
}

function seconds(milliseconds: number): number {
  return Math.max(1, Math.ceil(milliseconds / 1000))
}
