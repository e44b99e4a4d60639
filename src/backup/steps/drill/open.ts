// Opens a drill: removes the directories that earlier drills left, and makes a private one with room for everything.
import { dirname } from 'node:path/posix'
import { formatBytes } from '../../../core/bytes.ts'
import { text } from '../../../core/lang.ts'
import type { Problem } from '../../../core/problem.ts'
import { quote } from '../../../core/shell.ts'
import type { HostKind, Report, Step } from '../../../engine/step.ts'
import { drillNotOurs, ownText } from '../own.ts'
import { removeText, workDirectory } from './place.ts'

export interface DrillOpenStep extends Step {
  readonly kind: 'drill.open'
  readonly host: string
  /** Private to this drill; others of the same lock lie beside it. */
  readonly directory: string
  /** Bytes it will need, and bytes that stay free. */
  readonly expected: number
  readonly reserve: number
}

export const drillOpenKind: HostKind<DrillOpenStep> = {
  at: 'host',
  run: step => {
    const directory = quote(step.directory)
    const root = dirname(step.directory)
    return `${ownText(dirname(root), root)}
for sw_left in "$sw_root"/*/; do
  [ -e "$sw_left${workDirectory}" ] || continue
  chmod -R u+rwX "$sw_left" 2>/dev/null || :
  rm -rf "$sw_left"
done
mkdir -m 700 ${directory} ${directory}/${workDirectory} || sw_problem directory
sw_free=$(df -Pk ${directory} | awk 'NR == 2 { print $4 }')
[ -n "$sw_free" ] || sw_problem space unknown
[ "$sw_free" -ge ${Math.ceil((step.expected + step.reserve) / 1024)} ] || sw_problem space "$sw_free"`
  },
  undo: step => removeText(step.directory),
  inspect: step => `[ -e ${quote(`${step.directory}/${workDirectory}`)} ] && echo done || echo undone`,
  describe: ({ directory, expected, reserve }) =>
    text(
      `Make ${directory} (mode 0700) with ${formatBytes(expected)} of room and ${formatBytes(reserve)} to spare; remove what earlier drills left`,
      `${directory} (Modus 0700) mit ${formatBytes(expected)} Platz und ${formatBytes(reserve)} Reserve anlegen; Reste früherer Übungen entfernen`,
    ),
  explain,
}

function explain(step: DrillOpenStep, { key, args: [first = '', second = ''] }: Report): Problem {
  const where = { host: step.host, step: step.id }
  if (key === 'own') return { ...drillNotOurs({ host: step.host, why: first, directory: second }), where }
  if (key === 'space') {
    const [needed, free] = [
      formatBytes(step.expected + step.reserve),
      first === 'unknown' ? '?' : formatBytes(Number(first) * 1024),
    ]
    return {
      code: 'STW-B422',
      what: text(
        `There is not enough room on ${step.host} for a drill`,
        `Auf ${step.host} ist nicht genug Platz für eine Übung`,
      ),
      where,
      why: text(
        `${needed} needed below ${step.directory}, ${free} free`,
        `${needed} nötig unter ${step.directory}, ${free} frei`,
      ),
      next: [text('stellwerk explain backup.drill.directory', 'stellwerk explain backup.drill.directory')],
    }
  }
  return {
    code: 'STW-B423',
    what: text(
      `${step.directory} on ${step.host} cannot be made`,
      `${step.directory} auf ${step.host} lässt sich nicht anlegen`,
    ),
    where,
    next: [text('stellwerk explain backup.drill.directory', 'stellwerk explain backup.drill.directory')],
  }
}
