// Restores one database of the set into a scratch database, and takes the facts of what came out.
import { text } from '../../../core/lang.ts'
import type { Problem } from '../../../core/problem.ts'
import { quote } from '../../../core/shell.ts'
import { referenced } from '../../../core/shell-value.ts'
import { secretValues } from '../../../databases/access.ts'
import { engineFor } from '../../../databases/engines.ts'
import type { DumpFormat } from '../../../databases/facts.ts'
import { databaseProblem } from '../../../databases/problems.ts'
import { streamLibrary } from '../../../databases/stream.ts'
import type { HostKind, Report, ScriptContext, Step } from '../../../engine/step.ts'
import { bounded } from '../fragment.ts'
import { identityText } from '../identity.ts'
import { dropText, type Scratch, scratchMark } from './place.ts'

export interface DrillRestoreStep extends Step, Scratch {
  readonly kind: 'drill.restore'
  readonly host: string
  /** The packed dump. */
  readonly from: string
  /** The facts go to `<out>.facts`. */
  readonly out: string
  readonly format: DumpFormat
  readonly fingerprint: 'content' | 'rows'
  readonly schemaVersion?: string
  /** The private key of an encrypted set, as a reference to a secret. */
  readonly identity?: string
}

export const drillRestoreKind: HostKind<DrillRestoreStep> = {
  at: 'host',
  run: (step, context) => `: >${scratchMark(step, context)}\n${bounded(restoreText(step), step.timeout)}`,
  undo: dropText,
  inspect: (step: DrillRestoreStep, _: ScriptContext) =>
    `[ -s ${quote(`${step.out}.facts`)} ] && echo done || echo undone`,
  describe: ({ store, access, target }) =>
    text(
      `Restore ${store} (${access.kind}) into ${target} and take its facts`,
      `${store} (${access.kind}) in ${target} wiederherstellen und dort nachzählen`,
    ),
  explain,
  secrets: ({ access, identity }) => referenced([...secretValues(access), identity ?? ''], access.known),
}

function restoreText(step: DrillRestoreStep): string {
  const { access, target, from, format, out, fingerprint, schemaVersion } = step
  const engine = engineFor(access)
  const timeout = Math.max(1, Math.floor(step.timeout / 1000))
  return `${streamLibrary({ compression: 'none', recipients: [] })}
${identityText(step.identity, access.known)}
(
${engine.restore({ access, target, from, format, owners: false, timeout })}
)
# What the programs said while they loaded: an engine keeps it in $sw_tmp, and a complete restore has nothing to warn of.
sw_warned=$(find "$sw_tmp" -type f \\( -name '*.said' -o -name '*.err' -o -name 'stage.*' \\) -exec grep -i -h 'warning' {} + | tail -c 600) || :
[ -z "$sw_warned" ] || sw_problem warned "$sw_warned"
(
${engine.facts({ access, out, fingerprint, ...(schemaVersion === undefined ? {} : { schemaVersion }) })}
)`
}

function explain(step: DrillRestoreStep, report: Report): Problem {
  const problem = problemOf(step, report)
  return { ...problem, where: { host: step.host, step: step.id } }
}

function problemOf({ store, host }: DrillRestoreStep, report: Report): Problem {
  if (report.key !== 'warned') return databaseProblem(report, { store, host })
  const [said = ''] = report.args
  return {
    code: 'STW-B430',
    what: text(`The restore of ${store} warns`, `Die Wiederherstellung von ${store} warnt`),
    why: text(said, said),
  }
}
