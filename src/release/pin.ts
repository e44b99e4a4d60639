// A pin keeps a release whatever retention says: one plain file in it, with who and why.
import { quote } from '../core/shell.ts'
import { layout } from './layout.ts'

/** Exits 3 when the release is not there. */
export function pinScript(root: string, release: string, by: string, now: Date): string {
  const directory = quote(layout.release(root, release))
  return `[ -d ${directory} ] || exit 3\nprintf '%s\\n' ${quote(`${by} ${now.toISOString()}`)} >${directory}/.stellwerk-pin\n`
}

export function unpinScript(root: string, release: string): string {
  const directory = quote(layout.release(root, release))
  return `[ -d ${directory} ] || exit 3\nrm -f ${directory}/.stellwerk-pin\n`
}
