// Where a drill works on its host, and what its steps share.
import { quote } from '../../../core/shell.ts'
import type { Access } from '../../../databases/access.ts'
import { engineFor } from '../../../databases/engines.ts'
import type { ScriptContext } from '../../../engine/step.ts'

/** One database of the set and where it is restored. */
export interface Scratch {
  /** Name of the database in stellwerk.yaml. */
  readonly store: string
  /** The scratch database itself; it does not exist before the drill. */
  readonly access: Access
  /** Its name, or the absolute path of its file. */
  readonly target: string
}

/** Parts, facts and answers of a drill lie in it; it also tells a directory of a drill from everything else that may lie beside. */
export const workDirectory = '.stellwerk-drill'

/** Files can be restored without the right to write into their directories. */
export function removeText(directory: string): string {
  const word = quote(directory)
  return `if [ -e ${word} ]; then
  chmod -R u+rwX ${word} 2>/dev/null || :
  rm -rf ${word}
fi`
}

/** Written before a scratch database is made, outside of the drill's directory: without it there is nothing to drop, and the
 *  server, which may be the reason why the drill failed, is not asked. */
export function scratchMark({ store }: Scratch, context: ScriptContext): string {
  return quote(`${context.runDirectory}/scratch-${store}`)
}

/** Drops a scratch database; safe to run twice. A file goes with the directory. */
export function dropText(scratch: Scratch, context: ScriptContext): string {
  if (scratch.access.kind === 'sqlite') return ':'
  const mark = scratchMark(scratch, context)
  return `if [ -e ${mark} ]; then
(
${engineFor(scratch.access).drop(scratch.access, scratch.target)}
)
rm -f ${mark}
fi`
}
