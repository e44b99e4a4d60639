// Where a set is made on a host before it goes anywhere: `<directory>/spool/<set>/`, mode 0700. A slow destination must not keep a
// snapshot of the database open, and a broken upload must not need a new dump.
import type { Packing } from '../databases/stream.ts'
import { packedEnding } from '../databases/stream.ts'
import type { PartName } from './naming.ts'

/** Directory of the backups on a host, unless the configuration names another. */
export function backupDirectory(root: string, configured: string | undefined): string {
  return configured ?? `${root}/backups`
}

export function spoolOf(directory: string, set: string): string {
  return `${directory}/spool/${set}`
}

/** What a store said that failed while others went on: its report, a line each. */
export function failedMark(out: string): string {
  return `${out}.failed`
}

/** Ending of the list of sums that goes with a store of files. */
export const sumsEnding = 'sums'

/** A part while it lies in the spool: `out` has no packing endings yet, see stream.ts; `<out>.facts` and `<out>.part` lie beside. */
export function spooledPart(
  spool: string,
  of: PartName['of'],
  store: string,
  ending: string,
  packing: Packing,
): { readonly out: string; readonly file: string; readonly name: PartName } {
  const out = `${spool}/${of}-${store}.${ending}`
  const packed = packedEnding(packing)
  return { out, file: out + packed, name: { of, store, ending: ending + packed } }
}
