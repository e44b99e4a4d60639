// Packs one store of files into the spool of its host, with the hash of each file beside it.
import { text } from '../../core/lang.ts'
import { quote } from '../../core/shell.ts'
import { type Packing, streamLibrary } from '../../databases/stream.ts'
import type { HostKind, Step } from '../../engine/step.ts'
import { dumpFiles, filesProblem } from '../files.ts'
import { spooledPart, spoolOf } from '../spool.ts'
import { bounded, partText, unlessSkipped } from './fragment.ts'

export interface FilesStep extends Step {
  readonly kind: 'backup.files'
  readonly host: string
  readonly root: string
  readonly directory: string
  readonly set: string
  /** Name of the store in stellwerk.yaml. */
  readonly store: string
  /** Below root, or absolute. */
  readonly paths: readonly string[]
  readonly exclude: readonly string[]
  readonly minFiles: number
  readonly packing: Packing
}

export const filesKind: HostKind<FilesStep> = {
  at: 'host',
  run: step => {
    const { out, file } = placeOf(step)
    const { root, paths, exclude, minFiles, directory } = step
    const body = `sw_began=$(date +%s)
${streamLibrary(step.packing)}
${dumpFiles({ root, paths, exclude, minFiles, out, own: [directory] })}
${partText(out, file)}`
    return unlessSkipped(spoolOf(directory, step.set), bounded(body, step.timeout))
  },
  undo: step => {
    const { out, file } = placeOf(step)
    return `rm -f ${[file, `${out}.facts`, `${out}.sums`, `${out}.part`].map(quote).join(' ')}`
  },
  inspect: step =>
    `if [ -s ${quote(`${placeOf(step).out}.part`)} ] || [ -e ${quote(`${spoolOf(step.directory, step.set)}/skip`)} ]; then echo done; else echo undone; fi`,
  describe: step =>
    text(`Pack ${step.store}: ${step.paths.join(', ')}`, `${step.store} packen: ${step.paths.join(', ')}`),
  explain: (step, report) => filesProblem(report, { store: step.store, host: step.host }),
}

function placeOf(step: FilesStep) {
  return spooledPart(spoolOf(step.directory, step.set), 'files', step.store, 'tar', step.packing)
}
