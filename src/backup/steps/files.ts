// Packs one store of files into the spool of its host, with the hash of each file beside it.
import { formatBytes } from '../../core/bytes.ts'
import { counted } from '../../core/count.ts'
import { type Text, text } from '../../core/lang.ts'
import { quote } from '../../core/shell.ts'
import { type Packing, streamLibrary } from '../../databases/stream.ts'
import type { HostKind, Step } from '../../engine/step.ts'
import { dumpFiles, filesProblem } from '../files.ts'
import { failedMark, spooledPart, spoolOf, sumsEnding } from '../spool.ts'
import { filesByHand } from './by-hand.ts'
import {
  bounded,
  failedLater,
  failingLater,
  joined,
  notNeeded,
  partText,
  sizeText,
  unlessSkipped,
  wasDone,
} from './fragment.ts'

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
  /** Absolute directories of destinations on this host: a set that held the sets before it would double each night. */
  readonly destinations: readonly string[]
  readonly minFiles: number
  readonly packing: Packing
  /** A failure is put down, and told once the other stores are safe. */
  readonly failsLater?: true
}

export const filesKind: HostKind<FilesStep> = {
  at: 'host',
  run: step => {
    const { out, file } = placeOf(step)
    const sums = sumsOf(step)
    const { root, paths, exclude, destinations, minFiles, directory } = step
    const body = `sw_began=$(date +%s)
${streamLibrary(step.packing)}
${dumpFiles({ root, paths, exclude, minFiles, out, own: [directory, ...destinations] })}
sw_pack ${quote(sums.out)} cat ${quote(`${out}.sums`)}
${sizeText(sums.out, sums.file)}
sw_data files "$(awk -F'\t' '$1 == "files" || $1 == "moved" { n += $2 } END { print n + 0 }' ${quote(`${out}.facts`)})"
${partText(out, file)}`
    const whole = bounded(body, step.timeout)
    return unlessSkipped(spoolOf(directory, step.set), step.failsLater ? failingLater(out, whole) : whole)
  },
  undo: step => {
    const { out, file } = placeOf(step)
    const sums = sumsOf(step)
    const own = [
      ...[file, `${out}.facts`, `${out}.sums`, `${out}.part`, failedMark(out)],
      ...[sums.file, `${sums.out}.part`],
    ]
    return `rm -f ${own.map(quote).join(' ')}`
  },
  inspect: step => wasDone(spoolOf(step.directory, step.set), placeOf(step).out),
  byHand: filesByHand,
  describe: step =>
    text(`Pack ${step.store}: ${step.paths.join(', ')}`, `${step.store} packen: ${step.paths.join(', ')}`),
  observe: (_, data) => observed(data),
  explain: (step, report) => filesProblem(report, { store: step.store, host: step.host }),
}

function observed(data: Readonly<Record<string, string>>): Text | undefined {
  if (data['skipped'] !== undefined) return notNeeded
  if (data['failed'] !== undefined) return failedLater
  const [files, bytes, moved] = [data['files'], data['bytes'], Number(data['changed'] ?? 0)]
  if (files === undefined || bytes === undefined) return undefined
  const size = formatBytes(Number(bytes))
  return joined([
    counted(Number(files), text('file', 'Datei'), text('files', 'Dateien')),
    text(size, size),
    ...(moved > 0
      ? [
          counted(
            moved,
            text('of them changed while it was read', 'davon änderte sich während des Lesens'),
            text('of them changed while they were read', 'davon änderten sich während des Lesens'),
          ),
        ]
      : []),
  ])
}

function sumsOf(step: FilesStep) {
  return spooledPart(spoolOf(step.directory, step.set), 'files', step.store, sumsEnding, step.packing)
}

function placeOf(step: FilesStep) {
  return spooledPart(spoolOf(step.directory, step.set), 'files', step.store, 'tar', step.packing)
}
