// Unpacks one store of files below the drill's directory, and takes the facts of what came out.
import { text } from '../../../core/lang.ts'
import { quote } from '../../../core/shell.ts'
import { referenced } from '../../../core/shell-value.ts'
import { streamLibrary } from '../../../databases/stream.ts'
import type { HostKind, Step } from '../../../engine/step.ts'
import { filesProblem } from '../../files-problem.ts'
import { restoreFiles } from '../../files-restore.ts'
import { bounded } from '../fragment.ts'
import { identityText } from '../identity.ts'

export interface DrillUnpackStep extends Step {
  readonly kind: 'drill.unpack'
  readonly host: string
  /** Name of the store in stellwerk.yaml. */
  readonly store: string
  /** The packed archive. */
  readonly from: string
  /** The packed list of sums, which every file must fit; sets of old have none. */
  readonly sums?: string
  /** Where the files go; it does not exist yet. The facts go to `<directory>.facts`. */
  readonly directory: string
  /** The private key of an encrypted set, as a reference to a secret. */
  readonly identity?: string
  /** Secrets the configuration knows. */
  readonly known: readonly string[]
}

export const drillUnpackKind: HostKind<DrillUnpackStep> = {
  at: 'host',
  run: step =>
    bounded(
      `${streamLibrary({ compression: 'none', recipients: [] })}
${identityText(step.identity, step.known)}
${restoreFiles({ from: step.from, into: step.directory, ...(step.sums === undefined ? {} : { sums: step.sums }) })}`,
      step.timeout,
    ),
  undo: () => ':',
  inspect: ({ directory }) => `[ -s ${quote(`${directory}.facts`)} ] && echo done || echo undone`,
  describe: ({ store, directory }) =>
    text(`Unpack ${store} into ${directory}`, `${store} in ${directory} entpacken`),
  explain: (step, report) => ({
    ...filesProblem(report, { store: step.store, host: step.host }),
    where: { host: step.host, step: step.id },
  }),
  secrets: ({ identity, known }) => referenced([identity ?? ''], known),
}
