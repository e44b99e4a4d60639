// Edits to a copy of the app. An edit that does not fit any more is an error, so that a variant never silently equals
// the app it should differ from.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export interface Edit {
  /** Relative to the app. */
  readonly file: string
  /** Occurs exactly once. Absent: `to` becomes the whole of a new file. */
  readonly from?: string
  readonly to: string
}

export function applyEdit(directory: string, edit: Edit): void {
  const path = join(directory, edit.file)
  if (edit.from === undefined) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, edit.to, { flag: 'wx' })
    return
  }
  const parts = readFileSync(path, 'utf8').split(edit.from)
  if (parts.length !== 2) {
    throw new Error(`${edit.file} holds ${parts.length - 1} times, not once: ${edit.from}`)
  }
  writeFileSync(path, parts.join(edit.to))
}
