// The fragment that ends one process of a service with everything it started.
import { quote } from '../../core/shell.ts'
import { endLibrary } from './end.ts'
import { processLibrary, slotDirectory } from './library.ts'
import { type Slot, type StopSpec, seconds } from './spec.ts'

export interface StopTarget {
  readonly service: string
  readonly slot: Slot
  /** Only this release is ended; another one in the slot means that the work is done. */
  readonly release: string
  readonly stop: StopSpec
}

/** Reports: survived. Data: ms, killed (yes|no). */
export function stopFragment(target: StopTarget, root: string): string {
  return `${processLibrary}${endLibrary}
sv_dir=${quote(slotDirectory(root, target.service, target.slot))}
sv_look "$sv_dir"
if [ "$sv_release" = ${quote(target.release)} ]; then
  sv_end "$sv_dir" ${target.stop.signal} ${seconds(target.stop.timeout)} || sw_problem survived "$sv_left"
  sw_data ms "$sv_ms"
  sw_data killed "$sv_killed"
else
  sw_data ms 0
fi
`
}
