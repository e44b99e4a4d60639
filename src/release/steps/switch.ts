// The switch: a link under a name of its own, rename(2) over `current`, and a look at what is there now.
import { text } from '../../core/lang.ts'
import { quote } from '../../core/shell.ts'
import type { HostKind, ScriptContext, Step } from '../../engine/step.ts'
import { layout } from '../layout.ts'
import { switchByHand } from './by-hand.ts'

export interface SwitchStep extends Step {
  readonly kind: 'release.switch'
  readonly host: string
  readonly root: string
  readonly release: string
  /** Absent: the first deploy. */
  readonly previous?: string
}

export const switchKind: HostKind<SwitchStep> = {
  at: 'host',
  run: (step, context) => `${readCurrent(step.root)}
case "$sw_was" in
  ${quote(step.previous === undefined ? '' : `releases/${step.previous}`)}) ;;
  ${quote(`releases/${step.release}`)}) ;;
  *) sw_problem moved "$sw_was" ;;
esac
${point(step, step.release, context)}`,
  // Only what this step did: a link that somebody else has moved meanwhile is theirs.
  undo: (step, context) => `rm -f ${temporary(step, context)}
[ "$(readlink ${quote(layout.current(step.root))})" = ${quote(`releases/${step.release}`)} ] || exit 0
${step.previous === undefined ? `rm -f ${quote(layout.current(step.root))}` : point(step, step.previous, context)}`,
  inspect: step =>
    `case "$(readlink ${quote(layout.current(step.root))})" in ${quote(`releases/${step.release}`)}) echo done ;; *) echo undone ;; esac`,
  byHand: switchByHand,
  describe: step =>
    text(
      `Point current to ${step.release}${step.previous === undefined ? '' : ` (was ${step.previous})`}`,
      `current auf ${step.release} zeigen lassen${step.previous === undefined ? '' : ` (bisher ${step.previous})`}`,
    ),
  explain: (step, report) =>
    report.key === 'moved'
      ? {
          code: 'STW-R341',
          what: text(
            `current on ${step.host} was changed by somebody else`,
            `current auf ${step.host} wurde von jemand anderem geändert`,
          ),
          why: text(
            `it points to "${report.args[0]}", the plan expected ${step.previous ?? 'nothing'}`,
            `es zeigt auf „${report.args[0]}“, der Plan erwartete ${step.previous ?? 'nichts'}`,
          ),
        }
      : {
          code: 'STW-R342',
          what: text(
            `current on ${step.host} does not point to the release after the switch`,
            `current auf ${step.host} zeigt nach der Umschaltung nicht auf das Release`,
          ),
          why: text(`it reads "${report.args[0]}"`, `es liest sich als „${report.args[0]}“`),
        },
}

/** Sets sw_was to what `current` points to; `releases/<id>` however the link spells the way there. */
export function readCurrent(root: string): string {
  return `sw_was=$(readlink ${quote(layout.current(root))} 2>/dev/null) || sw_was=
sw_dir=$(cd ${quote(layout.current(root))} 2>/dev/null && pwd -P) || sw_dir=
sw_all=$(cd ${quote(layout.releases(root))} 2>/dev/null && pwd -P) || sw_all=/nowhere
case "$sw_dir" in "$sw_all"/*) sw_was=releases/\${sw_dir##*/} ;; esac`
}

function temporary(step: SwitchStep, context: ScriptContext): string {
  return quote(`${step.root}/.current.${context.run}`)
}

function point(step: SwitchStep, release: string, context: ScriptContext): string {
  const current = quote(layout.current(step.root))
  const link = temporary(step, context)
  const target = quote(`releases/${release}`)
  return `[ -d ${quote(layout.release(step.root, release))} ] || sw_problem readback missing-directory
rm -f ${link}
ln -s ${target} ${link}
mv -fT ${link} ${current}
sw_is=$(readlink ${current}) || sw_is=
[ "$sw_is" = ${target} ] || sw_problem readback "$sw_is"`
}
