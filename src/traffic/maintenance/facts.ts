// Whether a host is under maintenance, as far as a file there tells: a read-only script and the reader of its answer.
import { quote } from '../../core/shell.ts'
import { routerLibrary } from '../embedded/library.ts'
import { maintenanceMark } from './nginx-include.ts'
import type { Way } from './way.ts'

export interface MaintenanceFacts {
  /** The run that turned it on; absent: off, or not told by a file. */
  readonly order?: string
  /** Why, and until when, as that run was told. */
  readonly reason?: string
  readonly until?: string
  /** The router that runs knows no maintenance. */
  readonly old?: true
}

/** Prints `maintenance.<key> <value>` lines. Changes nothing. */
export function maintenanceFactsScript(way: Way | undefined, root: string): string {
  if (way?.how !== 'embedded' && way?.how !== 'nginx') return ''
  const word =
    way.how === 'embedded'
      ? `${routerLibrary(root)}sr_read
sm_word=$(sed -n 's/.*"order":"\\([^"]*\\)".*/\\1/p' "$sr_state/maintenance.json" 2>/dev/null)
if sr_alive; then
  if [ -z "$sr_maintenance" ]; then echo 'maintenance.old yes'; fi
  sm_word=$sr_maintenance
fi
sed -n 's/.*"until":"\\([^"]*\\)".*/maintenance.until \\1/p' "$sr_state/maintenance.json" 2>/dev/null`
      : `sm_word=$(sed -n ${quote(`s/^${maintenanceMark} //p`)} ${quote(way.include)} 2>/dev/null | head -n 1)`
  return `${word}
case $sm_word in
off | '') ;;
*)
  echo "maintenance.order $sm_word"
  sed -n 's/^ *"reason": \\("[^"]*"\\),\\{0,1\\}$/maintenance.reason \\1/p' ${quote(root)}"/.stellwerk/runs/$sm_word/plan.json" 2>/dev/null | head -n 1
  ;;
esac
`
}

export function parseMaintenanceFacts(lines: readonly string[]): MaintenanceFacts {
  const first = (key: string): string | undefined =>
    lines
      .find(line => line.startsWith(`maintenance.${key} `))
      ?.slice(key.length + 13)
      .trim() || undefined
  const order = first('order')
  if (order === undefined) return first('old') === undefined ? {} : { old: true }
  const [reason, until] = [first('reason')?.replaceAll(/^"|"$/g, ''), first('until')]
  return { order, ...(reason === undefined ? {} : { reason }), ...(until === undefined ? {} : { until }) }
}
