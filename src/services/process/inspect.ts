// Read-only fragments: what is true of a slot now.
import { quote } from '../../core/shell.ts'
import { endLibrary } from './end.ts'
import { processLibrary, slotDirectory } from './library.ts'
import { hexPort, type ProcessSpec } from './spec.ts'
import type { StopTarget } from './stop.ts'

/** done: this release runs and listens. undone: it does not; starting is safe either way, it waits for what runs. */
export function inspectStart(spec: ProcessSpec, root: string): string {
  const listens = spec.port === undefined ? ':' : `sv_listens ${hexPort(spec.port)}`
  return `${processLibrary}
[ -r "/proc/$$/stat" ] || { echo unknown; exit 0; }
sv_look ${quote(slotDirectory(root, spec.service, spec.slot))}
if [ "$sv_what" = running ] && [ "$sv_release" = ${quote(spec.release)} ] && ${listens}; then echo done; else echo undone; fi
`
}

/** done: nothing of this release lives, its grandchildren included. */
export function inspectStop(target: StopTarget, root: string): string {
  return `${processLibrary}${endLibrary}
[ -r "/proc/$$/stat" ] || { echo unknown; exit 0; }
sv_look ${quote(slotDirectory(root, target.service, target.slot))}
sv_find
if [ -n "$sv_left" ] && [ "$sv_release" = ${quote(target.release)} ]; then echo undone; else echo done; fi
`
}
